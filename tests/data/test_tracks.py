from __future__ import annotations

import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.data.tracks import Steps, StepTrack, coverage_steps, point_steps
from bench.interface.errors import BenchError

LENGTH = 60


def bases_by_loop(steps, outside, start, end):
    """Value of each base, one base after the other."""
    values = []
    for base in range(start, end):
        value = outside if 0 <= base < LENGTH else np.nan
        for low, high, number in zip(*steps, strict=True):
            if low <= base < high:
                value = number
        values.append(value)
    return np.array(values, dtype=np.float32)


@st.composite
def disjoint_steps(draw):
    borders = sorted(draw(st.sets(st.integers(0, LENGTH), max_size=12)))
    pairs = [pair for pair in pairwise(borders) if draw(st.booleans())]
    starts = np.array([low for low, _ in pairs], dtype=np.int64)
    ends = np.array([high for _, high in pairs], dtype=np.int64)
    return Steps(starts, ends, np.arange(1, len(pairs) + 1, dtype=np.float32))


@given(
    disjoint_steps(),
    st.sampled_from([0.0, np.nan]),
    st.integers(-10, LENGTH + 10),
    st.integers(0, 80),
)
def test_steps_are_laid_base_by_base(steps, outside, start, size):
    track = StepTrack({"a": LENGTH}, {"a": steps}, outside)
    found = track.values("a", start, start + size)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, bases_by_loop(steps, outside, start, start + size))


@given(st.lists(st.tuples(st.integers(0, LENGTH - 1), st.integers(1, 5)), min_size=1))
def test_points_on_one_base_are_summed(points):
    positions, weights = np.array(points, dtype=np.int64).T
    expected = np.zeros(LENGTH)
    for position, weight in points:
        expected[position] += weight
    track = StepTrack({"a": LENGTH}, {"a": point_steps(positions, weights * 1.0)}, 0.0)
    np.testing.assert_array_equal(track.values("a", 0, LENGTH), expected)


@given(
    st.lists(
        st.tuples(st.integers(0, LENGTH - 10), st.integers(1, 10), st.integers(1, 3)), min_size=1
    )
)
def test_intervals_cover_what_they_hold(intervals):
    starts, sizes, weights = np.array(intervals, dtype=np.int64).T
    expected = np.zeros(LENGTH)
    for start, size, weight in intervals:
        expected[start : start + size] += weight
    steps = coverage_steps(starts, starts + sizes, weights * 1.0)
    assert (steps.starts[1:] >= steps.ends[:-1]).all()
    track = StepTrack({"a": LENGTH}, {"a": steps}, 0.0)
    np.testing.assert_array_equal(track.values("a", 0, LENGTH), expected)


def test_a_chromosome_without_data_is_known_and_another_is_not():
    track = StepTrack({"chr1": 5, "chr2": 5}, {}, 0.0)
    np.testing.assert_array_equal(track.values("chr2", 3, 7), [0, 0, np.nan, np.nan])
    assert len(track.values("chr2", 3, 1)) == 0
    with pytest.raises(BenchError, match=r"no chromosome '1'; known: chr1, chr2"):
        track.values("1", 0, 5)


def test_a_track_can_be_sent_to_another_process():
    steps = point_steps(np.array([2]), np.array([4.0]))
    track = pickle.loads(pickle.dumps(StepTrack({"a": 4}, {"a": steps}, 0.0)))
    np.testing.assert_array_equal(track.values("a", 0, 4), [0, 0, 4, 0])
