"""The DeFine-style network: both strands alike, and regression combined with classification."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from bench.data.examples import ArrayExamples
from bench.interface import BenchError, FitContext, HeadShape, TaskKind, TaskShape
from bench_define import COMPACT
from bench_define.model import CombinedNetwork, Define, DefineNetwork
from bench_define.settings import DefineSettings

SMALL = {"filters_1": 8, "filters_2": 8, "hidden": 8, "length": 60, "epochs": 2, "batch_size": 16}


def shape(kind, targets=2):
    names = tuple("ab"[:targets])
    return TaskShape(kind=TaskKind(kind), heads={"default": HeadShape(targets=names)})


def test_the_combination_has_a_second_output_for_values_only():
    settings = DefineSettings(combination=0.5, **SMALL)
    assert type(Define().build(shape("classification"), settings)) is DefineNetwork
    network = Define().build(shape("regression"), settings)
    assert type(network) is CombinedNetwork
    plain = Define().build(shape("regression"), DefineSettings(**SMALL))
    count = [sum(one.numel() for one in each.parameters()) for each in (network, plain)]
    assert count[0] - count[1] == 8 * 2 + 2


def test_the_second_loss_is_a_weighted_cross_entropy_of_measured_targets():
    torch.manual_seed(0)
    network = CombinedNetwork(DefineSettings(combination=0.5, dropout=0.0, **SMALL), 2)
    sequences = torch.eye(4)[torch.randint(0, 4, (5, 60))].transpose(1, 2)
    values = network(sequences)
    targets = torch.tensor([[1.0, -1], [np.nan, 2], [-3, 0], [0.5, np.nan], [4, -0.1]])
    found = network.auxiliary_loss(targets)
    log_odds = network.classes(network.dense(network.features(sequences)))
    measured = ~targets.isnan()
    expected = functional.binary_cross_entropy_with_logits(
        log_odds[measured], (targets[measured] > 0).float()
    )
    torch.testing.assert_close(found, 0.5 * expected)
    found.backward()
    assert network.classes.weight.grad.abs().sum() > 0
    # In evaluation the values are the same, and nothing is kept of a batch.
    torch.testing.assert_close(network.eval()(sequences), values)
    assert network._log_odds is None


def test_it_is_trained_saved_and_loaded(tmp_path):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (64, 60), dtype=np.uint8)
    values = np.stack([(codes == 2).mean(axis=1), 100 + rng.normal(size=64)], axis=1)
    values[3, 1] = np.nan
    settings = {**COMPACT.as_preset(), **SMALL, "combination": 1.0}
    context = FitContext(shape=shape("regression"), seed=0, scratch=tmp_path, settings=settings)
    examples = ArrayExamples(codes, values)
    model = Define(**settings)
    model.fit(examples[:48], examples[48:], context)
    predictions = model.predict(examples)
    assert 50 < predictions[:, 1].mean() < 150
    folder = tmp_path / "saved"
    folder.mkdir()
    model.save(folder)
    np.testing.assert_array_equal(Define.load(folder, context).predict(examples), predictions)


def test_a_negative_weight_is_refused():
    with pytest.raises(BenchError, match="combination is -1, expected 0 or more"):
        DefineSettings(combination=-1.0)


def test_the_second_output_is_trained_and_the_weights_begin_as_told(tmp_path):
    rng = np.random.default_rng(1)
    examples = ArrayExamples(rng.integers(0, 4, (64, 60), dtype=np.uint8), rng.normal(size=(64, 2)))

    def first_and_last(folder, **changes):
        settings = {**COMPACT.as_preset(), **SMALL, "combination": 1.0, **changes}
        (tmp_path / folder).mkdir()
        context = FitContext(
            shape=shape("regression"), seed=0, scratch=tmp_path / folder, settings=settings
        )
        model = Define(**settings)
        model._begin(context)
        first = {name: value.clone() for name, value in model.network.state_dict().items()}
        model.fit(examples[:48], examples[48:], context)
        return first, model.network.state_dict()

    first, last = first_and_last("torch")
    assert not torch.equal(first["classes.weight"], last["classes.weight"])
    other, _ = first_and_last("he", initial_weights="he")
    assert not torch.equal(first["filters.0.weight"], other["filters.0.weight"])
    assert not other["filters.0.bias"].any()
    # The layer of the values is the last one, and stays as it is.
    bound = 1 / np.sqrt(SMALL["hidden"])
    assert other["values.weight"].abs().max() <= bound
    assert other["values.bias"].any()
