"""Basenji and Basenji2: published sizes, outputs of another computation, published weights.

The other computation is written with numpy from the description of the layers, with arrays in the
order of Keras, `(width, in, out)`, and values `(positions, channels)`.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from geometry import layer_counts, multiply_adds
from torch import nn

from bench.interface import BenchError, DataError
from bench.training.one_hot import one_hot, reverse_complement
from bench_basenji.basenji import Basenji, exp_linear
from bench_basenji.basenji2 import Basenji2
from bench_basenji.keras_weights import load_keras_weights
from bench_basenji.layers import SameConvolution, SamePool, cropped_bins
from bench_basenji.settings import (
    COMPACT_BASENJI,
    COMPACT_BASENJI2,
    PUBLISHED_BASENJI,
    PUBLISHED_BASENJI2,
    PUBLISHED_BASENJI2_HEADS,
    PUBLISHED_BASENJI_HEADS,
    Basenji2Settings,
    BasenjiSettings,
    geometric_widths,
)

COMPACT = [(Basenji, COMPACT_BASENJI), (Basenji2, COMPACT_BASENJI2)]
HUMAN = {"human": PUBLISHED_BASENJI2_HEADS["human"]}
MOUSE = {"mouse": PUBLISHED_BASENJI2_HEADS["mouse"]}

SMALL = BasenjiSettings(
    length=512, first_filters=3, last_filters=7, pools=1, dilated_layers=2, dilated_filters=4,
    pointwise=6,
)  # fmt: skip
SMALL2 = Basenji2Settings(
    length=512, stem_filters=3, first_filters=4, last_filters=6, pools=2, dilated_layers=4,
    dilated_filters=5, pointwise=7,
)  # fmt: skip
SMALL_ONES = [(Basenji, SMALL), (Basenji2, SMALL2)]
HEADS = {"default": (10, 3), "other": (16, 2)}

Arrays = dict[str, dict[str, np.ndarray]]


def on_meta(network_class, settings, heads) -> nn.Module:
    with torch.device("meta"):
        return network_class(settings, heads)


def block_counts(network: nn.Module) -> list[int]:
    """Return parameters of each convolution with its normalisation, then of each head."""
    counts = layer_counts(network)
    heads = len(network.heads)
    body, ends = counts[:-heads], counts[-heads:]
    return [sum(pair) for pair in zip(body[::2], body[1::2], strict=True)] + ends


def total(network: nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


def drawn_sequences(length: int, seed: int = 0) -> torch.Tensor:
    """Return one-hot sequences with some N, `(2, 4, length)`."""
    codes = np.random.default_rng(seed).choice(5, (2, length), p=[0.24] * 4 + [0.04])
    return one_hot(torch.from_numpy(codes.astype(np.uint8)))


@torch.no_grad()
def randomised(network: nn.Module, seed: int = 1) -> nn.Module:
    """Draw all weights and running values, of a size that keeps outputs near 1."""
    generator = torch.Generator().manual_seed(seed)
    for name, value in network.state_dict().items():
        if not value.is_floating_point():
            continue
        noise = torch.randn(value.shape, generator=generator)
        if name.endswith("running_var"):
            value.copy_(noise.abs() + 0.5)
        elif value.dim() > 1:
            value.copy_(noise * (2 / value[0].numel()) ** 0.5)
        else:
            value.copy_(0.3 * noise + (1.0 if name.endswith("weight") else 0.0))
    return network.eval()


def test_basenji_has_its_published_numbers_of_parameters() -> None:
    network = on_meta(Basenji, PUBLISHED_BASENJI, PUBLISHED_BASENJI_HEADS)
    assert block_counts(network) == [
        28_080, 115_552, 961_350, 1_342_568, 1_873_202, 1_307_091,
        232_524, 267_516, 302_508, 337_500, 372_492, 407_484, 1_865_955, 5_776_814,
    ]  # fmt: skip
    assert total(network) == 15_190_636
    assert total(network.trunk) == 9_413_822


def test_basenji2_has_its_published_numbers_of_parameters() -> None:
    network = on_meta(Basenji2, PUBLISHED_BASENJI2, PUBLISHED_BASENJI2_HEADS)
    counts = block_counts(network)
    blocks = [sum(pair) for pair in zip(counts[7:29:2], counts[8:29:2], strict=True)]
    assert counts[:7] == [17_856, 488_838, 677_103, 938_590, 1_303_008, 1_807_344, 2_505_216]
    assert blocks == 11 * [1_181_952]
    assert counts[29:] == [1_182_720, 8_166_081, 2_525_291]
    assert total(network) == 32_613_519


@pytest.mark.parametrize(("heads", "expected"), [(HUMAN, 30_088_228), (MOUSE, 24_447_438)])
def test_basenji2_with_one_head_has_the_parameters_of_a_published_file(heads, expected) -> None:
    network = on_meta(Basenji2, PUBLISHED_BASENJI2, heads)
    assert total(network) == expected
    assert total(network.trunk) + total(network.pointwise) == 21_922_147
    moving = [value.numel() for name, value in network.named_buffers() if "running" in name]
    assert sum(moving) == 35_356


def test_outputs_of_131_kb_have_the_published_bins_and_targets() -> None:
    sequences = torch.zeros(2, 4, 131_072, device="meta")
    basenji = on_meta(Basenji, PUBLISHED_BASENJI, PUBLISHED_BASENJI_HEADS)
    assert basenji(sequences).shape == (2, 960, 4229)
    assert basenji.features(sequences).shape == (2, basenji.channels, 1024)
    assert basenji.channels == 1365
    basenji2 = on_meta(Basenji2, PUBLISHED_BASENJI2, PUBLISHED_BASENJI2_HEADS)
    assert basenji2(sequences, "human").shape == (2, 896, 5313)
    assert basenji2(sequences, "mouse").shape == (2, 896, 1643)
    assert basenji2.features(sequences).shape == (2, basenji2.channels, 1024)
    assert basenji2.channels == 768
    assert basenji.bin_width == basenji2.bin_width == 128


def test_default_settings_are_the_published_sizes() -> None:
    assert BasenjiSettings().tower_widths == (312, 368, 435, 514, 607, 717)
    assert BasenjiSettings().dilations == (2, 4, 8, 16, 32, 64)
    assert Basenji2Settings().tower_widths == (339, 399, 470, 554, 652, 768)
    assert geometric_widths(5, 80, 1) == (80,)


def test_dilations_of_basenji2_round_halves_to_even() -> None:
    assert Basenji2Settings().dilations == (1, 2, 3, 4, 6, 9, 14, 21, 32, 48, 72)


@pytest.mark.parametrize(("network_class", "settings"), COMPACT)
def test_compact_networks_are_small(network_class, settings) -> None:
    network = network_class(settings, {"default": (384, 1)})
    cost = multiply_adds(network, 16_384)
    assert settings.bin_width == 32
    assert 50_000_000 < cost < 105_000_000
    assert 80_000 < total(network) < 500_000


def seen(network: nn.Module, length: int) -> int:
    """Return how many bp the feature in the middle sees, by the gradient.

    All weights are positive, and means stand for maxima, so that nothing cancels.
    """
    for module in [*network.modules()]:
        for name, child in module.named_children():
            if isinstance(child, SamePool):
                setattr(module, name, nn.AvgPool1d(child.size))
        if isinstance(module, nn.Conv1d):
            nn.init.constant_(module.weight, 1 / module.weight[0].numel())
        if isinstance(module, nn.BatchNorm1d):
            nn.init.ones_(module.weight)
    sequences = torch.ones(1, 4, length, dtype=torch.float64, requires_grad=True)
    features = network.double().eval().features(sequences)
    features[0, 0, features.shape[2] // 2].backward()
    assert sequences.grad is not None
    places = torch.nonzero(sequences.grad[0].abs().sum(dim=0)).ravel()
    assert (places.diff() == 1).all()
    return len(places)


def test_receptive_fields_of_the_published_depth() -> None:
    narrow = {"first_filters": 1, "last_filters": 1, "dilated_filters": 1, "pointwise": 1}
    assert seen(Basenji(BasenjiSettings(**narrow), {}), 131_072) == 32_871
    basenji2 = Basenji2(Basenji2Settings(stem_filters=1, **narrow), {})
    assert seen(basenji2, 131_072) == 54_918


@pytest.mark.parametrize(
    ("network_class", "settings", "tower", "reach"),
    [(Basenji, COMPACT_BASENJI, 167, 126), (Basenji2, COMPACT_BASENJI2, 166, 140)],
)
def test_receptive_fields_of_compact_networks(network_class, settings, tower, reach) -> None:
    assert sum(settings.dilations) == reach
    assert seen(network_class(settings, {}), settings.length) == tower + 2 * 32 * reach


def test_crops_are_the_same_on_both_sides() -> None:
    assert cropped_bins(131_072, 128, 960) == 32
    assert cropped_bins(131_072, 128, 896) == 64
    assert cropped_bins(512, 8, 64) == 0


@pytest.mark.parametrize(("length", "bins"), [(512, 63), (512, 66), (516, 62), (512, 0)])
def test_bins_that_do_not_lie_in_the_middle_are_refused(length: int, bins: int) -> None:
    with pytest.raises(ValueError, match=f"^{bins} bins of 8 bp in {length} bp, expected"):
        cropped_bins(length, 8, bins)


@pytest.mark.parametrize(("network_class", "settings"), SMALL_ONES)
def test_heads_read_the_middle_of_one_trunk(network_class, settings) -> None:
    network = randomised(network_class(settings, HEADS))
    sequences = drawn_sequences(512)
    assert network(sequences).shape == (2, 10, 3)
    assert network(sequences, "other").shape == (2, 16, 2)
    assert (network(sequences) > 0).all()
    whole = network.pointwise(network.features(sequences)).transpose(1, 2)
    expected = network._rates(network.heads["other"](whole[:, 24:40]))
    torch.testing.assert_close(network(sequences, "other"), expected, rtol=1e-5, atol=1e-6)
    assert network(sequences[:, :, 128:384], "other").shape == (2, 16, 2)
    with pytest.raises(ValueError, match="no head 'mouse', expected one of default, other"):
        network(sequences, "mouse")
    with pytest.raises(ValueError, match="10 bins of 8 bp in 520 bp"):
        network(drawn_sequences(520))


# --- the other computation ---------------------------------------------------------------------


def padded(values: np.ndarray, total: int, fill: float) -> np.ndarray:
    """Lengthen `(positions, channels)` by `total`, the right side getting the odd one."""
    left = total // 2
    return np.pad(values, ((left, total - left), (0, 0)), constant_values=fill)


def convolved(values: np.ndarray, kernel: np.ndarray, dilation: int = 1) -> np.ndarray:
    width, length = len(kernel), len(values)
    around = padded(values, dilation * (width - 1), 0.0)
    return sum(
        around[tap * dilation : tap * dilation + length] @ kernel[tap] for tap in range(width)
    )


def pooled(values: np.ndarray, size: int) -> np.ndarray:
    count = -(-len(values) // size)
    around = padded(values, count * size - len(values), -np.inf)
    return around.reshape(count, size, -1).max(axis=1)


def normalised(values: np.ndarray, norm: dict[str, np.ndarray]) -> np.ndarray:
    deviation = np.sqrt(norm["moving_variance"] + 0.001)
    return norm["gamma"] * (values - norm["moving_mean"]) / deviation + norm["beta"]


def gelu(values: np.ndarray) -> np.ndarray:
    return values / (1 + np.exp(-1.702 * values))


def number(name: str, index: int) -> str:
    return f"{name}_{index}" if index else name


class Layers:
    """Convolutions with their normalisations, taken one after the other."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays
        self.index = 0

    def __call__(self, values: np.ndarray, dilation: int = 1) -> np.ndarray:
        kernel = self.arrays[number("conv1d", self.index)]["kernel"]
        norm = self.arrays[number("batch_normalization", self.index)]
        self.index += 1
        return normalised(convolved(values, kernel, dilation), norm)


