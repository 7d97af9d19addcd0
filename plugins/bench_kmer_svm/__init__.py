"""Linear models on k-mer counts: the k-mer SVM and its logistic sibling."""

from __future__ import annotations

from bench.interface import ModelCard, Output, Preset, Register, StrandPolicy, TaskKind, hookimpl

PAPER = "Lee, Karchin & Beer 2011, doi:10.1101/gr.121905.111"

SVM_CARD = ModelCard(
    name="kmer-svm",
    summary="Linear SVM on unit-norm counts of canonical k-mers",
    family="k-mer",
    paper=PAPER,
    year=2011,
    tasks={
        TaskKind.CLASSIFICATION: Output.MARGIN,
        TaskKind.REGRESSION: Output.VALUE,
        TaskKind.EXPRESSION: Output.VALUE,
    },
    strands=StrandPolicy.INVARIANT,
    interface_version=1,
    presets={
        "published": Preset(
            settings={"k": 6, "k_max": 0, "length": 0, "c": 1.0, "class_weight": "lee"}
        ),
        "weighted": Preset(
            settings={"k": 6, "k_max": 8, "length": 0, "c": 1.0, "class_weight": "lee"}
        ),
        "compact": Preset(
            settings={"k": 4, "k_max": 0, "length": 0, "c": 1.0, "class_weight": "lee"}
        ),
    },
    packages=("numpy", "scipy", "scikit-learn"),
    several_heads=True,
    uses_seed=False,
    length_setting="length",
)

LOGISTIC_CARD = ModelCard(
    name="kmer-logistic",
    summary="Logistic or ridge regression on unit-norm counts of canonical k-mers",
    family="k-mer",
    paper=f"features of {PAPER}",
    year=2011,
    tasks={
        TaskKind.CLASSIFICATION: Output.PROBABILITY,
        TaskKind.REGRESSION: Output.VALUE,
        TaskKind.EXPRESSION: Output.VALUE,
    },
    strands=StrandPolicy.INVARIANT,
    interface_version=1,
    presets={"default": Preset(settings={"k": 6, "k_max": 0, "length": 0, "c": 1.0})},
    packages=("numpy", "scipy", "scikit-learn", "skops"),
    several_heads=True,
    uses_seed=False,
    length_setting="length",
)


@hookimpl
def bench_models(register: Register) -> None:
    """Add both models."""
    register.model(SVM_CARD, "bench_kmer_svm.svm:KmerSvm")
    register.model(LOGISTIC_CARD, "bench_kmer_svm.logistic:KmerLogistic")
