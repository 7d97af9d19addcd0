"""Compiled loops keep as many processor cores busy as they may and as there are parts."""

from __future__ import annotations

import numba
import pytest

from bench_gkm_svm.threads import threads, threads_for

MOST = numba.config.NUMBA_NUM_THREADS


@pytest.mark.parametrize(
    ("parts", "expected"), [(1, 1), (MOST, MOST), (10 * MOST, MOST), (max(1, MOST - 1),) * 2]
)
def test_no_more_threads_than_parts(parts, expected):
    before = numba.get_num_threads()
    with threads(10 * MOST):
        assert numba.get_num_threads() == MOST
        with threads_for(parts):
            assert numba.get_num_threads() == expected
        assert numba.get_num_threads() == MOST
    assert numba.get_num_threads() == before


def test_parts_do_not_ask_for_more_threads_than_allowed():
    with threads(1), threads_for(100):
        assert numba.get_num_threads() == 1