def basenji_features(arrays: Arrays, values: np.ndarray) -> np.ndarray:
    """Compute a Basenji of one pooling by 4 and two dilated layers, one sequence."""
    layer = Layers(arrays)
    for pool in (1, 2, 4, 1):
        values = pooled(layer(np.maximum(values, 0)), pool)
    for dilation in (2, 4):
        values = np.hstack([values, layer(np.maximum(values, 0), dilation)])
    return np.maximum(layer(np.maximum(values, 0)), 0)


def basenji2_features(arrays: Arrays, values: np.ndarray) -> np.ndarray:
    """Compute a Basenji2 of three poolings and four residual blocks, one sequence."""
    layer = Layers(arrays)
    for _ in range(3):
        values = pooled(layer(gelu(values)), 2)
    for dilation in (1, 2, 3, 4):
        values = values + layer(gelu(layer(gelu(values), dilation)))
    return values


def basenji2_rates(arrays: Arrays, sequence: np.ndarray, bins: int) -> np.ndarray:
    features = basenji2_features(arrays, sequence)
    first = (len(features) - bins) // 2
    last = Layers(arrays)
    last.index = 11
    hidden = gelu(last(gelu(features[first : first + bins])))
    return np.log1p(np.exp(hidden @ arrays["dense"]["kernel"] + arrays["dense"]["bias"]))


