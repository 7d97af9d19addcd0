"""Relatives that were planted are found, in whole and in part; motifs and elements are none."""

from __future__ import annotations

import numpy as np
import pytest

from bench.audit.leakage.audit import audit
from bench.data.alphabet import reverse_complement
from bench.tasks.certificate import (
    IDENTITY_NAMES,
    Verdict,
    identity_classes,
)
from tests.audit.leakage.conftest import SHARE, Draft, mutated


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("length", [100, 200, 600, 3000])
def test_homologs_at_85_percent(audited, length, turned):
    draft = Draft(length=length) if length < 1000 else Draft(60, 10, 200, length)
    for test, train in draft.pairs(SHARE):
        copy = mutated(draft.codes[train], 0.85, draft.rng)
        draft.codes[test] = reverse_complement(copy) if turned else copy
        draft.truth[test] = draft.truth[train]
    certificate, findings = audited(draft)
    found = findings["near-duplicates"]
    assert certificate.verdict is Verdict.FAIL
    assert found.verdict is Verdict.FAIL, found.found
    # A few lie below 80 % by chance.
    pairs = len(draft.pairs(SHARE))
    assert pairs - 2 <= found.figures["items"] <= pairs
    assert found.figures["agreement"] > 0.9
    assert "copies" not in " ".join(certificate.reasons).split("near-duplicates")[0]


def test_homologs_with_insertions(draft, audited):
    for test, train in draft.pairs(SHARE):
        copy = mutated(draft.codes[train], 0.9, draft.rng)
        draft.codes[test] = np.insert(np.delete(copy, [30, 31, 90]), 150, [0, 1, 2])
        draft.truth[test] = draft.truth[train]
    _, findings = audited(draft)
    assert findings["near-duplicates"].figures["items"] >= 9


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("share", "verdict"), [(0.05, Verdict.WARN), (0.3, Verdict.FAIL)])
@pytest.mark.parametrize("shift", [50, 90])
def test_homologs_of_windows_that_are_shifted(draft, audited, shift, share, verdict, turned):
    """Genomes hold some of these everywhere; many are a leak."""
    pairs = draft.pairs(share)
    for test, train in pairs:
        copy = mutated(draft.codes[train], 0.85, draft.rng)[shift:]
        copy = np.concatenate([copy, draft.codes[test][:shift]])
        draft.codes[test] = reverse_complement(copy) if turned else copy
        draft.truth[test] = draft.truth[train]
    _, findings = audited(draft)
    found = findings["near-duplicates"]
    assert found.verdict is verdict, found.found
    assert found.figures["items"] >= 0.75 * len(pairs)
    assert found.figures["in part"] >= 0.7 * len(pairs)
    assert "in part)" in found.found


@pytest.mark.parametrize("longer", ["test", "train"])
@pytest.mark.parametrize("ends", [300, 1500])
def test_homologs_inside_longer_items(draft, audited, longer, ends):
    for test, train in draft.pairs(SHARE):
        copy = mutated(draft.codes[train], 0.85, draft.rng)
        around = draft.rng.integers(0, 4, (2, ends), dtype=np.uint8)
        if longer == "test":
            copy = np.concatenate([around[0], copy, around[1]])
        else:
            draft.codes[train] = np.concatenate([around[0], draft.codes[train], around[1]])
        draft.codes[test] = copy
        draft.truth[test] = draft.truth[train]
    _, findings = audited(draft)
    found = findings["near-duplicates"]
    whole = longer == "train"
    assert found.verdict is (Verdict.FAIL if whole else Verdict.WARN), found.found
    assert found.figures["items"] >= 8


def test_long_homologs_that_are_shifted(audited):
    draft = Draft(60, 10, 200, 3000)
    for test, train in draft.pairs(SHARE):
        copy = mutated(draft.codes[train], 0.85, draft.rng)[1000:]
        draft.codes[test] = np.concatenate([copy, draft.codes[test][:1000]])
        draft.truth[test] = draft.truth[train]
    _, findings = audited(draft)
    found = findings["near-duplicates"]
    assert found.verdict is Verdict.WARN, found.found
    assert found.figures["in part"] >= 8


def test_few_homologs_of_a_small_test_set(audited):
    """Chance would bring five pairs together once in 32 times: what is seen decides."""
    draft = Draft(400, 60, 100)
    for test, train in draft.pairs(SHARE):
        draft.codes[test] = mutated(draft.codes[train], 0.88, draft.rng)
        draft.truth[test] = draft.truth[train]
    _, findings = audited(draft)
    found = findings["near-duplicates"]
    assert found.figures["items"] == 5
    assert found.figures["p"] > 0.01
    assert found.verdict is Verdict.FAIL, found.found
    assert "5 pairs are too few to tell from chance" in found.found


def test_homologs_of_masked_items(draft, audited):
    """Unknown bases are neither alike nor unlike."""
    for test, train in draft.pairs(SHARE):
        copy = mutated(draft.codes[train], 0.9, draft.rng)
        copy[40:110] = 4
        draft.codes[test], draft.truth[test] = copy, draft.truth[train]
    _, findings = audited(draft)
    assert findings["near-duplicates"].figures["items"] >= 9
    assert findings["near-duplicates"].verdict is Verdict.FAIL


