"""Faults that were planted are found, and nothing is found where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from bench.audit.leakage.audit import audit
from bench.data.alphabet import reverse_complement
from bench.interface.errors import DataError
from bench.tasks.certificate import (
    IDENTITY_NAMES,
    Verdict,
    identity_classes,
    read_certificate,
    write_certificate,
)
from tests.audit.leakage.conftest import Draft

SHARE = 0.05


def mutated(codes, identity, rng):
    changed = rng.random(len(codes)) < 1 - identity
    return np.where(changed, (codes + rng.integers(1, 4, len(codes))) % 4, codes).astype(np.uint8)


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


def test_a_certificate_of_another_version(draft, build, tmp_path):
    certificate, _ = audit(build(draft))
    later = certificate.model_copy(update={"schema_version": 99})
    write_certificate(tmp_path, later, None)
    with pytest.raises(DataError, match="of schema version 99, but this cisbench knows version 1"):
        read_certificate(tmp_path)
