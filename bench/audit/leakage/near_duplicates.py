"""Test items that are alike to a training item, and whether that tells their targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.leakage.edit_distance import identities
from bench.audit.leakage.nearest import NONE, Nearest, nearest
from bench.audit.leakage.share import EXAMPLES, FAILING, not_checked
from bench.tasks.certificate import (
    IDENTITY_NAMES,
    Finding,
    Similarity,
    Verdict,
    identity_classes,
)

if TYPE_CHECKING:
    from bench.audit.leakage.audited import AuditedTask
    from bench.interface.arrays import FloatArray

CHECK = "near-duplicates"
ALIKE = 0.8
"""Identity from which two items count as near-duplicates. Unrelated sequences of 100 to 1,000 bp
have 0.5 to 0.6, as edit distances count."""
ALIGNED = 1000
"""bp: of longer items identity is estimated from words in common."""
FEWEST_SHARED = 3
"""Words in common, or a twentieth of them, from which items are aligned."""
SHUFFLES = 999
TELLING = 0.2
"""Correlation of a near-duplicate's target with its training item's from which it tells it."""
LEAST_PAIRS = 8
"""Below so many pairs a correlation says nothing."""
RULE = (
    f"near-duplicates have at least {ALIKE:.0%} of their bases in one training item; any is a "
    f"warning, and {FAILING:.0%} of the test items fail where targets of the pairs correlate with "
    f"at least {TELLING} (p at most 0.01 by {SHUFFLES} shuffles)"
)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike each test item is to its nearest training item.

    `identity` `(n,)`: share of its bases found there, NaN where nothing in common was found.
    """

    nearest: Nearest
    identity: FloatArray

    @property
    def summary(self) -> Similarity:
        """Counts of test items by identity."""
        counts = np.bincount(identity_classes(self.identity), minlength=len(IDENTITY_NAMES))
        return Similarity(
            word=self.nearest.word,
            kept=self.nearest.kept,
            classes=dict(zip(IDENTITY_NAMES, counts.tolist(), strict=True)),
        )


def likeness(task: AuditedTask) -> Likeness:
    """Find the nearest training item of each test item, and how much of it stands there."""
    test, learnt = task.test.sequences, task.learnt.sequences
    found = nearest(test, learnt)
    identity = np.full(len(test), np.nan)
    lengths = np.array([len(codes) for codes in test])
    least = np.maximum(FEWEST_SHARED * found.kept, 1)
    related = (found.rows != NONE) & (found.shared >= least)
    partners = np.array([len(learnt[row]) if row != NONE else 0 for row in found.rows.tolist()])
    short = related & (np.maximum(lengths, partners) <= ALIGNED)
    rows = np.flatnonzero(short)
    identity[rows] = identities(
        [test[row] for row in rows.tolist()],
        [learnt[row] for row in found.rows[rows].tolist()],
    )
    # A word of k bases is kept whole with the probability identity**k.
    far = np.flatnonzero(related & ~short)
    identity[far] = found.containment[far] ** (1 / found.word)
    return Likeness(found, identity)


def near_duplicates(task: AuditedTask, like: Likeness) -> Finding:
    """Judge near-duplicates by how many they are and by whether they give targets away."""
    if not len(task.learnt) or not len(task.test):
        return not_checked(CHECK, "there are no training items", RULE)
    alike = np.flatnonzero(np.nan_to_num(like.identity) >= ALIKE)
    share = len(alike) / len(task.test)
    r, p = agreement(
        task.test.targets[alike],
        task.learnt.targets[like.nearest.rows[alike]],
        np.nanmean(task.learnt.targets, axis=0),
    )
    telling = bool(r >= TELLING and p <= 0.01)
    told = f"{len(alike)} of {len(task.test)} test items ({share:.1%}) are near-duplicates"
    if len(alike) >= LEAST_PAIRS:
        told += f", whose targets correlate with {r:.2f} (p {p:.3f})"
    verdict = Verdict.PASS
    if len(alike):
        verdict = Verdict.FAIL if share >= FAILING and telling else Verdict.WARN
    figures = {"items": len(alike), "share": share, "correlation": r, "p": p}
    names = task.test.names
    return Finding(
        check=CHECK,
        verdict=verdict,
        found=told,
        rule=RULE,
        figures={name: float(value) for name, value in figures.items() if np.isfinite(value)},
        examples=tuple(names[row] for row in alike[:EXAMPLES]),
    )


def agreement(
    ours: FloatArray, theirs: FloatArray, centre: FloatArray, seed: int = 0
) -> tuple[float, float]:
    """Correlate the targets of pairs of items about the mean of training, by shuffling pairs.

    Args:
        ours: targets `(pairs, targets)`; NaN where not measured.
        theirs: those of the other item of each pair.
        centre: mean of each target in training, `(targets,)`.
        seed: of the shuffles.

    Returns:
        The correlation over all targets, and the share of shuffles, in which items change their
        partners, with one at least as high; both NaN for fewer pairs than `LEAST_PAIRS`.
    """
    if len(ours) < LEAST_PAIRS:
        return float("nan"), float("nan")
    spread = np.nanstd(theirs, axis=0)
    spread = np.where(spread > 0, spread, 1)
    x, y = (np.nan_to_num((side - centre) / spread) for side in (ours, theirs))
    scale = float(np.sqrt((x * x).sum() * (y * y).sum()))
    if scale == 0:
        return 0.0, 1.0
    rng = np.random.default_rng(seed)
    r = float((x * y).sum()) / scale
    others = [float((x * y[rng.permutation(len(y))]).sum()) / scale for _ in range(SHUFFLES)]
    return r, (1 + sum(one >= r - 1e-12 for one in others)) / (1 + SHUFFLES)
