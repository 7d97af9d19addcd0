"""What tells items apart without reading their sequence: length, GC, repeats, unknown bases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.leakage.words import bearable_share, item_words, share_among
from bench.data.alphabet import N
from bench.metrics.correlation import Spearman
from bench.metrics.ranking import AUROC
from bench.tasks.certificate import Finding, Verdict

if TYPE_CHECKING:
    from bench.audit.leakage.audited import AuditedTask, Side
    from bench.interface.arrays import CodeArray, FloatArray

CHECK = "differences"
SIMPLE_WORD, REPEAT_WORD = 6, 24
"""bp of words that stand several times in one simple sequence, and in several items of a repeat."""
WARNED, FAILED = 0.1, 0.25
"""AUROC above 0.5, or half of a rank correlation: both are what a rank gains over chance."""
RULE = (
    f"a feature that tells classes apart with an AUROC of {0.5 + WARNED:.2f}, or follows values "
    f"with a rank correlation of {2 * WARNED:.1f}, is a warning; length fails at "
    f"{0.5 + FAILED:.2f} or {2 * FAILED:.1f}"
)
TITLES = {
    "gc": "GC content",
    "length": "length",
    "simple": "simple sequence",
    "repeats": "repeats",
    "unknown": "unknown bases",
}


def features(side: Side) -> dict[str, FloatArray]:
    """Measure the features of items, each of shape `(n,)`.

    `simple`: share of an item's places at which a word of 6 bp stands again; `repeats`: share of
    its words of 24 bp that other items of this side hold too; `unknown`: share of N.
    """
    sequences = side.sequences
    return {
        "gc": gc_content(sequences),
        "length": np.array([len(codes) for codes in sequences], dtype=np.float64),
        "simple": _simple(sequences),
        "repeats": _repeats(sequences),
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
    gains = np.array([_gain(values, column, task.is_classes) for column in task.test.targets.T])
    known = gains[~np.isnan(gains)]
    gain = float(np.abs(known).mean()) if len(known) else 0.0
    verdict = length_verdict(gain)
    if name != "length" and verdict is Verdict.FAIL:
        verdict = Verdict.WARN
    if task.is_classes:
        told = f"{TITLES[name]} tells classes apart with an AUROC of {0.5 + gain:.2f}"
    else:
        told = f"{TITLES[name]} follows values with a rank correlation of {2 * gain:.2f}"
    several = f", in the mean of {len(known)} targets" if len(known) > 1 else ""
    return Finding(
        check=f"{CHECK}-{name}",
        verdict=verdict,
        found=told + several,
        rule=RULE,
        figures={"gain": gain, "targets": float(len(known))},
    )


def length_verdict(gain: float) -> Verdict:
    """Judge what length gains over chance, as an AUROC above 0.5 or half of a correlation."""
    if gain >= FAILED:
        return Verdict.FAIL
    return Verdict.WARN if gain >= WARNED else Verdict.PASS


def _gain(values: FloatArray, truth: FloatArray, classes: bool) -> float:
    """What ranks by a feature gain over chance: -0.5 to 0.5, NaN where nothing can be told."""
    measured = ~np.isnan(truth)
    if measured.sum() < 2 or len(np.unique(truth[measured])) < 2:
        return float("nan")
    if len(np.unique(values[measured])) < 2:
        return 0.0
    if classes:
        return AUROC().value(values, truth) - 0.5
    return Spearman().value(values, truth) / 2


def _simple(sequences: Sequence[CodeArray]) -> FloatArray:
    words = item_words(sequences, SIMPLE_WORD)
    share = np.zeros(len(sequences))
    np.divide(words.distinct, words.places, out=share, where=words.places > 0)
    return np.where(words.places > 0, 1 - share, 0.0)


def _repeats(sequences: Sequence[CodeArray]) -> FloatArray:
    words = item_words(sequences, REPEAT_WORD, bearable_share(sequences))
    known, times = np.unique(words.words, return_counts=True)
    return np.nan_to_num(share_among(words, known[times > 1]))
