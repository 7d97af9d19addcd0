"""Balance of the classes, chromosome by chromosome."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.audit.leakage.share import not_checked
from bench.tasks.certificate import Finding, Verdict

if TYPE_CHECKING:
    from bench.audit.leakage.audited import AuditedTask, Side

CHECK = "balance"
LEAST_ITEMS = 50
"""A chromosome with fewer items tells no prevalence."""
FOLD = 2.0
RULE = (
    f"a chromosome of at least {LEAST_ITEMS} items whose share of positives is {FOLD:g} times that "
    "of all, or less than one over it, is a warning"
)
SHOWN = 3


def balance(task: AuditedTask) -> Finding:
    """Compare the share of positives of each chromosome with that of all items."""
    if not task.is_classes:
        return not_checked(CHECK, "targets are no classes", RULE)
    if not task.on_genome:
        return not_checked(CHECK, "items have no coordinates", RULE)
    sides = [side for side in (task.learnt, task.test) if len(side)]
    shares = _shares(sides)
    everywhere = np.nanmean(np.concatenate([side.targets for side in sides]))
    odd = {
        chrom: share
        for chrom, share in shares.items()
        if not everywhere / FOLD <= share <= everywhere * FOLD
    }
    told = f"share of positives {everywhere:.3f}"
    if shares:
        told += (
            f", {min(shares.values()):.3f} to {max(shares.values()):.3f} on {len(shares)} "
            f"chromosomes of at least {LEAST_ITEMS} items"
        )
    if odd:
        worst = sorted(odd, key=lambda chrom: abs(np.log((odd[chrom] + 1e-9) / everywhere)))
        told += "; odd: " + ", ".join(f"{one} {odd[one]:.3f}" for one in worst[::-1][:SHOWN])
    return Finding(
        check=CHECK,
        verdict=Verdict.WARN if odd else Verdict.PASS,
        found=told,
        rule=RULE,
        figures={"all": float(everywhere), **{chrom: shares[chrom] for chrom in sorted(shares)}},
    )


def _shares(sides: list[Side]) -> dict[str, float]:
    chroms = np.concatenate([side.frame["chrom"].to_numpy(dtype=str) for side in sides])
    targets = np.concatenate([side.targets for side in sides])
    found = {}
    for chrom in np.unique(chroms):
        here = targets[chroms == chrom]
        if len(here) >= LEAST_ITEMS and not np.isnan(here).all():
            found[str(chrom)] = float(np.nanmean(here))
    return found
