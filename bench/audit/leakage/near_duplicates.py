"""Test items that are alike to a training item, and whether that tells their targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.leakage.agreement import FEW_P, LEAST_AGREEMENT, MOST_P, agreement
from bench.audit.leakage.edit_distance import identities
from bench.audit.leakage.local_alignment import parts_in_common
from bench.audit.leakage.long_pairs import cell_identities, identity_of, part_of
from bench.audit.leakage.nearest import NONE, Nearest, nearest, rare_word
from bench.audit.leakage.share import EXAMPLES, FAILING, not_checked
from bench.tasks.certificate import (
    IDENTITY_NAMES,
    Finding,
    Similarity,
    Verdict,
    identity_classes,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.audit.leakage.audited import AuditedTask
    from bench.interface.arrays import FloatArray, IntArray

CHECK = "near-duplicates"
ALIKE = 0.8
"""Identity from which two items count as near-duplicates. Unrelated sequences of 100 to 1,000 bp
have 0.5 to 0.6, as edit distances count."""
PART = 0.5
"""Share of the shorter of two items that a part in common holds at the least."""
MOST_CELLS = 4_000_000
"""Of the table of a pair that is aligned, some 0.1 s: two sequences of 2,000 bp. Of longer ones
words say where bases are to be compared."""
FEWEST_SHARED = 3
"""Words in common from which items are compared."""
FAILING_BASES = 0.1
"""Share of the bases of the test set. Genomes hold repeats: up to 5 % of the bases of windows lie
in parts that windows of other chromosomes have too, and a split by chromosomes is what the field
goes by."""
RULE = (
    f"near-duplicates have at least {ALIKE:.0%} of their bases in one training item, or a part "
    f"in common with it, of at least {PART:.0%} of the shorter one, at an identity of "
    f"{ALIKE:.0%}; any is a warning, and they fail where {FAILING:.0%} of the test items are "
    f"near-duplicates as a whole, or {FAILING_BASES:.0%} of all bases are in common, and targets "
    f"of these pairs agree, by {LEAST_AGREEMENT} or more in the mean of targets or for one of "
    f"them, and not by chance (p at most {MOST_P}; of too few pairs for that, where nearly all "
    f"agree and p is at most {FEW_P})"
)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike each test item is to its nearest training item.

    All `(n,)`, and NaN where nothing was found. `lengths` in bp. `identity`: share of its bases
    that stand there. `part`: identity of the part that both have in common, `covered` the share of
    the shorter one that it holds, and `of_test` that of the test item.
    """

    nearest: Nearest
    lengths: IntArray
    identity: FloatArray
    part: FloatArray
    covered: FloatArray
    of_test: FloatArray

    @property
    def relative(self) -> FloatArray:
        """Identity of a part in common that is long enough to count, `(n,)`; NaN elsewhere."""
        return np.where(np.nan_to_num(self.covered) >= PART, self.part, np.nan)

    @property
    def whole(self) -> NDArray[np.bool_]:
        """Which test items are near-duplicates as a whole, `(n,)`."""
        return np.asarray(np.nan_to_num(self.identity) >= ALIKE)

    @property
    def told(self) -> FloatArray:
        """Share of the bases of each test item that a near-duplicate of it tells, `(n,)`."""
        in_part = np.nan_to_num(self.relative) >= ALIKE
        of_part = np.nan_to_num(self.of_test * self.part)
        return np.where(self.whole, self.identity, np.where(in_part, of_part, 0.0))

    @property
    def bases(self) -> float:
        """Share of all bases of the test set that near-duplicates tell."""
        total = self.lengths.sum()
        return float((self.told * self.lengths).sum() / total) if total else 0.0

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
    part, covered = np.full(len(test), np.nan), np.full(len(test), np.nan)
    short = related & (lengths * partners <= MOST_CELLS)
    rows = np.flatnonzero(short)
    ours = [test[row] for row in rows.tolist()]
    theirs = [learnt[row] for row in found.rows[rows].tolist()]
    identity[rows] = identities(ours, theirs)
    part[rows], covered[rows] = parts_in_common(ours, theirs)
    for row in np.flatnonzero(related & ~short).tolist():
        one, other = test[row], learnt[found.rows[row]]
        word = rare_word(max(len(one), len(other)))
        identity[row] = identity_of(cell_identities(one, other, word))
        less, more = sorted((one, other), key=len)
        part[row], covered[row] = part_of(cell_identities(less, more, word))
    # What covers a longer test item is less of it than of the shorter training item.
    of_test = covered * np.minimum(lengths, partners) / np.maximum(lengths, 1)
    return Likeness(found, lengths, identity, part, covered, of_test)


def near_duplicates(task: AuditedTask, like: Likeness) -> Finding:
    """Judge near-duplicates by how many they are and by whether they give targets away."""
    test, learnt = task.test, task.learnt
    if not len(learnt) or not len(test):
        return not_checked(CHECK, "there are no training items", RULE)
    alike, whole = np.flatnonzero(like.told), np.flatnonzero(like.whole)
    share, bases = len(alike) / len(test), like.bases
    told = f"{len(alike)} of {len(test)} test items ({share:.1%}) are near-duplicates"
    in_part = len(alike) - len(whole)
    if in_part:
        told += f" ({in_part} in part)"
    figures = {"items": float(len(alike)), "in part": float(in_part), "bases": bases}
    verdict = Verdict.PASS
    if len(alike):
        told += f", with {bases:.1%} of all bases in common"
        verdict = Verdict.WARN
        many_whole, many = len(whole) >= FAILING * len(test), bases >= FAILING_BASES
        # Whole and part are judged by themselves, so that neither hides the other.
        groups = [whole] if many_whole else []
        groups += [alike] if many or not many_whole else []
        for rows in groups:
            partners = learnt.targets[like.nearest.rows[rows]]
            found = agreement(test.targets[rows], partners, learnt.targets, task.is_classes)
            of = " as a whole" if many_whole and rows is whole and in_part else ""
            told += f"; targets of pairs{of} {found.in_words(task.target_names)}"
            figures |= found.figures
            if found.telling and (many_whole or many):
                verdict = Verdict.FAIL
    return Finding(
        check=CHECK,
        verdict=verdict,
        found=told,
        rule=RULE,
        figures=figures,
        examples=tuple(test.names[row] for row in alike[:EXAMPLES]),
    )
