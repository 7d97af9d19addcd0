from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from bench.data.interval_set import IntervalSet

INTERVALS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 30), st.integers(1, 9)), min_size=1
)


@given(INTERVALS, st.integers(-5, 35), st.integers(0, 20))
def test_bases_are_inside_as_a_loop_says(intervals, start, size):
    frame = pd.DataFrame(
        [(chrom, low, low + width) for chrom, low, width in intervals],
        columns=["chrom", "start", "end"],
    )
    regions = IntervalSet.from_frame(frame)
    for chrom in "abc":
        expected = [
            any(name == chrom and low <= base < low + width for name, low, width in intervals)
            for base in range(start, start + size)
        ]
        assert regions.inside(chrom, start, start + size).tolist() == expected


def test_counts_keep_the_shape_of_the_positions():
    regions = IntervalSet.from_frame(pd.DataFrame({"chrom": ["a"], "start": [2], "end": [5]}))
    positions = np.array([[0, 3], [5, 9]])
    np.testing.assert_array_equal(regions.covered_before("a", positions), [[0, 1], [3, 3]])
    np.testing.assert_array_equal(regions.covered_before("b", positions), np.zeros((2, 2)))
