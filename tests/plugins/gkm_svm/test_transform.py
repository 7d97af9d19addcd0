"""The transform against the matrix that it stands for."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch

from bench_gkm_svm.coefficients import Similarity, coefficients
from bench_gkm_svm.transform import (
    SimilarityTransform,
    eigenvalues,
    factor_orders,
    hadamard,
    krawtchouk,
    nontrivial_positions,
)


def matrix(values):
    """Similarities of all pairs of l-mers."""
    words = np.array(list(product(range(4), repeat=len(values) - 1)))
    return values[(words[:, None, :] != words).sum(axis=2)]


@pytest.mark.parametrize("similarity", Similarity)
@pytest.mark.parametrize(("l", "k"), [(3, 2), (4, 3), (5, 3)])
def test_products_with_the_matrix(similarity, l, k):
    values = coefficients(similarity, l, k, l)
    table = torch.from_numpy(np.random.default_rng(0).normal(size=(4**l, 3)))
    found = SimilarityTransform(values, dtype=torch.float64)(table)
    np.testing.assert_allclose(found, matrix(values) @ table.numpy(), atol=1e-12)


def test_one_lmer_is_as_similar_to_others_as_their_mismatches_say():
    values = coefficients(Similarity.TRUNCATED, 8, 5, 3)
    table = torch.zeros(4**8, 1)
    table[1234] = 1
    found = SimilarityTransform(values)(table)[:, 0]
    others = np.arange(4**8) ^ 1234
    mismatches = sum((others >> 2 * place) & 3 != 0 for place in range(8))
    np.testing.assert_allclose(found, values[mismatches], atol=1e-6)


def test_eigenvalues_are_those_of_the_matrix():
    values = coefficients(Similarity.COUNT, 4, 2, 4)
    expected = np.linalg.eigvalsh(matrix(values))
    found = eigenvalues(values)[nontrivial_positions(4)]
    np.testing.assert_allclose(np.sort(found), expected, atol=1e-9)


def test_krawtchouk_polynomials_are_orthogonal():
    from math import comb

    l = 6
    table = np.array([[krawtchouk(l, m, w) for w in range(l + 1)] for m in range(l + 1)])
    weights = np.array([comb(l, w) * 3**w for w in range(l + 1)])
    products = (table * weights) @ table.T
    assert (products == np.diag(4**l * weights)).all()


@pytest.mark.parametrize("l", range(3, 13))
def test_factors(l):
    orders = factor_orders(4**l)
    assert np.prod(orders) == 4**l
    assert max(orders) <= 64
    assert max(orders) <= 2 * min(orders)


def test_hadamard_matrices_are_their_own_inverse():
    found = hadamard(16, "cpu", torch.float64)
    torch.testing.assert_close(found @ found, 16 * torch.eye(16, dtype=torch.float64))
