"""Registers the metrics that come with the suite."""

from __future__ import annotations

from bench.interface.card import TaskKind
from bench.interface.hooks import MetricCard, Register, hookimpl

CLASSES = (TaskKind.CLASSIFICATION,)
VALUES = (TaskKind.REGRESSION,)

CARDS = (
    MetricCard(
        name="auroc",
        title="AUROC",
        kinds=CLASSES,
        target="bench.metrics.ranking:AUROC",
        chance=0.5,
    ),
    MetricCard(
        name="auprc",
        title="AUPRC",
        kinds=CLASSES,
        target="bench.metrics.ranking:AUPRC",
    ),
    MetricCard(
        name="pearson",
        title="Pearson r",
        kinds=VALUES,
        target="bench.metrics.correlation:Pearson",
        chance=0.0,
    ),
    MetricCard(
        name="spearman",
        title="Spearman rho",
        kinds=VALUES,
        target="bench.metrics.correlation:Spearman",
        chance=0.0,
    ),
    MetricCard(
        name="r2",
        title="R2",
        kinds=VALUES,
        target="bench.metrics.correlation:R2",
        chance=0.0,
    ),
)


@hookimpl
def bench_metrics(register: Register) -> None:
    """Add AUROC and AUPRC for classes, Pearson, Spearman and R2 for values."""
    for card in CARDS:
        register.metric(card)
