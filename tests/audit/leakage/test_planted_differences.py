"""A class or a target that something else than sequence tells."""

from __future__ import annotations

import numpy as np
import pytest

from bench.audit.leakage.audit import audit
from bench.tasks.certificate import (
    Verdict,
)
from tests.audit.leakage.conftest import Draft


def test_simple_sequence_is_a_warning(draft, audited):
    for row in np.flatnonzero(draft.truth):
        draft.codes[row][20:90] = np.resize([0, 1], 70)
    _, findings = audited(draft)
    assert findings["differences-simple"].verdict is Verdict.WARN


def test_a_class_told_by_length(draft, audited):
    for row in np.flatnonzero(draft.truth):
        draft.codes[row] = draft.codes[row][: draft.rng.integers(120, 180)]
    certificate, findings = audited(draft)
    assert certificate.verdict is Verdict.FAIL
    assert findings["differences-length"].verdict is Verdict.FAIL
    assert findings["differences-length"].figures["gain"] == pytest.approx(0.5)
    assert findings["null-length"].verdict is Verdict.FAIL


def test_a_class_of_items_of_middling_length(draft, audited):
    """The lengths of the classes have about the same middle, so that ranks tell nothing."""
    for row, active in enumerate(draft.truth):
        length = 160 if active else draft.rng.choice([120, 200])
        draft.codes[row] = draft.codes[row][:length]
    _, findings = audited(draft)
    assert findings["differences-length"].verdict is Verdict.PASS
    assert findings["null-length"].verdict is Verdict.FAIL


def test_a_class_told_by_gc_is_a_warning(draft, audited):
    for row in np.flatnonzero(draft.truth == 0):
        codes = draft.codes[row]
        draft.codes[row] = np.where(draft.rng.random(len(codes)) < 0.2, 0, codes).astype(np.uint8)
    certificate, findings = audited(draft)
    assert findings["differences-gc"].verdict is Verdict.WARN
    assert certificate.verdict is not Verdict.PASS


def test_a_class_told_by_unknown_bases(draft, audited):
    for row in np.flatnonzero(draft.truth):
        draft.codes[row][:3] = 4
    _, findings = audited(draft)
    assert findings["differences-unknown"].verdict is Verdict.FAIL


def test_a_class_told_by_words_of_other_blocks(draft, audited):
    """As of an element that stands all over a genome."""
    element = draft.rng.integers(0, 4, 60, dtype=np.uint8)
    for row in np.flatnonzero(draft.truth):
        draft.codes[row][:60] = element
    _, findings = audited(draft)
    assert findings["differences-repeats"].verdict is Verdict.WARN
    assert findings["differences-repeats"].figures["gain"] == pytest.approx(0.5)


def test_a_class_of_windows_that_overlap(draft, audited):
    """As in sets whose positives were cut out around the same sites again and again."""
    active = [row for row in draft.rows("test") if draft.truth[row]]
    for first, second in zip(active[::2], active[1::2], strict=False):
        draft.codes[second] = np.concatenate([draft.codes[first][100:], draft.codes[second][:100]])
    _, findings = audited(draft)
    found = findings["differences-overlap"]
    assert found.verdict is Verdict.WARN
    assert found.figures["gain"] > 0.45
    assert "sequence that other test items hold tells classes apart" in found.found


def test_one_target_of_many_that_length_tells(build):
    draft = Draft()
    draft.others = draft.rng.integers(0, 2, (len(draft.truth), 12))
    for row in np.flatnonzero(draft.others[:, 5]):
        draft.codes[row] = draft.codes[row][: draft.rng.integers(120, 180)]
    certificate, _ = audit(build(draft))
    findings = {one.check: one for one in certificate.findings}
    found = findings["differences-length"]
    assert found.verdict is Verdict.FAIL
    assert found.found.endswith("in the mean of 13 targets, chance taken off, z5 1.00")
    assert findings["null-length"].verdict is Verdict.FAIL
    assert findings["differences-gc"].verdict is Verdict.PASS
