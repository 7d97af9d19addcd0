from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.data.sequences import SequenceStore


@given(
    st.lists(st.lists(st.integers(0, 4), max_size=20), min_size=1, max_size=6),
    st.one_of(st.none(), st.integers(0, 30)),
    st.integers(-25, 25),
)
@settings(max_examples=80, deadline=None)
def test_windows_equal_a_slow_reference(tmp_path_factory, sequences, length, shift):
    arrays = [np.array(codes, dtype=np.uint8) for codes in sequences]
    store = SequenceStore.from_arrays(arrays, tmp_path_factory.mktemp("s") / "store")
    rows = np.arange(len(arrays))[::-1]
    width = max(map(len, sequences)) if length is None else length
    expected = []
    for row in rows:
        codes = sequences[row]
        start = shift if length is None else len(codes) // 2 - length // 2 + shift
        read = len(codes) if length is None else length
        line = [codes[at] if 0 <= at < len(codes) else 4 for at in range(start, start + read)]
        expected.append(line + [4] * (width - len(line)))
    assert store.windows(rows, length, shift).tolist() == expected
    shifts = np.full(len(rows), shift)
    assert store.windows(rows, length, shifts).tolist() == expected
    assert store.lengths.tolist() == [len(codes) for codes in sequences]
    assert store[0].tolist() == sequences[0]
    assert len(store) == len(sequences)


def test_nothing_is_overwritten(tmp_path):
    SequenceStore.from_arrays([np.zeros(3, np.uint8)], tmp_path / "store")
    with pytest.raises(FileExistsError):
        SequenceStore.from_arrays([np.zeros(3, np.uint8)], tmp_path / "store")
