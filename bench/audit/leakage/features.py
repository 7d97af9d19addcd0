"""What tells items apart without reading their sequence: length, GC, repeats, unknown bases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.leakage.gains import FAILED, LEVEL, WARNED, gain_verdict, gains
from bench.audit.leakage.share import TOO_FEW, not_checked
from bench.audit.leakage.words import (
    bearable_share,
    item_words,
    share_among,
    words_of_several_blocks,
)
from bench.data.alphabet import N
from bench.tasks.certificate import Finding, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.audit.leakage.audited import AuditedTask, Side
    from bench.audit.leakage.words import ItemWords
    from bench.interface.arrays import CodeArray, FloatArray

CHECK = "differences"
WINDOW, SIMPLE = 64, 2.0
"""bp of a window of simple sequence, and the score from which it is simple."""
REPEAT_WORD = 24
"""bp of words that stand in items of several blocks by descent."""
FAILING = ("length", "unknown")
"""Features that no biology is in: who reads them has learnt how items were made."""
RULE = (
    f"a feature that tells classes apart with an AUROC of {0.5 + WARNED:.2f}, or follows values "
    f"with a rank correlation of {2 * WARNED:.1f}, is a warning; length and unknown bases fail at "
    f"{0.5 + FAILED:.2f} or {2 * FAILED:.1f}; for one target, where it is more "
    f"than chance (p {LEVEL}, all targets considered), or in the mean of several, less what chance "
    "makes of it"
)
TITLES = {
    "gc": "GC content",
    "length": "length",
    "simple": "simple sequence",
    "repeats": "sequence that stands in other blocks",
    "overlap": "sequence that other test items hold",
    "unknown": "unknown bases",
}


def features(side: Side) -> dict[str, FloatArray]:
    """Measure the features of items, each of shape `(n,)`.

    `simple`: share of its windows of 64 bp that are of low complexity; `repeats`: share of
    its words of 24 bp that items of other blocks hold too; `overlap`: that any other item does, as
    windows do that overlap; `unknown`: share of N.
    """
    sequences = side.sequences
    words = item_words(sequences, REPEAT_WORD, bearable_share(sequences))
    return {
        "gc": gc_content(sequences),
        "length": np.array([len(codes) for codes in sequences], dtype=np.float64),
        "simple": _simple(sequences),
        "repeats": np.nan_to_num(share_among(words, words_of_several_blocks(words, side.blocks))),
        "overlap": np.nan_to_num(share_among(words, _words_of_several(words))),
        "unknown": np.array([np.mean(codes >= N) if len(codes) else 0.0 for codes in sequences]),
    }


def gc_content(sequences: Sequence[CodeArray]) -> FloatArray:
    """Share of G and C among the known bases, `(n,)`; 0.5 for an item without any."""
    found = []
    for codes in sequences:
        counts = np.bincount(codes, minlength=N + 1)
        known = counts[:N].sum()
        found.append((counts[1] + counts[2]) / known if known else 0.5)
    return np.array(found, dtype=np.float64)


def differences(task: AuditedTask) -> list[Finding]:
    """Tell how well each feature alone says what the targets of the test items are."""
    return [
        _difference(task, name, values) for name, values in features(task.test).items()
    ]  # fmt: skip


def _difference(task: AuditedTask, name: str, values: FloatArray) -> Finding:
    found = gains(values, task.test.targets, task.is_classes)
    if not found.targets:
        return not_checked(f"{CHECK}-{name}", TOO_FEW, RULE)
    verdict = gain_verdict(found.judged)
    if name not in FAILING and verdict is Verdict.FAIL:
        verdict = Verdict.WARN
    several = len(task.target_names) > 1
    gain = found.mean if several else found.judged_alone
    told = f"{TITLES[name]} {_told(task.is_classes, gain)}"
    figures = {"gain": gain, "targets": float(found.targets)}
    if several:
        told += f", in the mean of {found.targets} targets, chance taken off"
    if several and found.worst >= 0 and found.judged > gain:
        figures["worst gain"] = float(found.sizes[found.worst])
        told += f", {task.target_names[found.worst]} {_size(task.is_classes, found.judged)}"
    return Finding(check=f"{CHECK}-{name}", verdict=verdict, found=told, rule=RULE, figures=figures)


def _told(classes: bool, gain: float) -> str:
    verb = "tells classes apart with an AUROC"
    if not classes:
        verb = "follows values with a rank correlation"
    return f"{verb} of {_size(classes, gain)}"


def _size(classes: bool, gain: float) -> str:
    return f"{0.5 + gain:.2f}" if classes else f"{2 * gain:.2f}"


def _simple(sequences: Sequence[CodeArray]) -> FloatArray:
    return np.array([_low_complexity(codes) for codes in sequences])


def _low_complexity(codes: CodeArray) -> float:
    """Share of windows of 64 bp in which triplets stand again more often than `SIMPLE` allows.

    The score is that of DUST (Morgulis et al. 2006, doi:10.1089/cmb.2006.13.1028): pairs of equal
    triplets for each triplet but one; of random sequence 0.5.
    """
    known = codes < N
    triplets = np.convolve(np.where(known, codes, 0).astype(np.int64), (1, 4, 16), mode="valid")
    triplets[~(known[:-2] & known[1:-1] & known[2:])] = 64
    size = min(WINDOW - 2, len(triplets))
    if size < 2:
        return 0.0
    windows = np.lib.stride_tricks.sliding_window_view(triplets, size)[:: size // 2]
    numbers = windows + 65 * np.arange(len(windows))[:, None]
    counts = np.bincount(numbers.ravel(), minlength=65 * len(windows)).reshape(-1, 65)[:, :64]
    scores = (counts * (counts - 1) / 2).sum(axis=1) / (size - 1)
    return float(np.mean(scores > SIMPLE))


def _words_of_several(words: ItemWords) -> NDArray[np.uint64]:
    known, times = np.unique(words.words, return_counts=True)
    return known[times > 1]
