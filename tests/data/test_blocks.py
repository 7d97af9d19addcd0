from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.data.blocks import default_block_size, genomic_blocks, group_blocks
from bench.interface.errors import BenchError

INTERVALS = st.lists(
    st.tuples(st.sampled_from(["chr1", "chr10", "chr2"]), st.integers(-50, 5_000)),
    max_size=30,
)


@pytest.mark.parametrize(
    ("build", "size"),
    [("sacCer3", 20_000), ("hg38", 200_000), ("hg19", 200_000), ("mm10", 200_000)],
)
def test_default_sizes(build, size):
    assert default_block_size(build) == size


def test_default_size_of_a_simulated_and_of_any_other_genome():
    assert default_block_size("sim1") == 20_000
    assert default_block_size("dm6") == default_block_size(None) == 200_000


def test_blocks_follow_chromosome_and_centre():
    chroms = ["b", "a", "a", "a", "b"]
    starts = np.array([0, 0, 94, 96, 10])
    blocks = genomic_blocks(chroms, starts, starts + 10, 100)
    # Centres 5, 5, 99, 101, 15.
    assert blocks.tolist() == [2, 0, 0, 1, 2]


def test_blocks_are_never_shorter_than_the_longest_input():
    starts = np.array([0, 100, 200])
    short = genomic_blocks(["a"] * 3, starts, starts + 10, 100)
    assert short.tolist() == [0, 1, 2]
    assert genomic_blocks(["a"] * 3, starts, starts + 10, 100, longest=1_000).tolist() == [0, 0, 0]
    assert genomic_blocks(["a"] * 3, [0, 0, 0], [10, 500, 900], 100).tolist() == [0, 0, 0]


@settings(max_examples=60, deadline=None)
@given(INTERVALS, st.integers(1, 700))
def test_blocks_against_a_dictionary(intervals, size):
    chroms = np.array([chrom for chrom, _ in intervals], dtype=object)
    starts = np.array([start for _, start in intervals], dtype=np.int64)
    blocks = genomic_blocks(chroms, starts, starts + 1, size)
    keys = [(chrom, start // size) for chrom, start in intervals]
    numbers = {key: number for number, key in enumerate(sorted(set(keys)))}
    assert blocks.tolist() == [numbers[key] for key in keys]
    assert blocks.dtype == np.int64


def test_a_block_without_length_is_refused():
    with pytest.raises(BenchError, match="block size 0"):
        genomic_blocks(["a"], [0], [1], 0)


def test_groups_are_numbered_in_sorted_order():
    assert group_blocks(["g2", "g10", "g2", "a"]).tolist() == [2, 1, 2, 0]
    assert group_blocks(np.array([7, -3, 7])).tolist() == [1, 0, 1]
    assert group_blocks(np.array(["b", "a"], dtype=object)).dtype == np.int64
    assert group_blocks([]).shape == (0,)
