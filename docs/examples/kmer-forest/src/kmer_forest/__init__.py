"""Extremely randomised trees on counts of k-mers.

Keep this module light: every `bench` command imports it.
"""

from bench.interface import (
    ModelCard,
    Output,
    Preset,
    Register,
    StrandPolicy,
    TaskKind,
    hookimpl,
)

CARD = ModelCard(
    name="kmer-forest",
    summary="Extremely randomised trees on counts of k-mers of several lengths",
    family="k-mer",
    paper="trees: Geurts, Ernst & Wehenkel 2006, doi:10.1007/s10994-006-6226-1",
    year=2006,
    tasks={
        TaskKind.CLASSIFICATION: Output.PROBABILITY,
        TaskKind.REGRESSION: Output.VALUE,
    },
    # A k-mer and its reverse complement are counted as one.
    strands=StrandPolicy.INVARIANT,
    presets={
        "default": Preset(settings={"k_min": 3, "k_max": 6, "trees": 500}),
        "compact": Preset(settings={"k_min": 4, "k_max": 5, "trees": 100}),
    },
    packages=("numpy", "scikit-learn", "scipy", "skops"),
    several_heads=True,
    interface_version=1,
)


@hookimpl
def bench_models(register: Register) -> None:
    """Add the model; its class is imported when it is needed."""
    register.model(CARD, "kmer_forest.model:KmerForest")
