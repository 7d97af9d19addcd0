"""Files of Basenji2's weights as Keras writes them."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from basenji_reference import (
    HEADS,
    SMALL2,
    Arrays,
    basenji2_rates,
    drawn_sequences,
    keras_arrays,
    on_meta,
    randomised,
)

from bench.interface import DataError
from bench_basenji.basenji2 import Basenji2
from bench_basenji.keras_weights import load_keras_weights
from bench_basenji.settings import PUBLISHED_BASENJI2, PUBLISHED_BASENJI2_HEADS


def write_keras(path: Path, arrays: Arrays, root: str = "", suffix: str = ":0") -> Path:
    """Write arrays as Keras does, with a layer that has none."""
    with h5py.File(path, "w") as file:
        for layer, fields in arrays.items():
            for name, values in fields.items():
                file[f"{root}{layer}/{layer}/{name}{suffix}"] = values.astype(np.float32)
        file.create_group(f"{root}dropout_3")
    return path


@pytest.fixture
def arrays() -> Arrays:
    return keras_arrays(randomised(Basenji2(SMALL2, HEADS), seed=8))


@pytest.mark.parametrize("root", ["", "model_weights/"])
@pytest.mark.parametrize("suffix", ["", ":0"])
def test_a_file_of_keras_gives_the_outputs_of_its_arrays(
    arrays: Arrays, tmp_path: Path, root: str, suffix: str
) -> None:
    path = write_keras(tmp_path / "model.h5", arrays, root, suffix)
    network = randomised(Basenji2(SMALL2, HEADS), seed=2)
    load_keras_weights(network, path)
    sequences = drawn_sequences(512)
    expected = [basenji2_rates(arrays, one.T, 10) for one in sequences.double().numpy()]
    with torch.no_grad():
        rates = network(sequences).numpy()
    np.testing.assert_allclose(rates, expected, rtol=1e-5, atol=1e-5)


def test_a_head_is_filled_by_its_name(arrays: Arrays, tmp_path: Path) -> None:
    arrays["dense_1"] = arrays.pop("dense")
    path = write_keras(tmp_path / "model.h5", arrays)
    network = Basenji2(SMALL2, {"human": (10, 4), "mouse": (10, 3)})
    before = network.heads["human"].weight.detach().clone()
    load_keras_weights(network, path, "mouse")
    given = network.heads["mouse"].weight.detach().double().numpy()
    np.testing.assert_allclose(given, arrays["dense_1"]["kernel"].T)
    torch.testing.assert_close(network.heads["human"].weight.detach(), before)
    with pytest.raises(ValueError, match="no head 'fly', expected one of human, mouse"):
        load_keras_weights(network, path, "fly")


def test_the_trunk_is_filled_alone_where_targets_differ(arrays: Arrays, tmp_path: Path) -> None:
    path = write_keras(tmp_path / "model.h5", arrays)
    network = Basenji2(SMALL2, {"default": (10, 9)})
    with pytest.raises(DataError, match=r"kernel of layer 'dense' has shape \(7, 3\), expected"):
        load_keras_weights(network, path)
    load_keras_weights(network, path, with_head=False)
    given = network.trunk[0][1].weight.detach().double().numpy()
    np.testing.assert_allclose(given, arrays["conv1d"]["kernel"].transpose(2, 1, 0))


def without_layer(arrays: Arrays) -> None:
    del arrays["batch_normalization_4"]


def without_array(arrays: Arrays) -> None:
    del arrays["batch_normalization_2"]["moving_mean"]


def with_another_layer(arrays: Arrays) -> None:
    arrays["conv1d_12"] = arrays["conv1d_2"]


def with_a_bias(arrays: Arrays) -> None:
    arrays["conv1d_3"]["bias"] = np.zeros(5)


def with_torch_kernels(arrays: Arrays) -> None:
    arrays["conv1d_1"]["kernel"] = arrays["conv1d_1"]["kernel"].T


def without_head(arrays: Arrays) -> None:
    del arrays["dense"]


def with_two_heads(arrays: Arrays) -> None:
    arrays["dense_1"] = arrays["dense"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without_layer, "no layer 'batch_normalization_4'"),
        (
            without_array,
            "layer 'batch_normalization_2' has beta, gamma, moving_variance, expected beta",
        ),
        (with_another_layer, "layer 'conv1d_12' is none of this model's"),
        (with_a_bias, "layer 'conv1d_3' has bias, kernel, expected kernel"),
        (
            with_torch_kernels,
            r"kernel of layer 'conv1d_1' has shape \(4, 3, 5\), expected \(5, 3, 4\)",
        ),
        (without_head, "no layer 'dense'"),
        (with_two_heads, "'dense' and 'dense_1', expected one head"),
    ],
)
def test_files_that_do_not_fit_are_refused_and_change_nothing(
    arrays: Arrays, tmp_path: Path, change, message: str
) -> None:
    change(arrays)
    path = write_keras(tmp_path / "model.h5", arrays)
    network = Basenji2(SMALL2, HEADS)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(DataError, match=message):
        load_keras_weights(network, path)
    torch.testing.assert_close(dict(network.state_dict()), before)


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    network = Basenji2(SMALL2, HEADS)
    with pytest.raises(DataError, match=r"gone\.h5: no such file"):
        load_keras_weights(network, tmp_path / "gone.h5")
    (tmp_path / "text.h5").write_text("no weights")
    with pytest.raises(DataError, match="expected HDF5"):
        load_keras_weights(network, tmp_path / "text.h5")
    with h5py.File(tmp_path / "words.h5", "w") as file:
        file["conv1d/conv1d/kernel:0"] = "words"
    with pytest.raises(DataError, match="expected HDF5"):
        load_keras_weights(network, tmp_path / "words.h5")


def test_published_layers_of_keras_are_numbered_to_29() -> None:
    from bench_basenji.keras_weights import trunk_places

    places = trunk_places(
        on_meta(Basenji2, PUBLISHED_BASENJI2, {"human": PUBLISHED_BASENJI2_HEADS["human"]})
    )
    assert list(places)[::30] == ["conv1d", "batch_normalization"]
    assert list(places)[29::30] == ["conv1d_29", "batch_normalization_29"]
    assert places["conv1d"]["kernel"].shape == (15, 4, 288)
    assert places["conv1d_7"]["kernel"].shape == (3, 768, 384)
    assert places["conv1d_29"]["kernel"].shape == (1, 768, 1536)
