"""Balance of the classes, chromosome by chromosome and target by target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.leakage.share import not_checked
from bench.tasks.certificate import Finding, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.audit.leakage.audited import AuditedTask, Side
    from bench.interface.arrays import FloatArray

CHECK = "balance"
LEAST_ITEMS = 50
"""A chromosome with fewer items tells no prevalence."""
FOLD = 2.0
LEVEL = 0.01
RULE = (
    f"a chromosome of at least {LEAST_ITEMS} items whose share of either class, of any target, is "
    f"{FOLD:g} times that of all, or less than one over it, and not by chance (binomial p "
    f"{LEVEL:g}, all chromosomes and targets considered), is a warning"
)
SHOWN = 3


@dataclass(frozen=True, slots=True)
class ClassCounts:
    """Items and positives of each target on each chromosome, both `(chromosomes, targets)`."""

    chroms: NDArray[np.str_]
    items: FloatArray
    positives: FloatArray

    @property
    def shares(self) -> FloatArray:
        """Share of positives, NaN where too few items are measured."""
        known = self.items >= LEAST_ITEMS
        shares = np.full(self.items.shape, np.nan)
        np.divide(self.positives, self.items, out=shares, where=known)
        return shares

    @property
    def everywhere(self) -> FloatArray:
        """Share of positives of each target on all chromosomes, `(targets,)`."""
        total: FloatArray = self.positives.sum(axis=0) / np.maximum(self.items.sum(axis=0), 1)
        return total

    @property
    def odd(self) -> NDArray[np.bool_]:
        """Where the share of positives is another one than elsewhere."""
        from scipy.stats import binom

        shares, all_of = self.shares, self.everywhere
        known = ~np.isnan(shares)
        far = known & ((_folds(shares, all_of) > FOLD) | (_folds(1 - shares, 1 - all_of) > FOLD))
        low = binom.cdf(self.positives, self.items, all_of)
        high = binom.sf(self.positives - 1, self.items, all_of)
        chance = 2 * np.minimum(low, high)
        return np.asarray(far & (chance <= LEVEL / max(known.sum(), 1)))


def _folds(shares: FloatArray, all_of: FloatArray) -> FloatArray:
    """How many times as large the larger of two shares is."""
    ours, theirs = np.maximum(shares, 1e-9), np.maximum(all_of, 1e-9)
    return np.maximum(ours / theirs, theirs / ours)


def balance(task: AuditedTask) -> Finding:
    """Compare the share of positives of each chromosome with that of all items."""
    if not task.is_classes:
        return not_checked(CHECK, "targets are no classes", RULE)
    if not task.on_genome:
        return not_checked(CHECK, "items have no coordinates", RULE)
    counts = class_counts([side for side in (task.learnt, task.test) if len(side)])
    everywhere = counts.everywhere
    shown = np.flatnonzero(~np.isnan(counts.shares).all(axis=1))
    figures = {"all": float(everywhere.mean())}
    told = f"share of positives {figures['all']:.3f}"
    if len(shown):
        means = np.nanmean(counts.shares[shown], axis=1)
        figures |= dict(zip(counts.chroms[shown].tolist(), means.tolist(), strict=True))
        told += (
            f", {means.min():.3f} to {means.max():.3f} on {len(shown)} chromosomes of at least "
            f"{LEAST_ITEMS} items"
        )
    odd = counts.odd
    if odd.any():
        told += "; odd: " + ", ".join(_worst(task, counts, odd))
    return Finding(
        check=CHECK,
        verdict=Verdict.WARN if odd.any() else Verdict.PASS,
        found=told,
        rule=RULE,
        figures=figures,
    )


def _worst(task: AuditedTask, counts: ClassCounts, odd: NDArray[np.bool_]) -> list[str]:
    shares, everywhere = counts.shares, counts.everywhere
    folds = np.maximum(_folds(shares, everywhere), _folds(1 - shares, 1 - everywhere))
    far = np.where(odd, folds, -1)
    worst = [divmod(int(one), far.shape[1]) for one in np.argsort(-far, axis=None, kind="stable")]
    several = len(everywhere) > 1
    return [
        f"{counts.chroms[row]} {shares[row, target]:.3f}"
        + (f" of {task.target_names[target]}, {everywhere[target]:.3f} of all" if several else "")
        for row, target in worst[: min(SHOWN, int(odd.sum()))]
    ]


def class_counts(sides: list[Side]) -> ClassCounts:
    """Count items and positives on each chromosome."""
    chroms = np.concatenate([side.frame["chrom"].to_numpy(dtype=str) for side in sides])
    targets = np.concatenate([side.targets for side in sides])
    names = np.unique(chroms[chroms != ""])
    measured = ~np.isnan(targets)
    items = [measured[chroms == name].sum(axis=0) for name in names]
    positives = [np.nansum(targets[chroms == name], axis=0) for name in names]
    return ClassCounts(names, np.array(items, dtype=float), np.array(positives, dtype=float))
