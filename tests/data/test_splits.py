from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.data.alphabet import decode, encode, reverse_complement
from bench.data.chromosomes import chromosome_split
from bench.data.components import overlapping_rows
from bench.data.splits import (
    EXCLUDED,
    TEST,
    TRAIN,
    VALID,
    by_chromosome,
    by_group,
    carve_valid,
    resolve_overlap,
)
from bench.interface.errors import BenchError

GROUPS = st.lists(st.integers(-5, 30), max_size=120).map(lambda ids: np.array(ids, dtype=np.int64))
FRACTION = st.floats(0, 0.45)
SEED = st.integers(0, 1_000)


def whole_groups(groups, split):
    return all(len(np.unique(split[groups == group])) == 1 for group in np.unique(groups))


def test_codes_are_fixed():
    assert (TRAIN, VALID, TEST, EXCLUDED) == (0, 1, 2, 3)


def test_chromosomes_of_a_human_genome():
    chroms = np.array(["chr8", "chr1", "chr7", "chrM", "chrX", "chr9", "chr9_x_alt"], dtype=object)
    split = by_chromosome(chroms, chromosome_split("hg38"))
    assert split.dtype == np.uint8
    assert split.tolist() == [TEST, TRAIN, VALID, EXCLUDED, TRAIN, TEST, EXCLUDED]
    assert by_chromosome([], chromosome_split("hg38")).shape == (0,)


def test_chromosomes_of_the_other_genomes():
    chroms = ["chrIV", "chrXI", "chrXIII", "chrIX", "chrI", "chrMito"]
    split = by_chromosome(chroms, chromosome_split("sacCer3"))
    assert split.tolist() == [TEST, VALID, TEST, VALID, TRAIN, EXCLUDED]
    split = by_chromosome(["sim1", "sim4", "sim5", "sim6"], chromosome_split("sim1"))
    assert split.tolist() == [TRAIN, VALID, TEST, TRAIN]


def test_names_of_another_convention_do_not_become_training_items():
    with pytest.raises(BenchError, match=r"'8'.*hg38.*'chr8'"):
        by_chromosome(["chr1", "8"], chromosome_split("hg38"))


@settings(max_examples=100, deadline=None)
@given(GROUPS, FRACTION, FRACTION, SEED)
def test_groups_stay_whole_and_sets_come_close_to_their_share(groups, valid, test, seed):
    split = by_group(groups, valid, test, seed)
    assert split.shape == groups.shape
    assert set(split.tolist()) <= {TRAIN, VALID, TEST}
    assert whole_groups(groups, split)
    names, sizes = np.unique(groups, return_counts=True)
    in_train = [size for name, size in zip(names, sizes, strict=True) if name in groups[split == 0]]
    if len(in_train) > 1:
        for code, fraction in ((VALID, valid), (TEST, test)):
            missed = abs(int((split == code).sum()) - round(fraction * len(groups)))
            assert missed <= min(in_train) / 2


@settings(max_examples=60, deadline=None)
@given(GROUPS, FRACTION, FRACTION, SEED, st.randoms(use_true_random=False))
def test_the_order_of_items_does_not_matter(groups, valid, test, seed, random):
    order = list(range(len(groups)))
    random.shuffle(order)
    split = by_group(groups, valid, test, seed)
    assert (by_group(groups[order], valid, test, seed) == split[order]).all()


def test_single_items_give_the_very_shares():
    groups = np.arange(1_000)
    split = by_group(groups, 0.1, 0.2, 1)
    assert np.bincount(split).tolist() == [700, 100, 200]
    assert (by_group(groups, 0.1, 0.2, 2) != split).any()
    assert (by_group(groups.astype(str), 0.1, 0.2, 1) == split).all()


def test_a_large_group_goes_to_train_and_is_not_cut():
    groups = np.array([0] * 600 + list(range(1, 401)))
    for seed in range(5):
        split = by_group(groups, 0.1, 0.2, seed)
        assert (split[:600] == TRAIN).all()
        assert np.bincount(split).tolist() == [700, 100, 200]


def test_a_set_is_overfilled_where_that_comes_closer():
    groups = np.repeat([0, 1, 2], 100)
    split = by_group(groups, 0.1, 0.2, 0)
    assert np.bincount(split, minlength=3).tolist() == [200, 0, 100]
    assert (by_group(np.zeros(10), 0.1, 0.4, 0) == TRAIN).all()


def test_one_more_group_hardly_moves_the_others():
    groups = np.arange(500)
    before = by_group(groups, 0.1, 0.2, 4)
    after = by_group(np.append(groups, 500), 0.1, 0.2, 4)[:-1]
    assert (before != after).sum() <= 3


