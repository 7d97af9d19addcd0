"""Scan with position weight matrices: what known or enriched motifs alone can tell."""

from __future__ import annotations

from bench.interface import ModelCard, Output, Preset, Register, StrandPolicy, TaskKind, hookimpl

CARD = ModelCard(
    name="pwm",
    summary="Best motif hits on either strand, weighed by logistic or ridge regression",
    family="motif",
    paper="Stormo et al. 1982, doi:10.1093/nar/10.9.2997",
    year=1982,
    tasks={
        TaskKind.CLASSIFICATION: Output.PROBABILITY,
        TaskKind.REGRESSION: Output.VALUE,
        TaskKind.EXPRESSION: Output.VALUE,
    },
    strands=StrandPolicy.INVARIANT,
    interface_version=1,
    presets={"default": Preset(settings={"motifs": "", "n_motifs": 8, "c": 1.0})},
    packages=("numpy", "scipy", "scikit-learn", "skops"),
    files=("motifs",),
    several_heads=True,
    uses_seed=False,
)


@hookimpl
def bench_models(register: Register) -> None:
    """Add the motif scan."""
    register.model(CARD, "bench_pwm.model:Pwm")