def keras_arrays(network: nn.Module, head: str = "default") -> Arrays:
    """Return a network's weights by the names and in the order of Keras."""
    found: Arrays = {}
    modules = [*network.modules()]
    for index, one in enumerate(m for m in modules if isinstance(m, nn.Conv1d)):
        kernel = one.weight.detach().double().numpy()
        found[number("conv1d", index)] = {"kernel": kernel.transpose(2, 1, 0)}
    for index, one in enumerate(m for m in modules if isinstance(m, nn.BatchNorm1d)):
        found[number("batch_normalization", index)] = {
            "gamma": one.weight.detach().double().numpy(),
            "beta": one.bias.detach().double().numpy(),
            "moving_mean": one.running_mean.double().numpy(),
            "moving_variance": one.running_var.double().numpy(),
        }
    linear = network.heads[head]
    found["dense"] = {
        "kernel": linear.weight.detach().double().numpy().T,
        "bias": linear.bias.detach().double().numpy(),
    }
    return found


@pytest.mark.parametrize("length", [512, 509, 101, 33])
def test_basenji_equals_another_computation_at_any_length(length: int) -> None:
    network = randomised(Basenji(SMALL, HEADS))
    sequences = drawn_sequences(length)
    arrays = keras_arrays(network)
    expected = [basenji_features(arrays, one.T) for one in sequences.double().numpy()]
    with torch.no_grad():
        features = network.features(sequences).transpose(1, 2).numpy()
    np.testing.assert_allclose(features, expected, rtol=1e-5, atol=1e-5)


