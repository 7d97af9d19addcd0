from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bench.data.alphabet import decode, encode
from bench.data.examples import ArrayExamples
from bench.interface import BenchError


def letters(codes):
    return [decode(row) for row in codes]


@pytest.fixture
def ragged():
    return ArrayExamples([encode("ACGTA"), encode("CC"), encode("")], np.arange(6).reshape(3, 2))


def test_own_intervals_are_padded_on_the_right(ragged):
    assert letters(ragged.windows()) == ["ACGTA", "CCNNN", "NNNNN"]
    assert ragged.lengths.tolist() == [5, 2, 0]
    assert letters(ragged[1:].windows()) == ["CC", "NN"]


def test_windows_lie_around_the_centre(ragged):
    # Centre 2 of five bases: a window of 2 is [1, 3), one of 3 is [1, 4), one of 4 is [0, 4).
    assert letters(ragged[:1].windows(2)) == ["CG"]
    assert letters(ragged[:1].windows(3)) == ["CGT"]
    assert letters(ragged[:1].windows(4)) == ["ACGT"]
    assert letters(ragged.windows(7)) == ["NACGTAN", "NNCCNNN", "NNNNNNN"]


def test_a_positive_shift_moves_the_window_to_the_right(ragged):
    assert letters(ragged[:1].windows(3, shift=1)) == ["GTA"]
    assert letters(ragged[:2].windows(3, shift=np.array([-1, 1]))) == ["ACG", "CNN"]
    assert letters(ragged[:2].windows(shift=1)) == ["CGTAN", "CNNNN"]


def test_an_item_shows_nothing_beyond_its_own_interval(ragged):
    # Shifted to the left, the second item covers [-1, 1) and no more.
    assert letters(ragged[:2].windows(shift=-1)) == ["NACGT", "NCNNN"]


def test_rows_are_taken_in_the_order_given(ragged):
    part = ragged[np.array([1, 0])]
    assert letters(part.windows()) == ["CCNNN", "ACGTA"]
    assert part.targets().tolist() == [[2, 3], [0, 1]]
    assert len(part) == 2


def test_batches(ragged):
    shifts = np.array([0, 1, 0])
    batches = list(ragged.batches(2, 3, shifts))
    assert [len(batch) for batch in batches] == [2, 1]
    np.testing.assert_array_equal(np.concatenate(batches), ragged.windows(3, shifts))


def test_a_matrix_of_codes():
    codes = np.array([[0, 1, 2], [3, 3, 3]], dtype=np.uint8)
    np.testing.assert_array_equal(ArrayExamples(codes).windows(), codes)


def test_no_items():
    assert ArrayExamples([]).windows().shape == (0, 0)
    assert ArrayExamples([]).windows(5).shape == (0, 5)


def test_targets_of_heads():
    heads = {"human": np.zeros((1, 2)), "mouse": np.ones((1, 3, 4))}
    examples = ArrayExamples([encode("A")], heads)
    assert examples.targets("mouse").shape == (1, 3, 4)
    assert examples.targets("human").dtype == np.float32
    assert len(examples.of_head("mouse")) == 1
    with pytest.raises(BenchError, match=r"no head 'default', expected one of \['human', 'mouse'"):
        examples.targets()
    with pytest.raises(BenchError, match="no head 'fly'"):
        examples.of_head("fly")


def test_targets_and_coordinates_are_hidden_unless_given():
    examples = ArrayExamples([encode("A")])
    assert len(examples.of_head("default")) == 1
    with pytest.raises(BenchError, match="targets are shown in fit only"):
        examples.targets()
    with pytest.raises(BenchError, match="uses_coordinates"):
        _ = examples.items


def test_items_follow_the_rows():
    items = pd.DataFrame({"item": ["a", "b"], "chrom": "chr1", "start": [0, 5], "end": [1, 6]})
    examples = ArrayExamples([encode("A"), encode("C")], items=items)[np.array([1])]
    assert examples.items["item"].tolist() == ["b"]
    assert examples.items.index.tolist() == [0]


def test_lengths_must_agree():
    with pytest.raises(BenchError, match="targets of head 'default' have 2 rows, expected 1"):
        ArrayExamples([encode("A")], np.zeros((2, 1)))
    with pytest.raises(BenchError, match="items have 0 rows, expected 1"):
        ArrayExamples([encode("A")], items=pd.DataFrame({"item": []}))
