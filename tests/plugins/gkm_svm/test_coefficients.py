"""Against published values, sums over all l-mers, and what the filters must satisfy."""

from __future__ import annotations

from itertools import product
from math import comb

import numpy as np
import pytest

from bench_gkm_svm.coefficients import Similarity, coefficients, estimation_filter

COUNT = {(11, 7): [330, 120, 36, 8, 1, 0], (10, 6): [210, 84, 28, 7, 1, 0]}
FULL = {
    (11, 7): [
        2.866955e-1, 6.257057e-2, 4.171371e-3, -2.317429e-3, -1.544952e-4, 3.604889e-4,
        -8.583069e-5, -7.438660e-5, 1.049042e-4, -8.201599e-5, 5.149841e-5, -2.861023e-5,
    ],
    (10, 6): [
        2.241249e-1, 5.839920e-2, 6.488800e-3, -2.162933e-3, -5.149841e-4, 4.463196e-4,
        -1.144409e-5, -1.792908e-4, 1.869202e-4, -1.335144e-4, 8.010864e-5,
    ],
}  # fmt: skip
TRUNCATED = {
    (11, 7): [2.200050e-1, 6.041188e-2, 1.331924e-2, 1.774835e-3, 1.044020e-4, 0, 0],
    (10, 6): [1.695983e-1, 5.573481e-2, 1.495050e-2, 2.778899e-3, 2.526272e-4, 0, 0],
}


@pytest.mark.parametrize("size", COUNT)
@pytest.mark.parametrize(
    ("similarity", "published"),
    [(Similarity.COUNT, COUNT), (Similarity.FULL, FULL), (Similarity.TRUNCATED, TRUNCATED)],
)
def test_published_values(similarity, published, size):
    expected = published[size]
    found = coefficients(similarity, *size, d=size[0])
    assert found.shape == (size[0] + 1,)
    np.testing.assert_allclose(found[: len(expected)], expected, rtol=5e-7, atol=1e-12)


def test_more_than_d_mismatches_do_not_count():
    found = coefficients(Similarity.TRUNCATED, 11, 7, 3)
    assert found[3] > 0
    assert (found[4:] == 0).all()


@pytest.mark.parametrize(("l", "k"), [(3, 1), (5, 3), (8, 8), (12, 6)])
def test_the_weights_of_all_lmers_sum_to_one(l, k):
    weights = estimation_filter(l, k)
    assert sum(comb(l, m) * 3**m * weight for m, weight in enumerate(weights)) == 1


def mismatches(l):
    words = np.array(list(product(range(4), repeat=l)))
    return (words[:, None, :] != words).sum(axis=2)


@pytest.mark.parametrize(("l", "k"), [(3, 2), (4, 2), (4, 3), (5, 3)])
def test_similarities_are_sums_over_all_lmers(l, k):
    distance = mismatches(l)
    full = coefficients(Similarity.FULL, l, k, l)
    # The filter is a projection: applied twice it is itself.
    np.testing.assert_allclose(full[distance] @ full[distance], full[distance], atol=1e-12)
    cut = next((m for m, value in enumerate(full) if value <= 0), l + 1)
    kept = np.where(np.arange(l + 1) < cut, full, 0)[distance]
    truncated = coefficients(Similarity.TRUNCATED, l, k, l)
    np.testing.assert_allclose(truncated[distance], kept @ kept, atol=1e-12)


@pytest.mark.parametrize(("l", "k"), [(4, 2), (5, 3)])
def test_counts_are_those_of_shared_gapped_kmers(l, k):
    from itertools import combinations

    words = np.array(list(product(range(4), repeat=l)))
    shared = sum(
        (words[:, None, list(kept)] == words[:, list(kept)]).all(axis=2)
        for kept in combinations(range(l), k)
    )
    np.testing.assert_array_equal(coefficients(Similarity.COUNT, l, k, l)[mismatches(l)], shared)
