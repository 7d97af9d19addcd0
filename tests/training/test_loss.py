"""Losses against their definitions, over what was measured."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from bench.interface import TaskKind
from bench.training.loss import MaskedLoss

NAN = float("nan")


def test_cross_entropy_leaves_out_what_was_not_measured() -> None:
    loss = MaskedLoss(TaskKind.CLASSIFICATION, 2)
    output = torch.tensor([[0.3, -1.0], [2.0, 0.5]])
    targets = torch.tensor([[1.0, NAN], [0.0, 1.0]])
    expected = [np.log1p(np.exp(-0.3)), np.log1p(np.exp(2.0)), np.log1p(np.exp(-0.5))]
    assert float(loss(output, targets)) == pytest.approx(np.mean(expected))
    torch.testing.assert_close(loss.predicted(output), output.sigmoid())
    nothing = torch.full((2, 2), NAN)
    assert float(loss(output, nothing)) == 0


def test_rare_positives_weigh_as_much_as_negatives() -> None:
    loss = MaskedLoss(TaskKind.CLASSIFICATION, 2)
    targets = torch.tensor([[1.0, 0.0], [0.0, 0.0], [0.0, NAN], [0.0, 0.0]])
    loss.learn_units(targets.numpy(), balanced=True)
    # A target without any positive has nothing to weigh up to more than its negatives.
    assert loss.class_weight.tolist() == [3.0, 3.0]
    loss.learn_units(np.vstack([np.ones((1, 2)), np.zeros((1000, 2))]), balanced=True)
    assert loss.class_weight.tolist() == [100.0, 100.0]


def test_values_are_learnt_in_standard_units_and_predicted_in_their_own() -> None:
    loss = MaskedLoss(TaskKind.REGRESSION, 2)
    targets = torch.tensor([[1.0, 7.0], [3.0, 7.0], [NAN, 7.0], [5.0, 7.0]])
    loss.learn_units(targets.numpy(), balanced=False)
    assert loss.mean.tolist() == [3.0, 7.0]
    assert loss.scale.tolist() == pytest.approx([np.std([1, 3, 5]), 1.0])
    output = torch.zeros(4, 2)
    expected = np.mean([*(np.array([-2, 0, 2]) / np.std([1, 3, 5])) ** 2, 0, 0, 0, 0])
    assert float(loss(output, targets)) == pytest.approx(expected)
    assert loss.predicted(output)[0].tolist() == [3.0, 7.0]
