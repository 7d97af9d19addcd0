"""Every built-in model keeps what the interface promises, at its compact preset."""

from __future__ import annotations

import pytest

from bench.registry.discovery import discover

BUILT_IN = [
    entry.name for entry in discover().models if entry.origin.endswith("entry point of cisbench")
]


def test_there_are_built_in_models():
    assert {"prevalence", "pwm", "kmer-svm"} <= set(BUILT_IN)


@pytest.mark.parametrize(
    "model", [pytest.param(name, marks=pytest.mark.bench_model(name)) for name in BUILT_IN]
)
def test_a_built_in_model_conforms(model, bench_check):
    bench_check()
