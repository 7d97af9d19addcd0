"""Every built-in model keeps what the interface promises, at its compact preset."""

from __future__ import annotations

import pytest

from bench.audit.conformance.conduct import check_model
from bench.audit.conformance.subject import Subject
from bench.audit.conformance.trial import OTHER_KINDS, TRIAL_KINDS
from bench.registry.discovery import discover

REGISTRY = discover()
BUILT_IN = {
    entry.name: entry.value
    for entry in REGISTRY.models
    if entry.origin.endswith("entry point of cisbench")
}
TRIED = [name for name, card in BUILT_IN.items() if set(card.tasks) & {*TRIAL_KINDS, *OTHER_KINDS}]
UNTRIED = ["external-score"]
"""Models that do only kinds of tasks without trials; what they promise, their own tests check."""
WITHOUT_TRIAL = {"card", "imports", "packages", "settings", "import-state"}


def test_there_are_built_in_models():
    assert {"prevalence", "pwm", "kmer-svm"} <= set(TRIED)
    assert {*TRIED, *UNTRIED} == set(BUILT_IN)


@pytest.mark.slow
@pytest.mark.parametrize(
    "model",
    # The id tells tests/scheduling.py which checks share fits.
    [pytest.param(name, marks=pytest.mark.bench_model(name), id=f"model={name}") for name in TRIED],
)
def test_a_built_in_model_conforms(model, bench_check):
    bench_check()


@pytest.mark.parametrize("model", UNTRIED)
def test_a_built_in_model_without_trials_conforms_as_far_as_can_be_told(model, tmp_path):
    outcomes = {one.check: one for one in check_model(Subject(REGISTRY, model, tmp_path))}
    assert {name for name, one in outcomes.items() if one.outcome != "skipped"} == WITHOUT_TRIAL
    assert not [one for one in outcomes.values() if one.outcome == "failed"]
    assert outcomes["fits"].found.startswith("trials exist for")
