"""Changes followed through networks on patches, against whole predictions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from bench.interface import HeadShape, TaskKind, TaskShape
from bench.training.losses import HeadLosses
from bench.training.mutagenesis.of_network import NetworkMutagenesis, has_patches, traced
from bench.training.mutagenesis.patches import Patches
from bench.training.one_hot import one_hot
from bench.training.prediction import predictions_of

LENGTH = 60
CLOSE = {"rtol": 1e-5, "atol": 1e-5}


def shape(targets=2):
    names = tuple(f"target-{number}" for number in range(targets))
    return TaskShape(kind=TaskKind.CLASSIFICATION, heads={"default": HeadShape(targets=names)})


class Residual(nn.Module):
    """A dilated convolution that is added to what it reads, or put below it."""

    def __init__(self, channels, dilation, joined):
        super().__init__()
        self.inner = nn.Sequential(
            nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation), nn.GELU()
        )
        self.joined = joined

    def forward(self, values):
        added = self.inner(values)
        return torch.cat([values, added], dim=1) if self.joined else values + 0.5 * added


class Odd(nn.Module):
    """Something that no patch is known of."""

    def forward(self, values):
        return values.flip(2).cumsum(2) / values.shape[2]


LAYERS = st.one_of(
    st.builds(
        lambda width, stride, padding, dilation: ("conv", width, stride, padding, dilation),
        st.integers(1, 5), st.integers(1, 3), st.integers(0, 3), st.integers(1, 3),
    ),
    st.builds(
        lambda width, stride, padding: ("max", width, stride, min(padding, width // 2)),
        st.integers(1, 4), st.integers(1, 4), st.integers(0, 2),
    ),
    st.builds(
        lambda width, stride, padding: ("mean", width, stride, min(padding, width // 2)),
        st.integers(1, 4), st.integers(1, 4), st.integers(0, 2),
    ),
    st.tuples(st.just("residual"), st.integers(1, 4), st.booleans()),
    st.just(("norm",)),
    st.just(("relu",)),
    st.just(("odd",)),
    st.just(("drop",)),
)  # fmt: skip


def made(layers, head):
    """Build a network as far as its layers leave anything."""
    built = [nn.Conv1d(4, 6, 5, padding=2)]
    channels = 6
    probe = torch.zeros(1, 4, LENGTH)
    for name, *numbers in layers:
        if name == "conv":
            width, stride, padding, dilation = numbers
            layer = nn.Conv1d(channels, 5, width, stride, padding, dilation)
        elif name in {"max", "mean"}:
            layer = (nn.MaxPool1d if name == "max" else nn.AvgPool1d)(*numbers)
        elif name == "residual":
            layer = Residual(channels, *numbers)
        else:
            layer = {
                "norm": nn.BatchNorm1d(channels), "relu": nn.ReLU(), "odd": Odd(),
                "drop": nn.Dropout(0.5),
            }[name]  # fmt: skip
        try:
            with torch.no_grad():
                found = nn.Sequential(*built, layer).eval()(probe)
        except RuntimeError:
            continue
        if found.shape[2] < 1 or found.shape[1] > 40:
            continue
        built.append(layer)
        channels = found.shape[1]
    with torch.no_grad():
        size = nn.Sequential(*built).eval()(probe)[0].numel()
    ends = {
        "flat": [nn.Flatten(), nn.Linear(size, 2)],
        "mean": [nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(channels, 2)],
        "max": [nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(channels, 2)],
    }
    network = nn.Sequential(*built, *ends[head])
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.running_mean.uniform_(-1, 1)
            module.running_var.uniform_(0.5, 2)
    return network.eval()


def both_ways(network, codes, positions, bases, *, average_strands=False):
    losses = HeadLosses(shape())
    quick = NetworkMutagenesis.of(
        network, losses, codes, "default", average_strands=average_strands, device="cpu"
    )
    changed = np.repeat(codes[None], len(positions), axis=0)
    changed[np.arange(len(positions)), positions] = bases
    with torch.no_grad():
        _, expected = predictions_of(
            network, losses, torch.from_numpy(changed), "default", average_strands
        )
    return quick(positions, bases), expected.numpy()


@settings(max_examples=150, deadline=None)
@given(
    layers=st.lists(LAYERS, max_size=7),
    head=st.sampled_from(["flat", "mean", "max"]),
    seed=st.integers(0, 2**31),
    average_strands=st.booleans(),
)
def test_patches_equal_the_whole(layers, head, seed, average_strands):
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    network = made(layers, head)
    codes = generator.integers(0, 5, LENGTH).astype(np.uint8)
    positions = np.concatenate([[0, 1, LENGTH - 1], generator.integers(0, LENGTH, 20)])
    bases = generator.integers(0, 4, len(positions)).astype(np.uint8)
    found, expected = both_ways(network, codes, positions, bases, average_strands=average_strands)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, **CLOSE)


def test_only_what_a_change_reaches_is_computed():
    """Ten convolutions of width 7 widen a patch by 6 each, to 61 of 2,000 places."""
    network = nn.Sequential(
        *(layer for number in range(10)
          for layer in (nn.Conv1d(4 if number == 0 else 8, 8, 7, padding=3), nn.ReLU())),
        nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(8, 2),
    ).eval()  # fmt: skip
    seen = []
    whole = functional.conv1d

    def counted(inputs, *rest, **more):
        seen.append(inputs.shape[2])
        return whole(inputs, *rest, **more)

    codes = np.random.default_rng(0).integers(0, 4, 2000).astype(np.uint8)
    quick = NetworkMutagenesis.of(
        network, HeadLosses(shape()), codes, "default", average_strands=False, device="cpu"
    )
    import bench.training.mutagenesis.network as module

    original, module.functional.conv1d = module.functional.conv1d, counted
    try:
        quick(np.array([1000]), np.array([1], np.uint8))
    finally:
        module.functional.conv1d = original
    # A layer reads what its outputs need: their width and 6 more.
    assert seen == [13 + 6 * number for number in range(10)]


class InPlace(nn.Module):
    """Changes what a convolution has computed."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        self.first = nn.Conv1d(4, 4, 3, padding=1)
        self.second = nn.Conv1d(4, 4, 3, padding=1)

    def forward(self, sequences):
        before = self.first(sequences)
        if self.kind == "clamped":
            before.clamp_(min=0)
            return self.second(before).mean(2)[:, :2]
        found = functional.relu(before, inplace=True)
        after = self.second(found)
        return (after + before if self.kind == "read again" else after).mean(2)[:, :2]