@pytest.mark.parametrize(("valid", "test"), [(-0.1, 0.2), (0.1, -0.2), (0.5, 0.5)])
def test_impossible_shares_are_refused(valid, test):
    with pytest.raises(BenchError, match="expected numbers of at least 0 with a sum below 1"):
        by_group([1, 2], valid, test, 0)


@settings(max_examples=60, deadline=None)
@given(GROUPS, FRACTION, SEED)
def test_validation_is_carved_from_train_by_whole_groups(groups, fraction, seed):
    split = np.where(groups % 4 == 0, TEST, TRAIN).astype(np.uint8)
    split[groups == 5] = EXCLUDED
    given_split = split.copy()
    carved = carve_valid(split, groups, fraction, seed)
    assert (split == given_split).all()
    assert (carved[split != TRAIN] == split[split != TRAIN]).all()
    assert set(carved[split == TRAIN].tolist()) <= {TRAIN, VALID}
    assert whole_groups(groups, carved)


def test_validation_takes_its_share_of_the_training_items():
    split = np.array([TEST] * 500 + [TRAIN] * 500, dtype=np.uint8)
    carved = carve_valid(split, np.arange(1_000), 0.1, 1)
    assert np.bincount(carved).tolist() == [450, 50, 500]


@pytest.fixture
def overlapping():
    """Items 1 (train), 2 (valid) and 5 (excluded) share 50 bp with the test items 3 and 4."""
    rng = np.random.default_rng(9)
    sequences = [rng.integers(0, 4, size=100, dtype=np.uint8) for _ in range(6)]
    sequences[1][30:80] = reverse_complement(sequences[3][10:60])
    sequences[1][29] = sequences[3][60]
    sequences[2][:50] = sequences[4][50:]
    sequences[5][:] = sequences[4]
    split = np.array([TRAIN, TRAIN, VALID, TEST, TEST, EXCLUDED], dtype=np.uint8)
    return split, sequences


def test_overlap_is_an_error_that_says_what_to_do(overlapping):
    split, sequences = overlapping
    with pytest.raises(BenchError) as error:
        resolve_overlap(split, sequences, 50, "error", "my-task")
    assert str(error.value) == (
        "task my-task: 2 items of train or valid share a 50-mer with the test set, for example "
        f"items 2 and 4, {decode(sequences[1][30:80])}; to leave them out, write in the manifest: "
        'overlap = "drop-from-train"'
    )
    with pytest.raises(BenchError, match="for example items 'b' and 'd', "):
        resolve_overlap(split, sequences, 50, "error", "my-task", list("abcdef"))


def test_overlapping_items_are_left_out_of_train_and_valid(overlapping):
    split, sequences = overlapping
    resolved, dropped = resolve_overlap(split, sequences, 50, "drop-from-train", "my-task")
    assert dropped == 2
    assert resolved.tolist() == [TRAIN, EXCLUDED, EXCLUDED, TEST, TEST, EXCLUDED]
    assert split.tolist() == [TRAIN, TRAIN, VALID, TEST, TEST, EXCLUDED]
    again, none = resolve_overlap(resolved, sequences, 50, "error", "my-task")
    assert none == 0
    assert (again == resolved).all()


def test_the_example_of_equal_short_sequences_is_the_whole_sequence():
    sequences = [encode("GATTACANN"), encode("NNTGTAATC")]
    split = np.array([TRAIN, TEST], dtype=np.uint8)
    with pytest.raises(BenchError, match=r"1 items .* items 1 and 2, GATTACANN;"):
        resolve_overlap(split, sequences, 8, "error", "short")


def test_an_unknown_policy_is_refused():
    with pytest.raises(BenchError, match="overlap 'drop', expected 'error' or 'drop-from-train'"):
        resolve_overlap(np.zeros(0, dtype=np.uint8), [], 50, "drop", "my-task")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text("ACGT", max_size=9), st.integers(0, 3)), max_size=20))
def test_nothing_overlaps_once_overlap_is_resolved(items):
    sequences = [encode(text) for text, _ in items]
    split = np.array([code for _, code in items], dtype=np.uint8)
    resolved, dropped = resolve_overlap(split, sequences, 4, "drop-from-train", "any")
    assert dropped == (resolved != split).sum()
    assert (resolved[split == TEST] == TEST).all()
    learnt = [sequences[row] for row in np.flatnonzero(resolved < TEST)]
    test = [sequences[row] for row in np.flatnonzero(resolved == TEST)]
    assert not overlapping_rows(learnt, test, 4).any()
