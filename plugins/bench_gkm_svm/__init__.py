"""Gapped k-mer support vector machines."""

from __future__ import annotations

from bench.interface import (
    ModelCard,
    Output,
    Preset,
    Register,
    Setting,
    StrandPolicy,
    TaskKind,
    hookimpl,
)

PAPERS = (
    "Ghandi et al. 2014, doi:10.1371/journal.pcbi.1003711; "
    "Lee 2016, doi:10.1093/bioinformatics/btw142"
)

TASKS = {
    TaskKind.CLASSIFICATION: Output.MARGIN,
    TaskKind.REGRESSION: Output.VALUE,
    TaskKind.EXPRESSION: Output.VALUE,
}
PACKAGES = ("numpy", "numba", "psutil", "scikit-learn", "torch")

COMMON: dict[str, Setting] = {
    "d": 3,
    "c": 1.0,
    "c_grid": "",
    "positive_weight": 1.0,
    "loss": "hinge",
    "tube": 0.1,
    "n_policy": "skip",
    "max_negatives": 0,
    "tolerance": 1e-3,
}
PUBLISHED: dict[str, Setting] = {"l": 11, "k": 7, **COMMON}
COMPACT: dict[str, Setting] = {"l": 6, "k": 4, **COMMON, "d": 2}

GKM_CARD = ModelCard(
    name="gkm-svm",
    summary="SVM on gapped k-mers, LS-GKM's kernels 0 to 3, by one exact transform",
    family="k-mer",
    paper=PAPERS,
    year=2014,
    tasks=TASKS,
    strands=StrandPolicy.INVARIANT,
    interface_version=1,
    presets={
        "published": Preset(settings={"kernel": 2, **PUBLISHED, "gamma": 1.0, "length": 0}),
        "r-gkmsvm": Preset(
            settings={"kernel": 2, **PUBLISHED, "l": 10, "k": 6, "gamma": 1.0, "length": 0}
        ),
        "rbf": Preset(settings={"kernel": 3, **PUBLISHED, "c": 10.0, "gamma": 2.0, "length": 0}),
        "compact": Preset(settings={"kernel": 2, **COMPACT, "gamma": 1.0, "length": 0}),
    },
    packages=PACKAGES,
    several_heads=True,
    uses_seed=False,
    length_setting="length",
)

WEIGHTED_GKM_CARD = ModelCard(
    name="wgkm-svm",
    summary="SVM on gapped k-mers that weigh more at the centre, LS-GKM's kernels 4 and 5",
    family="k-mer",
    paper=PAPERS,
    year=2016,
    tasks=TASKS,
    # With an even number of l-mers the centre lies to one side of the middle.
    strands=StrandPolicy.AUGMENTED,
    interface_version=1,
    presets={
        "published": Preset(
            settings={"kernel": 4, **PUBLISHED, "gamma": 1.0, "peak": 50, "half_life": 50.0}
        ),
        "rbf": Preset(
            settings={
                "kernel": 5,
                **PUBLISHED,
                "c": 10.0,
                "gamma": 2.0,
                "peak": 50,
                "half_life": 50.0,
            }
        ),
        "compact": Preset(
            settings={"kernel": 4, **COMPACT, "gamma": 1.0, "peak": 50, "half_life": 50.0}
        ),
    },
    packages=PACKAGES,
    several_heads=True,
    uses_seed=False,
)


@hookimpl
def bench_models(register: Register) -> None:
    """Add both models."""
    register.model(GKM_CARD, "bench_gkm_svm.model:GkmSvm")
    register.model(WEIGHTED_GKM_CARD, "bench_gkm_svm.model:WeightedGkmSvm")
