"""Enformer has its published sizes and shapes; cutting and recomputing change nothing else."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from bench.interface import BenchError
from bench_enformer.convolutions import Gelu, NormalisedConvolution
from bench_enformer.enformer import ConvolutionStage, Enformer, margin
from bench_enformer.settings import COMPACT, PUBLISHED, EnformerSettings

PUBLISHED_HEADS = {"human": (896, 5313), "mouse": (896, 1643)}
SMALL = {
    "length": 512, "stem_channels": 16, "channels": 32, "blocks": 2, "channel_multiple": 8,
    "layers": 2, "heads": 2, "key_size": 8, "value_size": 16, "position_features": 12,
    "hidden": 64, "pointwise": 48,
}  # fmt: skip
MOST_MULTIPLY_ADDS = 300_000_000


def parameters(module: nn.Module) -> int:
    return sum(one.numel() for one in module.parameters())


def small_network(seed: int = 0, **changes) -> Enformer:
    """Make a network none of whose parts is 0."""
    torch.manual_seed(seed)
    settings = EnformerSettings(**{**SMALL, **changes})
    network = Enformer(settings, {"default": (40, 3), "other": (64, 2)})
    with torch.no_grad():
        for weights in network.parameters():
            weights.add_(0.1 * torch.randn_like(weights))
    return network


def sequences(count: int, length: int, seed: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    codes = torch.randint(0, 5, (count, length), generator=generator)
    return functional.one_hot(codes, 5)[..., :4].transpose(1, 2).float()


def test_parts_have_their_published_numbers_of_parameters() -> None:
    with torch.device("meta"):
        network = Enformer(PUBLISHED, PUBLISHED_HEADS)
        human = Enformer(PUBLISHED, {"human": PUBLISHED_HEADS["human"]})
    assert parameters(network) == 251_221_292
    assert parameters(human) == 246_172_353
    assert parameters(network.stem) == 1_228_800
    assert parameters(network.tower) == 49_649_152
    assert [parameters(layer) for layer in network.transformer] == [15_840_256] * 11
    assert parameters(network.pointwise) == 4_724_736
    assert [parameters(head) for head in network.heads.values()] == [16_326_849, 5_048_939]
    statistics = [one.numel() for one in network.buffers() if one.is_floating_point()]
    assert sum(statistics) == 29_696
    norms = [one for one in network.modules() if isinstance(one, nn.BatchNorm1d | nn.LayerNorm)]
    assert {norm.eps for norm in norms} == {1e-5}


def test_widths_of_the_tower() -> None:
    assert PUBLISHED.tower_channels == (768, 896, 1024, 1152, 1280, 1536)
    assert EnformerSettings(**{**SMALL, "blocks": 1}).tower_channels == (32,)


@torch.no_grad()
def test_shapes_at_the_published_length() -> None:
    with torch.device("meta"):
        network = Enformer(PUBLISHED, PUBLISHED_HEADS).eval()
        given = torch.zeros(1, 4, 196_608)
        assert network(given, "human").shape == (1, 896, 5313)
        assert network(given, "mouse").shape == (1, 896, 1643)
        assert network.trunk(given).shape == (1, 1536, 1536)
        assert network.features(given).shape == (1, 3072, 1536)
    assert (network.bin_width, network.channels) == (128, 3072)


@torch.no_grad()
def test_the_compact_network_is_small() -> None:
    with torch.device("meta"):
        network = Enformer(COMPACT, {"default": (512, 10)}).eval()
        counter = FlopCounterMode(display=False)
        with counter:
            assert network(torch.zeros(1, 4, 16_384)).shape == (1, 512, 10)
    assert network.bin_width == 32
    assert 200_000 < parameters(network) < 1_000_000
    # The counter takes a multiplication and an addition for two.
    assert counter.get_total_flops() / 2 < MOST_MULTIPLY_ADDS


def test_a_token_of_the_tower_sees_646_bp() -> None:
    torch.manual_seed(0)
    settings = EnformerSettings(
        **{**SMALL, "length": 2048, "blocks": 6, "stem_channels": 8, "channels": 8}
    )
    network = Enformer(settings, {}).double().eval()
    given = torch.rand(1, 4, 2048, dtype=torch.float64, requires_grad=True)
    values = network.stem(given)
    for stage in network.tower:
        values = stage(values)
    values[0, :, 8].sum().backward()
    seen = torch.nonzero(given.grad.abs().sum(dim=(0, 1))).ravel()
    assert (seen.diff() == 1).all()
    assert len(seen) == 646


def test_gelu() -> None:
    values = torch.linspace(-6, 6, 101)
    torch.testing.assert_close(Gelu()(values), values * torch.sigmoid(1.702 * values))


@torch.no_grad()
def test_heads_are_cut_alike_at_both_ends_and_share_the_trunk() -> None:
    network = small_network().eval()
    given = sequences(2, 512)
    features = network.features(given)
    assert features.shape == (2, 48, 64)
    for head, first in (("default", 12), ("other", 0)):
        bins = features[..., first : first + network.bins[head]].transpose(1, 2)
        expected = functional.softplus(network.heads[head](bins))
        torch.testing.assert_close(network(given, head), expected)
        assert (network(given, head) > 0).all()
    torch.testing.assert_close(network(given), network(given, "default"))
    # The same network reads other lengths, of which 505 has pairs without a partner.
    for length, bins in ((400, 50), (505, 64), (330, 42)):
        assert network.features(sequences(1, length)).shape == (1, 48, bins)
        assert network(sequences(1, length)).shape == (1, 40, 3)


@torch.no_grad()
def test_unknown_bases_are_zeros_and_sequences_do_not_mix() -> None:
    network = small_network().eval()
    given = sequences(3, 512)
    torch.testing.assert_close(network(given)[1:2], network(given[1:2]), atol=1e-5, rtol=1e-5)
    assert not given[:, :, given.sum(dim=(0, 1)) < 3].sum(dim=1).all()


def test_cuts_that_are_not_even_are_refused() -> None:
    assert margin(1536, 896) == 320
    assert margin(7, 7) == 0
    with pytest.raises(ValueError, match="64 positions less 65 bins leave -1, expected an even"):
        margin(64, 65)
    settings = EnformerSettings(**SMALL)
    for bins, left in ((63, 1), (66, -2)):
        with pytest.raises(ValueError, match=f"64 positions less {bins} bins leave {left},"):
            Enformer(settings, {"fine": (64, 1), "default": (bins, 1)})
    with pytest.raises(ValueError, match="63 positions less 40 bins leave 23"):
        small_network()(sequences(2, 500))


def test_features_of_distances_are_kept_for_each_length() -> None:
    network = small_network().eval()
    with torch.inference_mode():
        network(sequences(1, 512))
    kept = network._features[64]
    assert kept.shape == (127, 12)
    # Gradients may need what was made for a prediction.
    network.train()(sequences(2, 512)).sum().backward()
    assert network._features[64] is kept
    with torch.no_grad():
        network(sequences(2, 400))
    assert network._features[50].shape == (99, 12)
    # Recorded kernels go on reading them.
    assert network._features[64] is kept
    assert not any("features" in name for name in network.state_dict())


def step(network: Enformer, given: torch.Tensor) -> tuple[torch.Tensor, dict, dict]:
    """Return the output, the gradients and the statistics of one step of training."""
    network.train()
    torch.manual_seed(5)
    output = network(given)
    (output - output.detach().mean()).square().mean().backward()
    gradients = {name: weights.grad for name, weights in network.named_parameters()}
    return output, gradients, dict(network.named_buffers())


def test_recomputing_changes_nothing() -> None:
    given = sequences(2, 512)
    output, gradients, statistics = step(small_network(), given)
    network = small_network(checkpointing=True)
    calls = []
    for module in (network.stem.residual, network.transformer[1].attention):
        module.register_forward_hook(lambda *_: calls.append(1))
    found, found_gradients, found_statistics = step(network, given)
    assert len(calls) == 4
    torch.testing.assert_close(found, output)
    for name, gradient in gradients.items():
        if name.startswith("heads.other"):
            assert found_gradients[name] is None
            continue
        assert gradient.abs().sum() > 0
        torch.testing.assert_close(found_gradients[name], gradient)
    assert found_statistics.keys() == statistics.keys()
    for name, values in statistics.items():
        torch.testing.assert_close(found_statistics[name], values)
        if name.endswith("num_batches_tracked"):
            assert values == 1


def test_recomputing_waits_for_gradients_of_several_batches() -> None:
    first, second = sequences(2, 512), sequences(2, 512, seed=2)
    found = {}
    for checkpointing in (False, True):
        network = small_network(checkpointing=checkpointing, dropout=0.0, attention_dropout=0.0)
        network.train()
        (network(first).mean() + network(second).square().mean()).backward()
        found[checkpointing] = (
            network.stem.convolution.weight.grad,
            *(values.clone() for values in network.buffers()),
        )
    for one, other in zip(found[True], found[False], strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_nothing_is_recomputed_without_gradients() -> None:
    network = small_network(checkpointing=True).eval()
    expected = small_network().eval()(sequences(2, 512))
    torch.testing.assert_close(network(sequences(2, 512)), expected)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"heads": 0}, "heads is 0, expected 1 or more"),
        ({"length": 7}, "length is 7, expected at least a bin of 8"),
        ({"position_features": 15}, "position_features is 15, expected a multiple of 6"),
        ({"channels": 36}, "channels is 36, expected a multiple of channel_multiple, 8"),
        ({"stem_channels": 4}, "stem_channels is 4, expected a multiple"),
        ({"dropout": 1.0}, "dropout is 1, expected 0 to less than 1"),
        ({"attention_dropout": -0.1}, "attention_dropout is -0.1, expected 0 to"),
        ({"position_dropout": math.nan}, "position_dropout is nan, expected 0 to"),
        ({"learning_rate": 0.0}, "learning_rate is 0, expected a positive number"),
    ],
)
def test_settings_out_of_range_are_refused(changes, message: str) -> None:
    with pytest.raises(BenchError, match=message):
        EnformerSettings(**{**SMALL, **changes})


@torch.no_grad()
def test_the_network_can_be_compiled() -> None:
    torch.manual_seed(0)
    network = small_network().eval()
    sequences = torch.randn(1, 4, 512)
    found = torch.compile(network, backend="eager")(sequences)
    torch.testing.assert_close(found, network(sequences))


@pytest.mark.parametrize("width", [1, 5])
def test_convolutions_are_the_same_with_and_without_gradients(width):
    torch.manual_seed(0)
    layer = NormalisedConvolution(6, 4, width)
    norm = layer[0]
    for values in (norm.weight, norm.bias, norm.running_mean):
        torch.nn.init.normal_(values)
    torch.nn.init.uniform_(norm.running_var, 0.5, 2.0)
    layer.eval()
    given = torch.randn(3, 6, 11)
    kept = given.clone()
    expected = layer(given).detach()
    with torch.no_grad():
        torch.testing.assert_close(layer(given), expected)
    # What is computed in place is no one else's.
    assert torch.equal(given, kept)


def test_a_stage_is_the_same_with_and_without_gradients():
    torch.manual_seed(0)
    stage = ConvolutionStage(NormalisedConvolution(6, 4, 5), 4, as_published=False).eval()
    for module in stage.modules():
        if isinstance(module, torch.nn.BatchNorm1d):
            for values in (module.weight, module.bias, module.running_mean):
                torch.nn.init.normal_(values)
    given = torch.randn(2, 6, 11)
    expected = stage(given).detach()
    with torch.no_grad():
        torch.testing.assert_close(stage(given), expected)
