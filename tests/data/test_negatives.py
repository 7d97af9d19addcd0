from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.data.alphabet import encode
from bench.data.genome import GenomeStore
from bench.data.negatives import matched_windows
from bench.interface.errors import BenchError

COLUMNS = ["chrom", "start", "end"]


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    """Two chromosomes whose G+C content drifts, with runs of N."""
    rng = np.random.default_rng(11)
    chromosomes = {}
    for name, length in (("a", 30_000), ("b", 12_000)):
        gc = 0.5 + 0.25 * np.sin(np.arange(length) / 900)
        strong = rng.random(length) < gc
        codes = np.where(strong, rng.integers(1, 3, length), 3 * rng.integers(0, 2, length))
        codes = codes.astype(np.uint8)
        codes[:300] = codes[5_000:5_200] = codes[-100:] = 4
        chromosomes[name] = codes
    folder = tmp_path_factory.mktemp("genome") / "g"
    return GenomeStore.from_codes(chromosomes, folder, "toy")


def frame(rows):
    return pd.DataFrame(rows, columns=COLUMNS)


def gc_content(codes):
    return ((codes == 1) | (codes == 2)).sum() / (codes != 4).sum()


def overlaps(one, other):
    return one.chrom == other.chrom and one.start < other.end and other.start < one.end


POSITIVES = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 11_000), st.integers(1, 400)),
    max_size=12,
).map(lambda rows: frame([(chrom, start, start + length) for chrom, start, length in rows]))


def check(genome, positives, exclude, found, tolerance, per_positive):
    windows = list(found.windows.itertuples())
    counts = np.bincount(found.windows["parent"], minlength=len(positives))
    assert (counts + found.missing == per_positive).all()
    assert found.shortfall == per_positive * len(positives) - len(windows)
    assert found.windows["parent"].is_monotonic_increasing
    forbidden = [*positives.itertuples(), *exclude.itertuples()]
    for place, window in enumerate(windows):
        parent = positives.iloc[window.parent]
        assert window.chrom == parent["chrom"]
        assert window.end - window.start == parent["end"] - parent["start"]
        assert window.start >= 0
        assert window.end <= genome.chromosomes[window.chrom]
        codes = genome.sequence(window.chrom, window.start, window.end)
        assert (codes != 4).all()
        target = gc_content(genome.sequence(parent["chrom"], parent["start"], parent["end"]))
        assert abs(gc_content(codes) - target) <= tolerance + 1e-9
        others = [*forbidden, *windows[:place]]
        assert not any(overlaps(window, other) for other in others)


@settings(max_examples=60, deadline=None)
@given(
    positives=POSITIVES,
    exclude=POSITIVES,
    per_positive=st.integers(1, 3),
    seed=st.integers(0, 99),
    tolerance=st.sampled_from([0.0, 0.02, 0.2]),
)
def test_windows_match_and_overlap_nothing(
    genome, positives, exclude, per_positive, seed, tolerance
):
    found = matched_windows(
        genome,
        positives,
        exclude,
        seed=seed,
        gc_tolerance=tolerance,
        per_positive=per_positive,
        trials=1_000,
    )
    assert list(found.windows.columns) == [*COLUMNS, "parent"]
    check(genome, positives, exclude, found, tolerance, per_positive)


def spread(count):
    rng = np.random.default_rng(12)
    starts = np.concatenate([np.arange(400, 4_900, 120), np.arange(5_300, 11_000, 120)])
    starts = np.sort(rng.choice(starts, size=count, replace=False))
    return frame([("a" if start % 3 else "b", start, start + 60) for start in starts])


def test_all_positives_of_an_ordinary_genome_are_matched(genome):
    found = matched_windows(genome, spread(30), seed=1, per_positive=2)
    assert found.shortfall == 0
    assert len(found.windows) == 60
    assert found.windows["parent"].tolist() == np.repeat(np.arange(30), 2).tolist()


def test_the_same_seed_gives_the_same_windows_and_another_seed_others(genome):
    positives = spread(20)
    first = matched_windows(genome, positives, positives, seed=3).windows
    again = matched_windows(genome, positives, positives, seed=3).windows
    other = matched_windows(genome, positives, positives, seed=4).windows
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_the_order_of_positives_does_not_matter(genome):
    positives = spread(20)
    order = np.random.default_rng(0).permutation(20)
    first = matched_windows(genome, positives, seed=3).windows
    moved = matched_windows(genome, positives.iloc[order], seed=3).windows
    moved["parent"] = order[moved["parent"]]
    moved = moved.sort_values("parent", ignore_index=True)
    pd.testing.assert_frame_equal(first, moved)


def test_one_more_positive_changes_only_what_it_collides_with(genome):
    positives = spread(15)
    first = matched_windows(genome, positives, seed=3).windows
    more = pd.concat([positives, frame([("a", 20_000, 20_050)])], ignore_index=True)
    after = matched_windows(genome, more, seed=3).windows
    same = (first[COLUMNS] == after[COLUMNS].iloc[:15]).all(axis=1)
    assert same.sum() >= 13


def test_equal_positives_get_different_windows(genome):
    found = matched_windows(genome, frame([("b", 700, 760)] * 4), seed=1)
    assert found.shortfall == 0
    assert found.windows["start"].nunique() == 4


def test_windows_are_spread_over_the_chromosome(genome):
    found = matched_windows(
        genome, frame([("a", 10_000, 10_001)]), seed=1, gc_tolerance=1.0, per_positive=400
    )
    starts = found.windows["start"].to_numpy()
    assert len(starts) == 400
    quarters = np.bincount(starts // 7_500, minlength=4)
    assert (np.abs(quarters - 100) < 45).all()


def test_what_cannot_be_matched_is_counted(tmp_path):
    rich, poor = "GC" * 100, "AT" * 400
    codes = encode(rich + poor + "N" * 50 + poor)
    genome = GenomeStore.from_codes({"c": codes}, tmp_path / "g", "odd")
    positives = frame([("c", 0, 100), ("c", 300, 400), ("c", 1_000, 1_050), ("c", 0, 1_850)])
    found = matched_windows(genome, positives, seed=1, per_positive=2, trials=500)
    # The last positive covers the whole chromosome, so that nothing is free.
    assert found.missing.tolist() == [2, 2, 2, 2]
    assert found.windows.empty
    found = matched_windows(genome, positives[:3], seed=1, per_positive=2)
    assert found.missing.tolist() == [1, 0, 2]
    assert found.shortfall == 3
    assert found.windows["start"].iloc[0] in {100, 101, 102}


def test_no_positives_give_no_windows(genome):
    found = matched_windows(genome, frame([]), seed=1)
    assert found.windows.empty
    assert found.shortfall == 0


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("z", 0, 10), "genome toy has no chromosome 'z'"),
        (("b", 11_990, 12_001), "b:11990-12001, expected an interval in 0-12000"),
        (("b", -1, 10), "b:-1-10, expected an interval in 0-12000"),
        (("b", 10, 10), "b:10-10, expected an interval in 0-12000"),
    ],
)
def test_positives_that_the_genome_does_not_have_are_refused(genome, row, message):
    with pytest.raises(BenchError, match=message):
        matched_windows(genome, frame([("a", 500, 600), row]), seed=1)
