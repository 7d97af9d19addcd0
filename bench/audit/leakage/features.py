"""What tells items apart without reading their sequence: length, GC, repeats, unknown bases."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.leakage.words import (
    bearable_share,
    item_words,
    share_among,
    words_of_several_blocks,
)
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
FAILING = ("length", "unknown")
"""Features that no biology is in: who reads them has learnt how items were made."""
LEVEL = 0.05
RULE = (
    f"a feature that tells classes apart with an AUROC of {0.5 + WARNED:.2f}, or follows values "
    f"with a rank correlation of {2 * WARNED:.1f}, is a warning; length and unknown bases fail at "
    f"{0.5 + FAILED:.2f} or {2 * FAILED:.1f}; in the mean of targets, or beyond chance "
    f"(p {LEVEL}, all targets considered) for one of them"
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
    its words of 24 bp that items of other blocks hold too; `unknown`: share of N.
    """
    sequences = side.sequences
    return {
        "gc": gc_content(sequences),
        "length": np.array([len(codes) for codes in sequences], dtype=np.float64),
        "simple": _simple(sequences),
        "repeats": _repeats(side),
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
    columns = task.test.targets.T
    gains = np.array([_gain(values, column, task.is_classes) for column in columns])
    known = np.flatnonzero(~np.isnan(gains))
    gain = float(np.abs(gains[known]).mean()) if len(known) else 0.0
    errors = np.array([_chance(column, task.is_classes) for column in columns[known]])
    sure = np.abs(gains[known]) - _quantile(len(known)) * errors
    worst = float(sure.max(initial=0.0))
    judged = max(gain, worst)
    verdict = gain_verdict(judged)
    if name not in FAILING and verdict is Verdict.FAIL:
        verdict = Verdict.WARN
    told = f"{TITLES[name]} {_told(task.is_classes, gain)}"
    if len(known) > 1:
        told += f", in the mean of {len(known)} targets"
    figures = {"gain": gain, "targets": float(len(known))}
    if len(known) > 1 and worst > gain:
        place = known[int(sure.argmax())]
        figures["worst gain"] = float(abs(gains[place]))
        told += f", {task.target_names[place]} {_size(task.is_classes, figures['worst gain'])}"
    return Finding(check=f"{CHECK}-{name}", verdict=verdict, found=told, rule=RULE, figures=figures)


def _told(classes: bool, gain: float) -> str:
    verb = "tells classes apart with an AUROC"
    if not classes:
        verb = "follows values with a rank correlation"
    return f"{verb} of {_size(classes, gain)}"


def _size(classes: bool, gain: float) -> str:
    return f"{0.5 + gain:.2f}" if classes else f"{2 * gain:.2f}"


def _quantile(targets: int) -> float:
    """How many standard errors one of so many targets lies off by chance."""
    from scipy.stats import norm

    return float(norm.isf(LEVEL / 2 / max(targets, 1)))


def _chance(truth: FloatArray, classes: bool) -> float:
    """Standard error of `_gain` where a feature says nothing (Mann & Whitney 1947)."""
    measured = truth[~np.isnan(truth)]
    count = len(measured)
    if not classes:
        return 0.5 / math.sqrt(max(count - 1, 1))
    positives = float(measured.sum())
    return math.sqrt((count + 1) / (12 * positives * (count - positives)))


def gain_verdict(gain: float) -> Verdict:
    """Judge what a feature gains over chance, as an AUROC above 0.5 or half of a correlation."""
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


def _repeats(side: Side) -> FloatArray:
    words = item_words(side.sequences, REPEAT_WORD, bearable_share(side.sequences))
    return np.nan_to_num(share_among(words, words_of_several_blocks(words, side.blocks)))
