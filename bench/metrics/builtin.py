"""Registers the metrics that come with the suite."""

from __future__ import annotations

from bench.interface.card import TaskKind
from bench.interface.hooks import MetricCard, Register, hookimpl

CLASSES = (TaskKind.CLASSIFICATION,)
VALUES = (TaskKind.REGRESSION,)
PROFILES = (TaskKind.PROFILE,)
GENES = (TaskKind.EXPRESSION,)
VARIANTS = (TaskKind.VARIANT,)

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
    MetricCard(
        name="pearson-bins",
        title="Pearson r over bins",
        kinds=PROFILES,
        target="bench.metrics.over_bins:PearsonOverBins",
        chance=0.0,
    ),
    MetricCard(
        name="pearson-loci",
        title="Pearson r over loci",
        kinds=PROFILES,
        target="bench.metrics.over_bins:PearsonOverLoci",
        chance=0.0,
    ),
    MetricCard(
        name="pearson-tracks",
        title="Pearson r across tracks",
        kinds=PROFILES,
        target="bench.metrics.across_targets:PearsonAcrossTargets",
        chance=0.0,
    ),
    MetricCard(
        name="pearson-genes",
        title="Pearson r over genes",
        kinds=GENES,
        target="bench.metrics.correlation:Pearson",
        chance=0.0,
    ),
    MetricCard(
        name="pearson-conditions",
        title="Pearson r across conditions",
        kinds=GENES,
        target="bench.metrics.across_targets:PearsonAcrossTargets",
        chance=0.0,
    ),
    MetricCard(
        name="spearman-bins",
        title="Spearman rho over bins",
        kinds=PROFILES,
        target="bench.metrics.over_bins:SpearmanOverBins",
        chance=0.0,
    ),
    MetricCard(
        name="spearman-loci",
        title="Spearman rho over loci",
        kinds=PROFILES,
        target="bench.metrics.over_bins:SpearmanOverLoci",
        chance=0.0,
    ),
    MetricCard(
        name="spearman-tracks",
        title="Spearman rho across tracks",
        kinds=PROFILES,
        target="bench.metrics.across_targets:SpearmanAcrossTargets",
        chance=0.0,
    ),
    MetricCard(
        name="spearman-genes",
        title="Spearman rho over genes",
        kinds=GENES,
        target="bench.metrics.correlation:Spearman",
        chance=0.0,
    ),
    MetricCard(
        name="spearman-conditions",
        title="Spearman rho across conditions",
        kinds=GENES,
        target="bench.metrics.across_targets:SpearmanAcrossTargets",
        chance=0.0,
    ),
    MetricCard(
        name="poisson-deviance",
        title="Poisson deviance",
        kinds=PROFILES,
        target="bench.metrics.deviance:PoissonDeviance",
        higher_is_better=False,
    ),
    MetricCard(
        name="pearson-effects",
        title="Pearson r of effects",
        kinds=VARIANTS,
        target="bench.metrics.correlation:Pearson",
        chance=0.0,
    ),
    MetricCard(
        name="spearman-effects",
        title="Spearman rho of effects",
        kinds=VARIANTS,
        target="bench.metrics.correlation:Spearman",
        chance=0.0,
    ),
    MetricCard(
        name="sign-accuracy",
        title="Accuracy of the direction",
        kinds=VARIANTS,
        target="bench.metrics.variant_effects:SignAccuracy",
        chance=0.5,
    ),
    MetricCard(
        name="auroc-causal",
        title="AUROC of causal variants",
        kinds=VARIANTS,
        target="bench.metrics.variant_effects:CausalAUROC",
        chance=0.5,
    ),
    MetricCard(
        name="auprc-causal",
        title="AUPRC of causal variants",
        kinds=VARIANTS,
        target="bench.metrics.variant_effects:CausalAUPRC",
    ),
)


@hookimpl
def bench_metrics(register: Register) -> None:
    """Add the metrics of every kind of task."""
    for card in CARDS:
        register.metric(card)
