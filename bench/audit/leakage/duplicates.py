"""Copies between the parts of a split: whole, turned, shifted, and in the test set itself."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.leakage.nearest import NONE, nearest
from bench.audit.leakage.share import not_checked, share_finding
from bench.audit.leakage.words import (
    bearable_share,
    complete_words,
    item_words,
    share_among,
    words_of_several_blocks,
)
from bench.data.alphabet import reverse_complement
from bench.tasks.certificate import Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bench.audit.leakage.audited import AuditedTask
    from bench.interface.arrays import CodeArray

WORD = 31
"""bp of a word that two loci do not share by chance."""
COPIED = 0.1
"""Share of an item's words: of windows of 200 bp that overlap by 50, it is 0.12."""


def copies(task: AuditedTask) -> list[Finding]:
    """Look for test items that stand in the training or validation set, whole or in part."""
    test, learnt = task.test, task.learnt
    same, turned = _known(test.sequences, learnt.sequences)
    whole = [
        share_finding("copies", same, test.names, "stand in train or valid, base by base"),
        share_finding(
            "reverse-complements", turned & ~same, test.names,
            "are reverse complements of items of train or valid",
        ),
    ]  # fmt: skip
    part = _copied(test.sequences, learnt.sequences)
    shifted = share_finding(
        "shifted-copies", part & ~same & ~turned, test.names,
        f"are no copies and share {WORD}-mers with an item of train or valid, on either strand, "
        f"at least {COPIED:.0%} of those of the shorter of the two",
    )  # fmt: skip
    return [*whole, shifted, _of_valid(task)]


def within_test(task: AuditedTask) -> Finding:
    """Look for copies in the test set that stand in different blocks, which count as independent.

    They make no score too high, and every interval too narrow: a warning at most.
    """
    side = task.test
    words = item_words(side.sequences, WORD, bearable_share(side.sequences))
    elsewhere = words_of_several_blocks(words, side.blocks)
    marked = share_among(words, elsewhere) >= COPIED
    found = share_finding(
        "copies-across-blocks", marked, side.names,
        f"share at least {COPIED:.0%} of their {WORD}-mers with test items of other blocks",
    )  # fmt: skip
    return _at_most_warned(found, "any is a warning: intervals are too narrow")


def _of_valid(task: AuditedTask) -> Finding:
    check = "copies-in-valid"
    if not len(task.valid) or not len(task.train):
        return not_checked(check, "there is no validation set")
    marked = _copied(task.valid.sequences, task.train.sequences)
    found = share_finding(
        check, marked, task.valid.names,
        f"share at least {COPIED:.0%} of their {WORD}-mers with an item of train",
    )  # fmt: skip
    told = found.model_copy(update={"found": found.found.replace("test items", "validation items")})
    return _at_most_warned(told, "any is a warning: weights are chosen by items that are known")


def _copied(sequences: Sequence[CodeArray], known: Sequence[CodeArray]) -> NDArray[np.bool_]:
    """Tell which sequences share words with one known item: a part of those of the shorter one.

    Repeats that stand in many items are no copy of any.
    """
    found = nearest(sequences, known, WORD)
    related = np.flatnonzero(found.rows != NONE)
    shorter = np.array(
        [
            min(complete_words(codes, WORD) for codes in (sequences[row], known[found.rows[row]]))
            for row in related.tolist()
        ],
        dtype=np.int64,
    )
    copied = np.zeros(len(sequences), dtype=bool)
    copied[related] = found.shared[related] >= COPIED * found.kept * shorter
    return copied


def _at_most_warned(found: Finding, rule: str) -> Finding:
    verdict = Verdict.WARN if found.verdict is Verdict.FAIL else found.verdict
    return found.model_copy(update={"verdict": verdict, "rule": rule})


def _known(
    sequences: Sequence[CodeArray], known: Sequence[CodeArray]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which sequences are among the known ones, as they are and turned."""
    digests = {_digest(codes) for codes in known}
    same = [_digest(codes) in digests for codes in sequences]
    turned = [_digest(reverse_complement(codes)) in digests for codes in sequences]
    return np.array(same, dtype=bool), np.array(turned, dtype=bool)


def _digest(codes: CodeArray) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(codes).tobytes(), digest_size=16).digest()
