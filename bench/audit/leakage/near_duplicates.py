"""Test items that are alike to a training item, and whether that tells their targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.leakage.agreement import LEAST_AGREEMENT, MOST_P, agreement
from bench.audit.leakage.edit_distance import identities
from bench.audit.leakage.local_alignment import parts_in_common
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
PART = 0.5
"""Share of the shorter of two items that a part in common holds at the least."""
ALIGNED = 1000
"""bp: the identity of longer items is estimated from words in common."""
PIECE = 500
RELATED, UNRELATED = 0.75, 0.5
"""Identity from which a piece is related, and what unrelated pieces have by edit distance."""
FEWEST_SHARED = 3
"""Words in common from which items are compared."""
RULE = (
    f"near-duplicates have at least {ALIKE:.0%} of their bases in one training item, or a part "
    f"in common with it, of at least {PART:.0%} of the shorter one, at an identity of "
    f"{ALIKE:.0%}; any is a warning, and {FAILING:.0%} of the test items fail where targets of "
    f"pairs agree, by {LEAST_AGREEMENT} or more in the mean of targets or for one of them, and "
    f"not by chance (p at most {MOST_P})"
)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike each test item is to its nearest training item.

    Both `(n,)`, and NaN where nothing was found. `identity`: share of its bases that stand there.
    `part`: identity of the part that both have in common, where it holds half of the shorter one.
    """

    nearest: Nearest
    identity: FloatArray
    part: FloatArray

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
    part = np.full(len(test), np.nan)
    short = related & (np.minimum(lengths, partners) <= ALIGNED)
    rows = np.flatnonzero(short)
    ours = [test[row] for row in rows.tolist()]
    theirs = [learnt[row] for row in found.rows[rows].tolist()]
    identity[rows] = identities(ours, theirs)
    part[rows] = parts_in_common(ours, theirs, PART)
    for row in np.flatnonzero(related & ~short).tolist():
        one, other = test[row], learnt[found.rows[row]]
        identity[row] = long_identity(one, other)
        part[row] = long_part(*sorted((one, other), key=len))
    return Likeness(found, identity, part)


def long_identity(codes: CodeArray, other: CodeArray) -> float:
    """Estimate the share of a long sequence that stands in another, piece by piece.

    A piece below `RELATED` counts as unrelated, so that a repeat that both hold counts for its
    length alone.
    """
    found = piece_identities(codes, other)
    return float(np.where(found >= RELATED, found, UNRELATED).mean())


def long_part(codes: CodeArray, other: CodeArray) -> float:
    """Estimate the identity of the related pieces of a sequence, NaN where they are too few."""
    found = piece_identities(codes, other)
    related = found >= RELATED
    return float(found[related].mean()) if related.mean() >= PART else float("nan")


def piece_identities(codes: CodeArray, other: CodeArray) -> FloatArray:
    """Estimate the identity of each piece of a sequence to what is most like it in another.

    A word of k bases is kept whole with the probability identity**k, which gives the identity of a
    piece from its words in common.
    """
    word = rare_word(len(other))
    known = np.unique(item_words([other], word).words)
    pieces = np.array_split(codes, max(1, len(codes) // PIECE))
    shares = np.nan_to_num(share_among(item_words(pieces, word), known))
    found: FloatArray = shares ** (1 / word)
    return found


def near_duplicates(task: AuditedTask, like: Likeness) -> Finding:
    """Judge near-duplicates by how many they are and by whether they give targets away."""
    test, learnt = task.test, task.learnt
    if not len(learnt) or not len(test):
        return not_checked(CHECK, "there are no training items", RULE)
    whole = np.nan_to_num(like.identity) >= ALIKE
    alike = np.flatnonzero(whole | (np.nan_to_num(like.part) >= ALIKE))
    in_part = len(alike) - int(whole.sum())
    share = len(alike) / len(test)
    told = f"{len(alike)} of {len(test)} test items ({share:.1%}) are near-duplicates"
    if in_part:
        told += f" ({in_part} in part)"
    figures = {"items": float(len(alike)), "in part": float(in_part), "share": share}
    verdict = Verdict.PASS
    if len(alike):
        partners = learnt.targets[like.nearest.rows[alike]]
        found = agreement(test.targets[alike], partners, learnt.targets)
        told += ", " + found.in_words(task.target_names)
        figures |= found.figures
        verdict = Verdict.FAIL if share >= FAILING and found.telling else Verdict.WARN
    return Finding(
        check=CHECK,
        verdict=verdict,
        found=told,
        rule=RULE,
        figures=figures,
        examples=tuple(test.names[row] for row in alike[:EXAMPLES]),
    )
