"""Convolutions and pooling by rows, as on a GPU, equal those by torch's own layers."""

from __future__ import annotations

import pytest
import torch
from test_enformer import sequences, small_network
from torch import Tensor, nn

from bench_enformer import convolutions, enformer, pooling
from bench_enformer.convolutions import NormalisedConvolution
from bench_enformer.enformer import Enformer

LIMITS = {torch.float64: 1e-9, torch.float32: 1e-4}


def read_rows(monkeypatch: pytest.MonkeyPatch, by_rows: bool) -> None:
    for module in (convolutions, pooling):
        monkeypatch.setattr(module, "reads_rows", lambda _: by_rows)


def network(training: bool, kind: torch.dtype) -> Enformer:
    quiet = dict.fromkeys(("dropout", "attention_dropout", "position_dropout"), 0.0)
    return small_network(**quiet).to(kind).train(training)


def everything(made: Enformer, given: Tensor) -> dict[str, Tensor]:
    """Return output, gradients and running statistics."""
    given = given.clone().requires_grad_()
    output = made(given)
    directions = torch.randn(output.shape, generator=torch.Generator().manual_seed(2))
    (output * directions).sum().backward()
    found = {"output": output.detach(), "input": given.grad}
    weights = made.named_parameters()
    found |= {name: weight.grad for name, weight in weights if weight.grad is not None}
    return found | {name: value.clone() for name, value in made.named_buffers()}


@pytest.mark.parametrize("length", [512, 505, 330])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kind", LIMITS)
def test_rows_give_the_same(length, training, kind, monkeypatch) -> None:
    given = sequences(2, length).to(kind)
    read_rows(monkeypatch, by_rows=False)
    expected = everything(network(training, kind), given)
    read_rows(monkeypatch, by_rows=True)
    found = everything(network(training, kind), given)
    assert found.keys() == expected.keys()
    largest = max(value.abs().max() for name, value in expected.items() if "weight" in name)
    for name, value in expected.items():
        # What is added before a normalisation by the batch has a gradient of 0, but for rounding.
        limit = LIMITS[kind] * max(1.0, float(largest))
        torch.testing.assert_close(found[name], value, atol=limit, rtol=LIMITS[kind], msg=name)


def test_only_inputs_of_convolutions_and_pooling_are_kept(monkeypatch) -> None:
    read_rows(monkeypatch, by_rows=True)
    stage = network(True, torch.float32).tower[0]
    kept: list[Tensor] = []

    def keep(value: Tensor) -> Tensor:
        kept.append(value)
        return value

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value):
        stage(torch.randn(2, 16, 256, requires_grad=True))
    large = {value.untyped_storage().data_ptr() for value in kept if value.numel() >= 2 * 16 * 128}
    # The block's input, the first convolution's output, what is pooled, and the pool's logits.
    assert len(large) <= 4


def test_gradients_can_be_asked_for_twice(monkeypatch) -> None:
    read_rows(monkeypatch, by_rows=True)
    made = network(True, torch.float64)
    given = sequences(1, 512).double().requires_grad_()
    output = made(given).sum()
    first = torch.autograd.grad(output, given, retain_graph=True)[0]
    torch.testing.assert_close(torch.autograd.grad(output, given)[0], first)


class Synchronised(nn.BatchNorm1d):
    """Stands for a normalisation over several GPUs."""

    calls = 0

    def forward(self, values: Tensor) -> Tensor:
        Synchronised.calls += 1
        return super().forward(values)


def test_other_normalisations_compute_for_themselves(monkeypatch) -> None:
    read_rows(monkeypatch, by_rows=True)
    block = NormalisedConvolution(8, 8, 1)
    block[0] = Synchronised(8)
    block(torch.randn(2, 8, 16))
    assert Synchronised.calls == 1


def test_one_value_cannot_be_normalised(monkeypatch) -> None:
    read_rows(monkeypatch, by_rows=True)
    with pytest.raises(ValueError, match="Expected more than 1 value per channel"):
        NormalisedConvolution(8, 8, 1)(torch.randn(1, 8, 1))


@pytest.mark.parametrize(("form", "length", "again"), [
    ("auto", 512, 0), ("auto", 2048, 2), ("fused", 512, 2), ("published", 512, 2),
])  # fmt: skip
def test_layers_are_computed_again_where_they_keep_much(form, length, again, monkeypatch) -> None:
    monkeypatch.setattr(enformer, "has_kernels", lambda _: True)
    monkeypatch.setattr(enformer, "KEPT_POSITIONS", 64)
    made = small_network(checkpointing=True, attention=form)
    calls = []
    monkeypatch.setattr(
        enformer, "recomputed",
        lambda module, *given, draws=True: calls.append(module) or module(*given),
    )  # fmt: skip
    made(sequences(1, length))
    layers = [one for one in calls if isinstance(one, enformer.TransformerLayer)]
    assert (len(layers), len(calls) - len(layers)) == (again, 3)
