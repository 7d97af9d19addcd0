"""Test items that are alike to a training item, and whether that tells their targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.leakage.edit_distance import identities
from bench.audit.leakage.nearest import NONE, Nearest, nearest, rare_word
from bench.audit.leakage.share import EXAMPLES, FAILING, not_checked
from bench.audit.leakage.words import item_words, share_among
from bench.tasks.certificate import (
    IDENTITY_NAMES,
    Finding,
    Similarity,
    Verdict,
    identity_classes,
)

if TYPE_CHECKING:
    from bench.audit.leakage.audited import AuditedTask
    from bench.interface.arrays import CodeArray, FloatArray

CHECK = "near-duplicates"
ALIKE = 0.8
"""Identity from which two items count as near-duplicates. Unrelated sequences of 100 to 1,000 bp
have 0.5 to 0.6, as edit distances count."""
ALIGNED = 1000
"""bp: the identity of longer items is estimated from words in common."""
PIECE = 500
RELATED, UNRELATED = 0.75, 0.5
"""Identity from which a piece is related, and what unrelated pieces have by edit distance."""
FEWEST_SHARED = 3
"""Words in common from which items are compared."""
DRAWS = 999
TELLING = 0.2
"""Agreement of a near-duplicate's target with its training item's from which it tells it."""
LEAST_PAIRS = 8
"""Below so many pairs their agreement says nothing."""
RULE = (
    f"near-duplicates have at least {ALIKE:.0%} of their bases in one training item; any is a "
    f"warning, and {FAILING:.0%} of the test items fail where the mean product of the pairs' "
    f"targets, in standard units of training, is at least {TELLING} (p at most 0.01 by {DRAWS} "
    "draws of other partners)"
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
        # Reports read what is stored, in float32.
        classes = identity_classes(self.identity.astype(np.float32))
        counts = np.bincount(classes, minlength=len(IDENTITY_NAMES))
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
    for row in np.flatnonzero(related & ~short).tolist():
        identity[row] = long_identity(test[row], learnt[found.rows[row]])
    return Likeness(found, identity)


def long_identity(codes: CodeArray, other: CodeArray) -> float:
    """Estimate the share of a long sequence that stands in another, piece by piece.

    A word of k bases is kept whole with the probability identity**k, which gives the identity of a
    piece from its words in common. A piece below `RELATED` counts as unrelated, so that a repeat
    that both hold counts for its length alone.
    """
    word = rare_word(len(other))
    known = np.unique(item_words([other], word).words)
    pieces = np.array_split(codes, max(1, len(codes) // PIECE))
    shares = np.nan_to_num(share_among(item_words(pieces, word), known))
    found = shares ** (1 / word)
    return float(np.where(found >= RELATED, found, UNRELATED).mean())


def near_duplicates(task: AuditedTask, like: Likeness) -> Finding:
    """Judge near-duplicates by how many they are and by whether they give targets away."""
    if not len(task.learnt) or not len(task.test):
        return not_checked(CHECK, "there are no training items", RULE)
    alike = np.flatnonzero(np.nan_to_num(like.identity) >= ALIKE)
    share = len(alike) / len(task.test)
    r, p = agreement(
        task.test.targets[alike],
        task.learnt.targets[like.nearest.rows[alike]],
        task.learnt.targets,
    )
    telling = bool(r >= TELLING and p <= 0.01)
    told = f"{len(alike)} of {len(task.test)} test items ({share:.1%}) are near-duplicates"
    if len(alike) >= LEAST_PAIRS:
        told += f", whose targets go with those of their partners ({r:.2f}, p {p:.3f})"
    verdict = Verdict.PASS
    if len(alike):
        verdict = Verdict.FAIL if share >= FAILING and telling else Verdict.WARN
    figures = {"items": len(alike), "share": share, "agreement": r, "p": p}
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
    ours: FloatArray, theirs: FloatArray, training: FloatArray, seed: int = 0
) -> tuple[float, float]:
    """Tell how alike the targets of pairs of items are, against pairs with any training item.

    It is the mean over pairs and targets of the product of both values, each less the mean of
    training and in its standard deviations: 1 where pairs agree and are spread as training is, near
    0 for pairs that share no more than any two items, and little for pairs that are all of the
    commoner class.

    Args:
        ours: targets `(pairs, targets)`; NaN where not measured.
        theirs: those of the training item of each pair.
        training: targets of all training items, `(n, targets)`.
        seed: of the draws.

    Returns:
        That mean, and the share of draws of random training items as partners in which it is at
        least as high; both NaN for fewer pairs than `LEAST_PAIRS`.
    """
    if len(ours) < LEAST_PAIRS:
        return float("nan"), float("nan")
    centre, spread = np.nanmean(training, axis=0), np.nanstd(training, axis=0)
    spread = np.where(spread > 0, spread, np.inf)
    x, y, every = ((side - centre) / spread for side in (ours, theirs, training))
    rng = np.random.default_rng(seed)

    def alike(partners: FloatArray) -> float:
        products = x * partners
        return float(np.nanmean(products)) if not np.isnan(products).all() else 0.0

    found = alike(y)
    drawn = [alike(every[rng.integers(0, len(every), len(x))]) for _ in range(DRAWS)]
    return found, (1 + sum(one >= found - 1e-9 for one in drawn)) / (1 + DRAWS)