def test_homologs_whose_targets_say_nothing_are_a_warning(draft, audited):
    """As of repeats that stand everywhere in a genome."""
    for test, train in draft.pairs(0.1):
        draft.codes[test] = mutated(draft.codes[train], 0.85, draft.rng)
    _, findings = audited(draft)
    found = findings["near-duplicates"]
    assert found.figures["items"] > 16
    assert found.verdict is Verdict.WARN, found.found


def test_a_long_motif_is_no_relative(draft, audited):
    """Twenty bases in common are what is to be learnt, and not a leak."""
    motif = draft.rng.integers(0, 4, 20, dtype=np.uint8)
    for row in np.flatnonzero(draft.truth):
        place = draft.rng.integers(0, 180)
        draft.codes[row][place : place + 20] = motif
    certificate, findings = audited(draft)
    assert findings["null-neighbour"].verdict is Verdict.PASS, findings["null-neighbour"].found
    assert findings["differences-simple"].verdict is Verdict.PASS
    assert certificate.verdict is not Verdict.FAIL


@pytest.mark.parametrize(("length", "element"), [(1200, 60), (1200, 300), (2200, 300)])
def test_an_element_in_long_items_makes_no_relatives(audited, length, element):
    """As of a transposon that stands in one class."""
    draft = Draft(60, 10, 60, length)
    shared = draft.rng.integers(0, 4, element, dtype=np.uint8)
    for row in np.flatnonzero(draft.truth):
        place = draft.rng.integers(0, length - element)
        draft.codes[row][place : place + element] = mutated(shared, 0.92, draft.rng)
    _, findings = audited(draft)
    assert findings["near-duplicates"].figures["items"] == 0


def test_relatives_of_parts_do_not_hide_whole_ones(draft, audited):
    """Of which the former say nothing of targets, and the latter all."""
    pairs = draft.pairs(0.2)
    for place, (test, train) in enumerate(pairs):
        copy = mutated(draft.codes[train], 0.88, draft.rng)
        if place < 8:
            draft.codes[test], draft.truth[test] = copy, draft.truth[train]
        else:
            draft.codes[test] = np.concatenate([copy[90:], draft.codes[test][:90]])
    _, findings = audited(draft)
    found = findings["near-duplicates"]
    assert found.figures["in part"] > 25
    assert found.verdict is Verdict.FAIL, found.found
    assert "targets of pairs as a whole agree by" in found.found


def test_short_items_inside_long_ones_are_little_of_them(draft, audited):
    for test, train in draft.pairs(0.2):
        draft.codes[train] = draft.codes[train][:70]
        around = draft.rng.integers(0, 4, 930, dtype=np.uint8)
        draft.codes[test] = np.concatenate([draft.codes[train], around])
        draft.truth[test] = draft.truth[train]
    _, findings = audited(draft)
    found = findings["near-duplicates"]
    assert found.figures["items"] == 40
    assert found.figures["bases"] < 0.05
    assert found.verdict is Verdict.WARN


def test_values_with_a_heavy_tail(audited, draft):
    draft.truth = draft.rng.lognormal(0, 3, len(draft.truth))
    for test, train in draft.pairs(SHARE):
        draft.codes[test] = mutated(draft.codes[train], 0.88, draft.rng)
        draft.truth[test] = draft.truth[train]
    _, findings = audited(draft, "regression")
    assert findings["near-duplicates"].verdict is Verdict.FAIL


def test_the_similarity_of_each_item(draft, build):
    test, train = draft.rows("test"), draft.rows("train")
    draft.codes[test[0]] = draft.codes[train[0]]
    draft.codes[test[1]] = mutated(draft.codes[train[1]], 0.85, draft.rng)
    _, similarity = audit(build(draft))
    assert similarity.shape == (200,)
    assert similarity[0] == 1
    assert similarity[1] == pytest.approx(0.85, abs=0.06)
    assert np.nanmax(similarity[2:]) < 0.75
    assert len(IDENTITY_NAMES) == 5


def test_few_pairs_that_agree_by_chance_are_a_warning(draft, audited):
    for place, (test, train) in enumerate(draft.pairs(0.04)):
        draft.codes[test] = mutated(draft.codes[train], 0.9, draft.rng)
        draft.truth[train] = place % 2
        draft.truth[test] = draft.truth[train] if place < 6 else 1 - draft.truth[train]
    _, findings = audited(draft)
    found = findings["near-duplicates"]
    assert found.figures["items"] == 8
    assert found.figures["agreement"] > 0.2
    assert found.figures["p"] > 0.01
    assert found.verdict is Verdict.WARN


def test_classes_of_identity_are_those_of_what_is_stored():
    identity = np.array([0.7, 0.8, 0.9, 1 - 20 / 200, np.nan])
    stored = identity.astype(np.float32)
    assert identity_classes(identity).tolist() == identity_classes(stored).tolist()
    assert identity_classes(stored).tolist() == [2, 3, 4, 4, 0]
