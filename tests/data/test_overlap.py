from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.data.overlap import rows_touching, widened

INTERVALS = st.lists(
    st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 60), st.integers(1, 12)), max_size=12
)


def frame(rows):
    return pd.DataFrame(
        [(chrom, start, start + width) for chrom, start, width in rows],
        columns=["chrom", "start", "end"],
    )


@given(INTERVALS, INTERVALS, st.integers(0, 20))
@settings(max_examples=80, deadline=None)
def test_equals_comparing_every_pair(left, right, context):
    def wide(row):
        centre = (row[1] + row[1] + row[2]) // 2
        begin = centre - context // 2
        return row[0], min(row[1], begin), max(row[1] + row[2], begin + context)

    def touch(one, other):
        return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]

    expected = [any(touch(wide(row), wide(other)) for other in right) for row in left]
    assert rows_touching(frame(left), frame(right), context).tolist() == expected


def test_neighbours_touch_only_in_context():
    left, right = frame([("a", 0, 10)]), frame([("a", 10, 10)])
    assert not rows_touching(left, right)[0]
    assert rows_touching(left, right, 11)[0]


def test_widening_never_shrinks():
    low, high = widened(np.array([0, 100]), np.array([50, 110]), 20)
    assert low.tolist() == [0, 95]
    assert high.tolist() == [50, 115]
