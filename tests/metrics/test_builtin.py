"""The built-in metrics: registered by the hook, cheap to find, and importable."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import bench.metrics
from bench.interface.card import TaskKind
from bench.metrics.axis import Axis
from bench.metrics.builtin import CARDS, bench_metrics
from bench.metrics.metric import as_metric
from bench.metrics.score import score


class Collected:
    def __init__(self):
        self.cards = []

    def metric(self, card):
        self.cards.append(card)


def test_the_hook_registers_the_metrics_of_each_kind():
    register = Collected()
    bench_metrics(register)
    names = {}
    for card in register.cards:
        for kind in card.kinds:
            names.setdefault(kind, []).append(card.name)
    both = ("pearson", "spearman")
    assert {kind: set(found) for kind, found in names.items()} == {
        TaskKind.CLASSIFICATION: {"auroc", "auprc"},
        TaskKind.REGRESSION: {*both, "r2"},
        TaskKind.PROFILE: {
            "poisson-deviance",
            *(f"{name}-{axis}" for name in both for axis in ("bins", "loci", "tracks")),
        },
        TaskKind.EXPRESSION: {
            f"{name}-{axis}" for name in both for axis in ("genes", "conditions")
        },
        TaskKind.VARIANT: {
            "sign-accuracy",
            *(f"{name}-effects" for name in both),
            *(f"{name}-causal" for name in ("auroc", "auprc")),
        },
    }


SHAPES = {Axis.BINS: (5, 4, 3), Axis.LOCI: (5, 4, 3)}


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_cards_name_metrics(card):
    module, _, name = card.target.partition(":")
    metric = as_metric(getattr(import_module(module), name))
    of_classes = TaskKind.CLASSIFICATION in card.kinds or card.name.endswith("-causal")
    assert metric.classes == of_classes
    truth = np.random.default_rng(1).integers(0, 2, SHAPES.get(metric.axis, (12, 3))).astype(float)
    perfect = score(metric, card.name, truth, truth, np.arange(len(truth)), draws=4).value
    assert perfect == pytest.approx(1 if card.higher_is_better else 0, abs=1e-5)
    if card.chance is not None and metric.classes:
        assert metric.value([1, 1, 1, 1], [0, 1, 0, 1]) == card.chance


def loaded_after(code):
    listing = "print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\n{listing}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_registration_does_not_import_numpy():
    assert "numpy" not in loaded_after("import bench.metrics.builtin")


def test_metrics_import_numpy_only():
    folder = Path(bench.metrics.__file__).parent
    modules = ", ".join(f"bench.metrics.{path.stem}" for path in folder.glob("[a-z]*.py"))
    heavy = {"scipy", "sklearn", "pandas", "torch", "matplotlib"}
    assert not loaded_after(f"import {modules}") & heavy