def test_rates_of_basenji_equal_another_computation() -> None:
    network = randomised(Basenji(SMALL, HEADS))
    sequences = drawn_sequences(512)
    arrays = keras_arrays(network)
    dense = arrays["dense"]
    for one, rates in zip(sequences.double().numpy(), network(sequences), strict=True):
        output = basenji_features(arrays, one.T)[27:37] @ dense["kernel"] + dense["bias"]
        expected = np.where(output > 0, output + 1, np.exp(output))
        np.testing.assert_allclose(rates.detach().numpy(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("length", [512, 509, 101, 33])
def test_basenji2_equals_another_computation_at_any_length(length: int) -> None:
    network = randomised(Basenji2(SMALL2, HEADS))
    sequences = drawn_sequences(length)
    arrays = keras_arrays(network)
    expected = [basenji2_features(arrays, one.T) for one in sequences.double().numpy()]
    with torch.no_grad():
        features = network.features(sequences).transpose(1, 2).numpy()
    np.testing.assert_allclose(features, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("width", [22, 6, 4, 1])
def test_an_even_filter_reads_one_position_more_to_its_right(width: int) -> None:
    layer = SameConvolution(1, 1, width)
    nn.init.ones_(layer.weight)
    impulse = torch.zeros(1, 1, 61)
    impulse[0, 0, 30] = 1
    reached = torch.nonzero(layer(impulse)[0, 0]).ravel()
    left = (width - 1) // 2
    assert reached.tolist() == list(range(30 - (width - 1 - left), 30 + left + 1))


def test_pooling_keeps_the_last_positions() -> None:
    values = torch.tensor([[[-5.0, -1.0, -3.0, -2.0, -4.0]]])
    assert SamePool(2)(values).tolist() == [[[-1, -2, -4]]]
    assert SamePool(4)(values).tolist() == [[[-1, -2]]]
    assert SamePool(4)(values[:, :, :4]).tolist() == [[[-1]]]


def test_outputs_are_linear_above_0_with_gradients_everywhere() -> None:
    values = torch.tensor([-30.0, -1.0, 0.0, 2.0, 1000.0], requires_grad=True)
    rates = exp_linear(values)
    expected = torch.tensor([-30.0, -1.0, 0.0, 2.0, 1000.0]).exp()
    expected[3:] = torch.tensor([3.0, 1001.0])
    torch.testing.assert_close(rates, expected)
    rates.sum().backward()
    assert torch.isfinite(values.grad).all()
    assert (values.grad[3:] == 1).all()


@pytest.mark.parametrize(("network_class", "settings"), SMALL_ONES)
def test_unknown_bases_are_read_as_zeros(network_class, settings) -> None:
    network = randomised(network_class(settings, HEADS))
    unknown = one_hot(torch.full((1, 512), 4, dtype=torch.uint8))
    features = network.features(unknown)
    torch.testing.assert_close(features, network.features(torch.zeros(1, 4, 512)))
    torch.testing.assert_close(reverse_complement(unknown), unknown)
    # Far from the ends nothing tells one place from another.
    middle = features[:, :, 30:34]
    torch.testing.assert_close(middle, middle[:, :, :1].expand_as(middle))


def test_residual_blocks_add_nothing_at_first() -> None:
    network = Basenji2(SMALL2, HEADS).eval()
    zeros = [one for one in network.modules() if isinstance(one, nn.BatchNorm1d)]
    assert [float(one.weight.detach().sum()) for one in zeros].count(0.0) == 4
    sequences = drawn_sequences(512)
    torch.testing.assert_close(network.features(sequences), network.trunk[:3](sequences))


@pytest.mark.parametrize(("network_class", "settings"), SMALL_ONES)
def test_normalisation_moves_as_in_keras_and_gradients_reach_all_weights(
    network_class, settings
) -> None:
    network = randomised(network_class(settings, HEADS)).train()
    norms = [one for one in network.modules() if isinstance(one, nn.BatchNorm1d)]
    assert {(one.eps, one.momentum) for one in norms} == {(1e-3, 0.1)}
    sequences = drawn_sequences(512)
    (network(sequences).sum() + network(sequences, "other").sum()).backward()
    for name, weight in network.named_parameters():
        assert weight.grad is not None, name
        assert torch.isfinite(weight.grad).all()


def test_dropout_has_the_original_rates_and_can_be_left_out() -> None:
    def rates(network: nn.Module) -> list[float]:
        return [one.p for one in network.modules() if isinstance(one, nn.Dropout)]

    given = on_meta(Basenji, PUBLISHED_BASENJI, {})
    assert rates(given) == 6 * [0.05] + 6 * [0.1] + [0.05]
    given = on_meta(Basenji2, PUBLISHED_BASENJI2, {})
    assert rates(given) == 11 * [0.3] + [0.05]
    assert not rates(on_meta(Basenji, COMPACT_BASENJI, {}))
    assert not rates(on_meta(Basenji2, COMPACT_BASENJI2, {}))


@pytest.mark.parametrize("settings_class", [BasenjiSettings, Basenji2Settings])
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"length": 1000}, "length is 1000, expected a multiple of the bin width, 128"),
        ({"pools": 0}, "pools is 0, expected 1 or more"),
        ({"pointwise": 0}, "pointwise is 0, expected 1 or more"),
        ({"last_filters": -1}, "last_filters is -1, expected 1 or more"),
        ({"dropout": 1.5}, "dropout is 1.5, expected 0 to 1"),
        ({"learning_rate": 0}, "learning_rate is 0, expected a positive number"),
        ({"length": 1024}, r"dilated_layers is \d+, expected at most \d+ for 8 bins"),
    ],
)
def test_settings_out_of_range_are_refused(settings_class, given, message: str) -> None:
    with pytest.raises(BenchError, match=message):
        settings_class(**given)


def test_dilations_that_fit_are_counted() -> None:
    with pytest.raises(BenchError, match="is 6, expected at most 2 for 8 bins"):
        BasenjiSettings(length=1024)
    assert BasenjiSettings(length=1024, dilated_layers=2).dilations == (2, 4)


# --- files of Keras ----------------------------------------------------------------------------


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

    places = trunk_places(on_meta(Basenji2, PUBLISHED_BASENJI2, HUMAN))
    assert list(places)[::30] == ["conv1d", "batch_normalization"]
    assert list(places)[29::30] == ["conv1d_29", "batch_normalization_29"]
    assert places["conv1d"]["kernel"].shape == (15, 4, 288)
    assert places["conv1d_7"]["kernel"].shape == (3, 768, 384)
    assert places["conv1d_29"]["kernel"].shape == (1, 768, 1536)
