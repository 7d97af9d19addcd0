from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.data import binning
from bench.data.binning import BinRules, binned, binned_windows
from bench.data.interval_set import IntervalSet
from bench.data.tracks import Steps, StepTrack
from bench.interface.errors import BenchError

GENOME = {"a": 40, "b": 25}


def track_of(bases):
    """A track of the bases of each chromosome."""
    return StepTrack(
        {chrom: len(values) for chrom, values in bases.items()},
        {
            chrom: Steps(np.arange(len(values)), np.arange(1, len(values) + 1), values)
            for chrom, values in bases.items()
        },
        np.nan,
    )


def regions(*rows):
    return IntervalSet.from_frame(pd.DataFrame(rows, columns=["chrom", "start", "end"]))


def bin_by_loop(bases, chrom, start, width, rules, unmappable, blacklist):
    """One bin, one base after the other."""
    known = []
    for base in range(start, start + width):
        if not 0 <= base < len(bases[chrom]):
            return math.nan
        if any(name == chrom and low <= base < high for name, low, high in blacklist):
            return math.nan
        value = float(bases[chrom][base])
        if any(name == chrom and low <= base < high for name, low, high in unmappable):
            value = math.nan
        if not math.isnan(value):
            known.append(rules.scale * value)
        elif rules.unknown == "zero":
            known.append(0.0)
    missing = width - len(known)
    if not known or missing / width > rules.most_unknown:
        return math.nan
    value = sum(known) / len(known)
    if rules.statistic != "mean":
        value *= width
    if rules.statistic == "sum_sqrt":
        value = math.sqrt(1 + value) - 1
    if rules.clip_soft is not None and value > rules.clip_soft:
        value = rules.clip_soft - 1 + math.sqrt(value - rules.clip_soft + 1)
    return value if rules.clip is None else min(value, rules.clip)


REGIONS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 20), st.integers(1, 6)).map(
        lambda row: (row[0], row[1], row[1] + row[2])
    ),
    min_size=1,
    max_size=3,
)
BASES = st.sampled_from([0.0, 0.5, 1.0, 3.0, 20.0, math.nan])


@given(
    st.lists(BASES, min_size=40, max_size=40),
    st.lists(BASES, min_size=25, max_size=25),
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(-8, 45)), min_size=1, max_size=4),
    st.integers(1, 3),
    st.integers(1, 8),
    st.sampled_from(["sum", "mean", "sum_sqrt"]),
    st.sampled_from(["zero", "keep"]),
    st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    st.sampled_from([0.5, 1.0, 2.0]),
    st.sampled_from([None, 0.5, 4.0]),
    st.sampled_from([None, 5.0]),
    REGIONS,
    REGIONS,
)
def test_bins_are_what_a_loop_over_bases_gives(
    first, second, windows, bins, width, statistic, unknown, most, scale, soft, clip, dark, bad
):
    bases = {"a": np.array(first, np.float32), "b": np.array(second, np.float32)}
    rules = BinRules(
        statistic=statistic,
        unknown=unknown,
        most_unknown=most,
        scale=scale,
        clip_soft=soft,
        clip=clip,
        unmappable=regions(*dark),
        blacklist=regions(*bad),
    )
    chroms = [chrom for chrom, _ in windows]
    starts = np.array([start for _, start in windows])
    found = binned_windows(track_of(bases), chroms, starts, bins, width, rules)
    assert found.dtype == np.float32
    expected = [
        [
            bin_by_loop(bases, chrom, start + width * place, width, rules, dark, bad)
            for place in range(bins)
        ]
        for chrom, start in windows
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    one = binned(track_of(bases), chroms[0], int(starts[0]), bins, width, rules)
    np.testing.assert_array_equal(one, found[0])


def test_the_soft_limit_is_the_identity_up_to_it_and_grows_as_a_root_above():
    bases = {"a": np.array([63, 64, 65, 67, 72, 1087], np.float32)}
    rules = BinRules(clip_soft=64)
    found = binned(track_of(bases), "a", 0, 6, 1, rules)
    np.testing.assert_allclose(found, [63, 64, 63 + 2**0.5, 65, 66, 95], rtol=1e-6)
    limited = binned(track_of(bases), "a", 0, 6, 1, BinRules(clip_soft=64, clip=70))
    assert limited.tolist()[-1] == 70


def test_many_windows_are_read_block_by_block(monkeypatch):
    rng = np.random.default_rng(0)
    bases = {"a": rng.random(40, np.float32), "b": rng.random(25, np.float32)}
    chroms = np.array(["a", "b"])[rng.integers(0, 2, 50)]
    starts = rng.integers(-5, 30, 50)
    whole = binned_windows(track_of(bases), chroms, starts, 3, 4, BinRules())
    monkeypatch.setattr(binning, "BLOCK_BASES", 30)
    again = binned_windows(track_of(bases), chroms, starts, 3, 4, BinRules())
    np.testing.assert_array_equal(again, whole)


def test_no_windows_give_no_rows():
    track = track_of({"a": np.ones(4, np.float32)})
    assert binned_windows(track, [], np.empty(0, int), 3, 2, BinRules()).shape == (0, 3)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("statistic", "max", "statistic 'max', expected sum, mean or sum_sqrt"),
        ("unknown", "drop", "unknown 'drop', expected zero or keep"),
        ("most_unknown", 1.5, "most_unknown 1.5, expected within 0 to 1"),
        ("most_unknown", math.nan, "most_unknown nan"),
        ("clip", 0.0, "clip 0.0, expected a finite number above 0"),
        ("clip_soft", math.inf, "clip_soft inf"),
        ("scale", -1.0, "scale -1.0"),
    ],
)
def test_rules_that_cannot_be_kept(field, value, message):
    with pytest.raises(BenchError, match=message):
        BinRules(**{field: value})


def test_windows_that_cannot_be_read():
    track = track_of({"a": np.ones(4, np.float32)})
    with pytest.raises(BenchError, match="0 bins of 2 bp"):
        binned(track, "a", 0, 0, 2, BinRules())
    with pytest.raises(BenchError, match="no chromosome 'c'"):
        binned(track, "c", 0, 1, 2, BinRules())
    with pytest.raises(BenchError, match="1 chromosomes and 2 starts"):
        binned_windows(track, ["a"], np.array([0, 1]), 1, 2, BinRules())


def test_a_chromosome_that_a_track_lacks_is_unknown_even_where_unknown_is_0():
    track = track_of({"a": np.ones(40, np.float32)})
    track.chromosomes = GENOME
    track.missing = frozenset({"b"})
    values = binned_windows(track, ["a", "b"], np.zeros(2, np.int64), 2, 10, BinRules())
    np.testing.assert_array_equal(values, [[10, 10], [np.nan, np.nan]])
