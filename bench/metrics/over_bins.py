"""Metrics of profiles: over all bins, and over loci."""

from __future__ import annotations

from typing import ClassVar

from bench.metrics.axis import Axis
from bench.metrics.correlation import Pearson, Spearman


class PearsonOverBins(Pearson):
    """Pearson's correlation over all bins of all loci."""

    axis: ClassVar[Axis] = Axis.BINS


class SpearmanOverBins(Spearman):
    """Rank correlation over all bins of all loci."""

    axis: ClassVar[Axis] = Axis.BINS


class PearsonOverLoci(Pearson):
    """Pearson's correlation over loci, each the mean of its bins."""

    axis: ClassVar[Axis] = Axis.LOCI


class SpearmanOverLoci(Spearman):
    """Rank correlation over loci, each the mean of its bins."""

    axis: ClassVar[Axis] = Axis.LOCI
