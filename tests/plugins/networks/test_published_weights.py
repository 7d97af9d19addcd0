"""Weights in published layouts: outputs equal those of a computation from the file alone.

The other computation is written from the description of the layouts alone: two-dimensional
convolutions, channels in the published order, no module of the suite.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from bench.interface import DataError
from bench.training.published import PublishedLayout, load_published
from bench_basset import model as basset
from bench_basset.settings import BassetSettings
from bench_deepsea import beluga, deeper_deepsea, deepsea
from bench_deepsea.settings import BelugaSettings, DeeperDeepSeaSettings, DeepSeaSettings

State = dict[str, torch.Tensor]
TARGETS = {"deepsea": 919, "beluga": 2002, "deeper": 919, "basset": 164}


def drawn(shapes: dict[str, tuple[int, ...]], seed: int = 0) -> State:
    """Draw weights of the given shapes, of a size that keeps outputs near 1."""
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for name, size in shapes.items():
        values = torch.randn(size, generator=generator)
        if name.endswith("running_var"):
            state[name] = values.abs() + 0.5
        elif len(size) > 1:
            state[name] = values * (2 / np.prod(size[1:])) ** 0.5
        else:
            state[name] = 0.1 * values + (1.0 if name.endswith("weight") else 0.0)
    return state


def layer(name: str, *size: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": size, f"{name}.bias": size[:1]}


def norm(name: str, size: int) -> dict[str, tuple[int, ...]]:
    return {
        f"{name}.{field}": (size,) for field in ("weight", "bias", "running_mean", "running_var")
    }


DEEPSEA = {
    **layer("0", 320, 4, 1, 8), **layer("4", 480, 320, 1, 8), **layer("8", 960, 480, 1, 8),
    **layer("12.1", 925, 50880), **layer("14.1", 919, 925),
}  # fmt: skip
BELUGA = {
    **layer("model.0.0", 320, 4, 1, 8), **layer("model.0.2", 320, 320, 1, 8),
    **layer("model.0.6", 480, 320, 1, 8), **layer("model.0.8", 480, 480, 1, 8),
    **layer("model.0.12", 640, 480, 1, 8), **layer("model.0.14", 640, 640, 1, 8),
    **layer("model.1.2.1", 2003, 67840), **layer("model.1.4.1", 2002, 2003),
}  # fmt: skip
DEEPER = {
    **layer("conv_net.0", 320, 4, 8), **layer("conv_net.2", 320, 320, 8), **norm("conv_net.5", 320),
    **layer("conv_net.6", 480, 320, 8), **layer("conv_net.8", 480, 480, 8),
    **norm("conv_net.11", 480), **layer("conv_net.13", 960, 480, 8),
    **layer("conv_net.15", 960, 960, 8), **norm("conv_net.17", 960),
    **layer("classifier.0", 919, 42240), **norm("classifier.2", 919),
    **layer("classifier.3", 919, 919),
}  # fmt: skip
BASSET = {
    **layer("0", 300, 4, 19, 1), **norm("1", 300), **layer("4", 200, 300, 11, 1), **norm("5", 200),
    **layer("8", 200, 200, 7, 1), **norm("9", 200), **layer("13.1", 1000, 2000), **norm("14", 1000),
    **layer("17.1", 1000, 1000), **norm("18", 1000), **layer("21.1", 164, 1000),
}  # fmt: skip


def sequences(length: int, order: str) -> torch.Tensor:
    """Return one-hot sequences with channels in an order of bases, `(3, 4, length)`."""
    generator = np.random.default_rng(3)
    text = generator.choice(list("ACGT"), (3, length))
    channels = [[row == base for base in order] for row in text]
    return torch.from_numpy(np.array(channels)).float()


def weight(state: State, name: str) -> tuple[torch.Tensor, torch.Tensor]:
    return state[f"{name}.weight"], state[f"{name}.bias"]


def normalised(x: torch.Tensor, state: State, name: str) -> torch.Tensor:
    size = (1, -1, *[1] * (x.dim() - 2))
    mean, variance = state[f"{name}.running_mean"], state[f"{name}.running_var"]
    scale, shift = weight(state, name)
    unit = (x - mean.reshape(size)) / (variance.reshape(size) + 1e-5).sqrt()
    return unit * scale.reshape(size) + shift.reshape(size)


def deepsea_output(state: State) -> torch.Tensor:
    def floor(x: torch.Tensor) -> torch.Tensor:
        return torch.where(x > 0, x, torch.tensor(1e-6))

    x = sequences(1000, "AGCT")[:, :, None, :]
    x = functional.max_pool2d(floor(functional.conv2d(x, *weight(state, "0"))), (1, 4))
    x = functional.max_pool2d(floor(functional.conv2d(x, *weight(state, "4"))), (1, 4))
    x = floor(functional.conv2d(x, *weight(state, "8"))).flatten(1)
    return functional.linear(
        floor(functional.linear(x, *weight(state, "12.1"))), *weight(state, "14.1")
    )


def beluga_output(state: State) -> torch.Tensor:
    x = sequences(2000, "AGCT")[:, :, None, :]
    for number in (0, 2, 6, 8, 12, 14):
        if number in (6, 12):
            x = functional.max_pool2d(x, (1, 4))
        x = functional.conv2d(x, *weight(state, f"model.0.{number}")).clamp(min=0)
    hidden = functional.linear(x.flatten(1), *weight(state, "model.1.2.1")).clamp(min=0)
    return functional.linear(hidden, *weight(state, "model.1.4.1"))


def deeper_output(state: State) -> torch.Tensor:
    x = sequences(1000, "ACGT")
    for first, second, last, pools in ((0, 2, 5, True), (6, 8, 11, True), (13, 15, 17, False)):
        x = functional.conv1d(x, *weight(state, f"conv_net.{first}")).clamp(min=0)
        x = functional.conv1d(x, *weight(state, f"conv_net.{second}")).clamp(min=0)
        if pools:
            x = functional.max_pool1d(x, 4)
        x = normalised(x, state, f"conv_net.{last}")
    hidden = functional.linear(x.flatten(1), *weight(state, "classifier.0")).clamp(min=0)
    hidden = normalised(hidden, state, "classifier.2")
    return functional.linear(hidden, *weight(state, "classifier.3"))


def basset_output(state: State) -> torch.Tensor:
    x = sequences(600, "ACGT")[:, :, :, None]
    for number, pool in ((0, 3), (4, 4), (8, 4)):
        x = functional.conv2d(x, *weight(state, str(number)))
        x = functional.max_pool2d(normalised(x, state, str(number + 1)).clamp(min=0), (pool, 1))
    x = x.flatten(1)
    for number in (13, 17):
        x = functional.linear(x, *weight(state, f"{number}.1"))
        x = normalised(x, state, str(number + 1)).clamp(min=0)
    return functional.linear(x, *weight(state, "21.1"))


CASES = {
    "deepsea": (
        DEEPSEA, deepsea_output, lambda: deepsea.DeepSeaNetwork(DeepSeaSettings(), 919),
        deepsea.LAYOUT, 1000,
    ),
    "beluga": (
        BELUGA, beluga_output, lambda: beluga.beluga_network(BelugaSettings(), 2002),
        beluga.LAYOUT, 2000,
    ),
    "deeper": (
        DEEPER, deeper_output,
        lambda: deeper_deepsea.deeper_deepsea_network(DeeperDeepSeaSettings(), 919),
        deeper_deepsea.LAYOUT, 1000,
    ),
    "basset": (
        BASSET, basset_output, lambda: basset.basset_network(BassetSettings(), 164),
        basset.LAYOUT, 600,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
@torch.no_grad()
def test_outputs_are_those_of_the_published_layout(name: str, tmp_path: Path) -> None:
    shapes, expected, build, layout, length = CASES[name]
    state = drawn(shapes)
    path = tmp_path / "weights.pth"
    torch.save(state, path)
    network = build().eval()
    load_published(network, layout, path)
    output = network(sequences(length, "ACGT"))
    assert output.shape == (3, TARGETS[name])
    assert output.std() > 0.1
    torch.testing.assert_close(output, expected(state), atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_the_order_of_channels_matters() -> None:
    state = drawn(DEEPSEA)
    network = deepsea.DeepSeaNetwork(DeepSeaSettings(), 919).eval()
    mapping = dict(deepsea.LAYOUT.names())
    own = network.state_dict()
    for published, name in mapping.items():
        own[name].copy_(
            state[published].squeeze(2) if state[published].dim() == 4 else state[published]
        )
    # Filled in without reordering, A, C, G, T are read as A, G, C, T.
    output = network(sequences(1000, "ACGT"))
    assert (output - deepsea_output(state)).abs().max() > 0.01


SMALL = PublishedLayout(layers={"0": "0", "1": "1"}, norms={}, prefixes=("", "net."), head="1")


def small_network(targets: int = 3) -> torch.nn.Sequential:
    return torch.nn.Sequential(torch.nn.Conv1d(4, 2, 3), torch.nn.Linear(5, targets))


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("prefix", ["", "net."])
def test_both_formats_and_prefixes_are_read(suffix: str, prefix: str, tmp_path: Path) -> None:
    given = small_network()
    state = {f"{prefix}{name}": value for name, value in given.state_dict().items()}
    path = tmp_path / f"weights{suffix}"
    if suffix == ".pth":
        torch.save({"state_dict": state}, path)
    else:
        from safetensors.torch import save_file

        save_file(state, path)
    network = small_network()
    load_published(network, SMALL, path)
    for one, other in zip(network.parameters(), given.parameters(), strict=True):
        assert torch.equal(one, other)
    other_targets = small_network(7)
    head = other_targets[1].weight.clone()
    load_published(other_targets, SMALL, path, with_head=False)
    assert torch.equal(other_targets[0].weight, given[0].weight)
    assert torch.equal(other_targets[1].weight, head)
    with pytest.raises(DataError, match=r"'1.weight' has shape \(3, 5\), expected one that fits"):
        load_published(other_targets, SMALL, path)


class Evil:
    """Would run code where it is unpickled."""

    def __reduce__(self):
        return (print, ("evil",))


def test_files_that_are_no_weights_are_refused(tmp_path: Path, capsys) -> None:
    network = small_network()
    path = tmp_path / "weights.pth"
    with pytest.raises(DataError, match="no such file"):
        load_published(network, SMALL, path)
    for content in (b"", b"some text", b"\x80\x02."):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"expected safetensors or tensors by name|damaged"):
            load_published(network, SMALL, path)
    torch.save({"0.weight": Evil()}, path)
    with pytest.raises(DataError):
        load_published(network, SMALL, path)
    assert "evil" not in capsys.readouterr().out
    torch.save({"0.weight": 3}, path)
    with pytest.raises(DataError, match="expected tensors by name"):
        load_published(network, SMALL, path)
    torch.save({"other": torch.zeros(1)}, path)
    with pytest.raises(DataError, match=r"no '0.weight', expected .*; it holds 'other'"):
        load_published(network, SMALL, path)
    torch.save({"0.weight": torch.zeros(2, 4, 3)}, path)
    with pytest.raises(DataError, match=r"no '0.bias', expected the layers of this model"):
        load_published(network, SMALL, path)
    damaged = tmp_path / "weights.safetensors"
    damaged.write_bytes(b"12345678901234567890")
    with pytest.raises(DataError, match="damaged"):
        load_published(network, SMALL, damaged)
