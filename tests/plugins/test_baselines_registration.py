"""What the plugins of this distribution register: cards that can be planned, classes that load."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from bench.interface import Model

EXPECTED = {
    "bench_baselines": {
        "prevalence",
        "gc",
        "length",
        "position",
        "nearest",
        "promoter-distance",
        "mean-track",
        "shared-score",
    },
    "bench_external": {"external-score"},
    "bench_kmer_svm": {"kmer-svm", "kmer-logistic"},
    "bench_pwm": {"pwm"},
}


class Register:
    """Takes models as the harness does."""

    def __init__(self):
        self.models = []

    def model(self, card, target):
        self.models.append((card, target))


def registered(plugin):
    register = Register()
    import_module(plugin).bench_models(register)
    return register.models


@pytest.mark.parametrize("plugin", EXPECTED)
def test_names(plugin):
    assert {card.name for card, _ in registered(plugin)} == EXPECTED[plugin]


@pytest.mark.parametrize("plugin", EXPECTED)
def test_targets_are_models_with_that_card_and_those_settings(plugin):
    for card, target in registered(plugin):
        module, _, name = target.partition(":")
        model_class = getattr(import_module(module), name)
        assert issubclass(model_class, Model)
        assert model_class.card is card
        for preset in card.presets.values():
            model_class(**preset.settings)


@pytest.mark.parametrize("plugin", EXPECTED)
def test_a_card_costs_no_import(plugin):
    heavy = "[name for name in ('numpy', 'scipy', 'sklearn', 'pandas') if name in sys.modules]"
    code = f"import sys, {plugin}; print({heavy})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
