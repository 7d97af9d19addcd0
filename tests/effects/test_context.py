"""Items whose flanks are changed: what stays, what stands in its place, and what that costs."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.data.alphabet import N
from bench.data.examples import ArrayExamples
from bench.data.genome import GenomeStore
from bench.effects.context import (
    Core,
    Fill,
    Flanks,
    default_radii,
    other_items,
    predicted_within,
)
from bench.interface import BenchError, HeadShape, TaskKind, TaskShape
from bench.tasks.store import GenomicSequences

FILLS = st.sampled_from(list(Fill))
SHIFTS = st.integers(-9, 9)
LENGTHS = st.none() | st.integers(1, 40)


@st.composite
def sequences(draw, most=30):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    lengths = draw(st.lists(st.integers(1, most), min_size=2, max_size=6))
    return [rng.integers(0, 4, length, dtype=np.uint8) for length in lengths]


def offsets_of(given_sequences, length, shift, columns):
    """Offset of each column from the centre, and whether it is of the window, `(n, columns)`."""
    offsets, inside = [], []
    for codes in given_sequences:
        width = len(codes) if length is None else length
        offsets.append(np.arange(columns) - width // 2 + shift)
        inside.append(np.arange(columns) < width)
    return np.array(offsets), np.array(inside)


@given(sequences(), FILLS, LENGTHS, SHIFTS, st.integers(0, 20), st.integers(0, 5))
def test_what_lies_within_the_radius_stays(given_sequences, fill, length, shift, radius, before):
    items, core = ArrayExamples(given_sequences), Core(before, 2)
    changed = Flanks(items, fill, core).beyond(radius).windows(length, shift)
    plain = items.windows(length, shift)
    assert changed.shape == plain.shape
    offsets, inside = offsets_of(given_sequences, length, shift, plain.shape[1])
    stays = (offsets >= -before - radius) & (offsets <= 2 + radius)
    assert (changed == plain)[stays | ~inside].all()
    if fill is Fill.MASK:
        assert (changed == N)[inside & ~stays].all()


@given(sequences(), FILLS, LENGTHS, st.integers(0, 20))
def test_a_radius_as_far_as_the_window_reaches_changes_nothing(
    given_sequences, fill, length, before
):
    items, core = ArrayExamples(given_sequences), Core(before, 0)
    longest = max(map(len, given_sequences)) if length is None else length
    radius = core.reach(longest)
    changed = Flanks(items, fill, core).beyond(radius)
    assert (changed.windows(length) == items.windows(length)).all()
    assert len(changed) == len(items)
    assert (changed.lengths == items.lengths).all()


@given(st.integers(1, 40), st.integers(0, 9), st.integers(0, 9))
def test_no_smaller_radius_reaches_as_far(length, before, after):
    items, core = ArrayExamples(np.zeros((2, 100), np.uint8)), Core(before, after)
    radius = core.reach(length)
    if radius:
        assert (Flanks(items, Fill.MASK, core).beyond(radius - 1).windows(length) == N).any()


@given(sequences(), st.integers(1, 40), SHIFTS, st.integers(0, 10), st.integers(0, 3))
def test_a_shuffled_flank_keeps_its_dinucleotides(given_sequences, length, shift, radius, seed):
    items = ArrayExamples(given_sequences)
    changed = Flanks(items, Fill.SHUFFLE, Core(), seed=seed).beyond(radius).windows(length, shift)
    plain = items.windows(length, shift)
    centre = length // 2 - shift
    parts = slice(0, max(0, centre - radius)), slice(max(0, centre + radius + 1), length)
    for before, after in zip(plain, changed, strict=True):
        for part in parts:
            assert pairs(before[part]) == pairs(after[part])
            assert (before[part][:1] == after[part][:1]).all()
            assert (before[part][-1:] == after[part][-1:]).all()


def pairs(codes):
    return Counter(zip(codes[:-1].tolist(), codes[1:].tolist(), strict=True))


def test_flanks_are_shuffled_on_their_own_and_the_same_each_time():
    rng = np.random.default_rng(0)
    items = ArrayExamples(rng.integers(0, 4, (5, 200), dtype=np.uint8))
    changed = Flanks(items, Fill.SHUFFLE, Core()).beyond(20)
    whole = changed.windows()
    assert (whole[:, :80] != items.windows()[:, :80]).any(axis=1).all()
    assert (whole[:, 121:] != items.windows()[:, 121:]).any(axis=1).all()
    assert (changed.windows() == whole).all()
    other = Flanks(items, Fill.SHUFFLE, Core(), seed=1).beyond(20).windows()
    assert (other != whole).any(axis=1).all()


@given(sequences(), LENGTHS, SHIFTS, st.integers(0, 10))
def test_a_replaced_flank_stands_at_the_same_offsets_of_another_item(
    given_sequences, length, shift, radius
):
    items = ArrayExamples(given_sequences)
    flanks = Flanks(items, Fill.REPLACE, Core())
    changed = flanks.beyond(radius).windows(length, shift)
    offsets, inside = offsets_of(given_sequences, length, shift, changed.shape[1])
    for row, other in enumerate(flanks.others):
        codes = given_sequences[other]
        for column in np.flatnonzero(inside[row] & (np.abs(offsets[row]) > radius)):
            place = len(codes) // 2 + offsets[row, column]
            expected = codes[place] if 0 <= place < len(codes) else N
            assert changed[row, column] == expected


@given(st.lists(st.integers(0, 2), min_size=1, max_size=40), st.integers(0, 9))
def test_every_item_gets_another_one_of_its_head(numbers, seed):
    numbers = np.array(numbers * 2)
    heads = {str(head): numbers == head for head in range(3)}
    others = other_items(heads, seed)
    assert (others != np.arange(len(numbers))).all()
    assert sorted(others) == list(range(len(numbers)))
    assert (numbers[others] == numbers).all()
    assert (other_items(heads, seed) == others).all()


def test_a_single_item_has_no_other():
    with pytest.raises(BenchError, match="a single item"):
        Flanks(ArrayExamples([np.zeros(9, np.uint8)]), Fill.REPLACE, Core())


@given(sequences(), FILLS, st.integers(1, 40), st.integers(0, 9), st.randoms())
def test_windows_of_some_items_are_those_of_all(given_sequences, fill, length, radius, random):
    changed = Flanks(ArrayExamples(given_sequences), fill, Core()).beyond(radius)
    whole = changed.windows(length)
    rows = np.array(random.sample(range(len(changed)), len(changed) - 1))
    assert (changed[rows].windows(length) == whole[rows]).all()
    assert (changed[1:][:1].windows(length) == whole[1:2]).all()
    batches = np.concatenate(list(changed.batches(2, length)))
    assert (batches == whole).all()


def test_each_item_may_have_its_own_shift():
    rng = np.random.default_rng(3)
    items = ArrayExamples(rng.integers(0, 4, (6, 50), dtype=np.uint8))
    shifts = np.array([-5, 0, 3, 9, -2, 1])
    for fill in Fill:
        changed = Flanks(items, fill, Core()).beyond(6)
        together = changed.windows(21, shifts)
        for row, shift in enumerate(shifts.tolist()):
            alone = changed[row : row + 1].windows(21, shift)
            assert (together[row] == alone[0]).all()


class Genes(ArrayExamples):
    """Items on a genome, some of them read on the other strand."""

    def __init__(self, source, rows):
        self._source, self._rows = source, rows

    def __len__(self):
        return len(self._rows)

    def __getitem__(self, rows):
        return Genes(self._source, self._rows[rows])

    @property
    def lengths(self):
        return self._source.lengths(self._rows)

    def windows(self, length=None, shift=0):
        return self._source.windows(self._rows, length, shift)


@pytest.fixture(scope="module")
def genes(tmp_path_factory):
    rng = np.random.default_rng(1)
    folder = tmp_path_factory.mktemp("genome") / "store"
    codes = rng.integers(0, 4, 400, dtype=np.uint8)
    genome = GenomeStore.from_codes({"a": codes}, folder, "toy")
    starts = rng.integers(60, 300, 12)
    intervals = np.stack([np.zeros(12, int), starts, starts + 1 + np.arange(12)], axis=1)
    turned = np.arange(12) % 2 == 1
    return Genes(GenomicSequences(genome, intervals, turned), np.arange(12)), turned


@pytest.mark.parametrize("length", [None, 20, 21])
@pytest.mark.parametrize("fill", list(Fill))
def test_on_either_strand_a_shift_moves_the_window_and_not_what_stays(genes, fill, length):
    items, turned = genes
    flanks = Flanks(items, fill, Core(), turned=turned)
    for shift in (-6, 0, 3, np.arange(12) - 5):
        plain, changed = items.windows(length, shift), flanks.beyond(2).windows(length, shift)
        far = items.windows(201)
        others = None if flanks.others is None else items[flanks.others].windows(201)
        moved = np.broadcast_to(np.where(turned, -1, 1) * shift, 12)
        widths = items.lengths if length is None else np.full(12, length)
        for row in range(12):
            offsets = np.arange(widths[row]) - widths[row] // 2 + moved[row]
            assert (plain[row, : widths[row]] == far[row, offsets + 100]).all()
            stays = np.abs(offsets) <= 2
            assert (changed[row, : widths[row]][stays] == far[row, offsets + 100][stays]).all()
            if fill is Fill.MASK:
                assert (changed[row, : widths[row]][~stays] == N).all()
            if others is not None:
                expected = others[row, offsets + 100][~stays]
                assert (changed[row, : widths[row]][~stays] == expected).all()


def test_heads_are_told_apart():
    rng = np.random.default_rng(2)
    items = ArrayExamples(rng.integers(0, 4, (8, 30), dtype=np.uint8))
    one = np.arange(8) < 3
    flanks = Flanks(items, Fill.REPLACE, Core(), heads={"one": one, "two": ~one})
    changed = flanks.beyond(4)
    assert (changed.of_head("two").windows() == changed.windows()[3:]).all()
    assert (changed[1:].of_head("one").windows() == changed.windows()[1:3]).all()
    with pytest.raises(BenchError, match="no head 'three'"):
        changed.of_head("three")


def test_what_is_hidden_stays_hidden():
    items = ArrayExamples([np.zeros(9, np.uint8)] * 2)
    changed = Flanks(items, Fill.MASK, Core()).beyond(1)
    with pytest.raises(BenchError, match="targets are shown in fit only"):
        changed.targets()
    with pytest.raises(BenchError, match="uses_coordinates"):
        _ = changed.items
    with pytest.raises(BenchError, match="uses_coordinates"):
        changed.tss_distances()


def test_of_a_profile_the_span_of_the_bins_stays():
    head = HeadShape(targets=("one",), bins=5, bin_width=4)
    core = Core.of(TaskShape(kind=TaskKind.PROFILE, heads={"default": head}))
    assert (core.before, core.after) == (10, 9)
    rng = np.random.default_rng(2)
    items = ArrayExamples(rng.integers(0, 4, (2, 60), dtype=np.uint8))
    masked = Flanks(items, Fill.MASK, core).beyond(7).windows(60)
    assert ((masked != N) == (np.abs(np.arange(60) - 29.5) < 17)).all()
    assert core.reach(60) == 20
    assert core.reach(20) == core.reach(8) == 0
    plain = Core.of(TaskShape(kind=TaskKind.EXPRESSION, heads={"default": HeadShape(targets=())}))
    assert plain == Core(0, 0)
    assert [plain.reach(length) for length in (1, 2, 3, 600)] == [0, 1, 1, 300]


@pytest.mark.parametrize(
    ("reach", "expected"),
    [
        (0, ()),
        (1, ()),
        (2, (1,)),
        (100, (8, 16, 32, 64)),
        (300, (32, 64, 128, 256)),
        (512, (32, 64, 128, 256)),
        (513, (64, 128, 256, 512)),
        (20_000, (64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384)),
    ],
)
def test_radii_are_powers_of_two(reach, expected):
    assert default_radii(reach) == expected


OFFSET = 12


def reads_one_base(examples):
    """Predict 1 where the base at an offset from the centre is A."""
    return (examples.windows(61)[:, 30 + OFFSET] == 0).astype(float)[:, None]


@pytest.mark.parametrize("fill", list(Fill))
def test_a_model_of_one_base_fails_once_the_radius_falls_below_its_offset(fill):
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 4, (400, 61), dtype=np.uint8)
    codes[:200, 30 + OFFSET] = 0
    truth = (codes[:, 30 + OFFSET] == 0).astype(float)
    told = []
    found = dict(
        predicted_within(
            range(OFFSET - 5, OFFSET + 4),
            Flanks(ArrayExamples(codes), fill, Core()),
            reads_one_base,
            lambda done, total, note: told.append((done, total, note)),
        )
    )
    right = {radius: (one[:, 0] == truth).mean() for radius, one in found.items()}
    assert all(right[radius] == 1 for radius in range(OFFSET, OFFSET + 4))
    # The first base of a shuffled flank is the one that stood there.
    first = OFFSET - 1 if fill is Fill.SHUFFLE else OFFSET
    assert all(right[radius] < 0.75 for radius in range(OFFSET - 5, first))
    assert told == [(400 * (place + 1), 3600, f"{radius} bp") for place, radius in enumerate(found)]
