"""Copies that were planted are found, and nothing is found where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from bench.audit.leakage.audit import audit
from bench.data.alphabet import reverse_complement
from bench.interface.errors import DataError
from bench.tasks.certificate import (
    Verdict,
    read_certificate,
    write_certificate,
)
from tests.audit.leakage.conftest import SHARE


@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_a_sound_task_passes(draft, audited, kind):
    if kind == "regression":
        draft.truth += draft.rng.normal(0, 0.3, len(draft.truth))
    certificate, findings = audited(draft, kind)
    assert certificate.verdict is Verdict.PASS, certificate.reasons
    assert certificate.reason == "nothing found"
    assert certificate.reference.value > (0.8 if kind == "classification" else 0.5)
    assert findings["near-duplicates"].figures["items"] == 0
    assert certificate.similarity.classes["90 % and over"] == 0
    assert sum(certificate.similarity.classes.values()) == 200


def test_whole_copies(draft, audited):
    for test, train in draft.pairs(SHARE):
        draft.codes[test], draft.truth[test] = draft.codes[train], draft.truth[train]
    certificate, findings = audited(draft)
    assert certificate.verdict is Verdict.FAIL
    assert findings["copies"].verdict is Verdict.FAIL
    assert findings["copies"].figures == {"items": 10, "share": SHARE}
    assert findings["copies"].examples[0] == "table:i460"
    assert findings["near-duplicates"].verdict is Verdict.FAIL
    assert certificate.similarity.classes["90 % and over"] == 10


@pytest.mark.parametrize("shift", [10, 100, 150])
def test_shifted_copies(draft, audited, shift):
    for test, train in draft.pairs(SHARE):
        rest = draft.codes[test][:shift]
        draft.codes[test] = np.concatenate([draft.codes[train][shift:], rest])
        draft.truth[test] = draft.truth[train]
    certificate, findings = audited(draft)
    assert certificate.verdict is Verdict.FAIL
    assert findings["copies"].verdict is Verdict.PASS
    assert findings["shifted-copies"].verdict is Verdict.FAIL
    assert findings["shifted-copies"].figures["items"] == 10


@pytest.mark.parametrize("longer", ["test", "train"])
def test_items_of_other_lengths_that_hold_each_other(draft, audited, longer):
    for test, train in draft.pairs(SHARE):
        inner, outer = (train, test) if longer == "test" else (test, train)
        ends = draft.rng.integers(0, 4, (2, 1500), dtype=np.uint8)
        draft.codes[outer] = np.concatenate([ends[0], draft.codes[inner], ends[1]])
        draft.truth[test] = draft.truth[train]
    _, findings = audited(draft)
    assert findings["shifted-copies"].figures["items"] == 10


@pytest.mark.parametrize("shift", [0, 60])
def test_reverse_complements(draft, audited, shift):
    for test, train in draft.pairs(SHARE):
        turned = reverse_complement(draft.codes[train])
        draft.codes[test] = np.concatenate([turned[shift:], draft.codes[test][:shift]])
        draft.truth[test] = draft.truth[train]
    certificate, findings = audited(draft)
    assert certificate.verdict is Verdict.FAIL
    assert findings["copies"].verdict is Verdict.PASS
    caught = findings["shifted-copies" if shift else "reverse-complements"]
    assert (caught.verdict, caught.figures["items"]) == (Verdict.FAIL, 10)


def test_copies_within_the_test_set(draft, audited):
    test = draft.rows("test")
    for first, second in zip(test[:5], test[5:10], strict=True):
        draft.codes[second] = draft.codes[first]
    certificate, findings = audited(draft)
    assert findings["copies-across-blocks"].figures["items"] == 10
    assert certificate.verdict is Verdict.WARN


def test_copies_of_training_items_among_validation_items(draft, audited):
    for valid, train in zip(draft.rows("valid")[:6], draft.rows("train"), strict=False):
        draft.codes[valid] = draft.codes[train]
    certificate, findings = audited(draft)
    assert findings["copies-in-valid"].verdict is Verdict.WARN
    assert findings["copies-in-valid"].figures == {"items": 6, "share": 0.1}
    assert "6 of 60 validation items" in findings["copies-in-valid"].found
    assert certificate.verdict is Verdict.WARN


def test_a_copy_of_a_validation_item_counts(draft, audited):
    """Weights are chosen by validation items, and the last fit may hold them."""
    for test, valid in zip(draft.rows("test")[:10], draft.rows("valid"), strict=False):
        draft.codes[test] = draft.codes[valid]
    _, findings = audited(draft)
    assert findings["copies"].figures["items"] == 10


def test_a_certificate_of_another_version(draft, build, tmp_path):
    certificate, _ = audit(build(draft))
    later = certificate.model_copy(update={"schema_version": 99})
    write_certificate(tmp_path, later, None)
    with pytest.raises(DataError, match="of schema version 99, but this cisbench knows version 1"):
        read_certificate(tmp_path)
