"""Basenji and Basenji2: published sizes, and outputs of another computation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from basenji_reference import (
    HEADS,
    SMALL,
    SMALL2,
    SMALL_ONES,
    basenji2_features,
    basenji_features,
    drawn_sequences,
    keras_arrays,
    on_meta,
    randomised,
)
from geometry import layer_counts, multiply_adds
from torch import nn

from bench.interface import DEFAULT_HEAD, BenchError
from bench.training.one_hot import one_hot, reverse_complement
from bench.training.receptive_field import receptive_field
from bench_basenji.basenji import Basenji, exp_linear
from bench_basenji.basenji2 import Basenji2
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


def block_counts(network: nn.Module) -> list[int]:
    """Return parameters of each convolution with its normalisation, then of each head."""
    counts = layer_counts(network)
    heads = len(network.heads)
    body, ends = counts[:-heads], counts[-heads:]
    return [sum(pair) for pair in zip(body[::2], body[1::2], strict=True)] + ends


def total(network: nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


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
    basenji2 = Basenji2(Basenji2Settings(stem_filters=1, **narrow), {DEFAULT_HEAD: (896, 1)})
    assert receptive_field(basenji2.eval(), 131_072) == 54_918
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