def test_what_is_changed_in_place():
    torch.manual_seed(1)
    codes = np.random.default_rng(2).integers(0, 4, LENGTH).astype(np.uint8)
    positions = np.arange(LENGTH)
    network = InPlace("read once").eval()
    found, expected = both_ways(network, codes, positions, (codes + 1) % 4)
    np.testing.assert_allclose(found, expected, **CLOSE)
    assert traced(InPlace("read again"), None) is None
    assert traced(InPlace("clamped"), None) is None
    network.first.register_forward_hook(lambda *_: None)
    assert traced(network, None) is None


class Headed(nn.Module):
    """Has a default for its head."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(4, 4, 3, padding=1)
        self.heads = nn.ModuleDict({"default": nn.Linear(4, 2), "other": nn.Linear(4, 2)})

    def forward(self, sequences, head="default"):
        return self.heads[head](self.first(sequences).mean(2))


@pytest.mark.parametrize("head", [None, "other"])
def test_heads_are_followed(head):
    network = Headed().eval()
    graph = traced(network, head)
    assert has_patches(graph)
    given = torch.rand(1, 4, LENGTH)
    expected = network(given) if head is None else network(given, head)
    torch.testing.assert_close(graph(given), expected)


class Branching(nn.Module):
    """Asks for the values of its input."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(4, 2, 3)

    def forward(self, sequences):
        found = self.first(sequences)
        return found.mean(2) if found.sum() > 0 else found.amax(2)


class Doubled(nn.Conv1d):
    """A convolution of another kind."""

    def forward(self, values):
        return 2 * super().forward(values)


def test_networks_that_cannot_be_followed_are_left_alone():
    codes = np.zeros(LENGTH, np.uint8)
    for network in (Branching(), nn.Sequential(nn.Flatten(), nn.Linear(4 * LENGTH, 2))):
        assert (
            NetworkMutagenesis.of(
                network.eval(), HeadLosses(shape()), codes, "default",
                average_strands=False, device="cpu",
            )
            is None
        )  # fmt: skip


def test_a_layer_of_another_kind_is_computed_whole():
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv1d(4, 3, 3), Doubled(3, 3, 3), nn.Flatten(), nn.Linear(3 * (LENGTH - 4), 2)
    ).eval()
    codes = np.random.default_rng(1).integers(0, 4, LENGTH).astype(np.uint8)
    positions = np.arange(LENGTH)
    found, expected = both_ways(network, codes, positions, (codes + 1) % 4)
    np.testing.assert_allclose(found, expected, **CLOSE)


def test_the_graph_begins_with_a_convolution():
    network = nn.Sequential(nn.Conv1d(4, 2, 3), nn.ReLU()).eval()
    assert has_patches(traced(network, None))
    assert not has_patches(traced(nn.Sequential(nn.ReLU(), nn.Conv1d(4, 2, 3)), None))
    assert traced(Branching(), None) is None


def test_reading_a_patch_at_the_edges():
    original = one_hot(torch.tensor([[0, 1, 2, 3, 0]], dtype=torch.uint8))
    patches = Patches(original, torch.full((1, 4, 2), 7.0), torch.tensor([3]))
    read = patches.read(torch.tensor([-2]), 9, -1.0)
    assert read[0, 0].tolist() == [-1, -1, 1, 0, 0, 7, 7, -1, -1]
    assert patches.whole()[0, 0].tolist() == [1, 0, 0, 7, 7]
    assert patches.original_values()[0, 0].tolist() == [0, 1]
