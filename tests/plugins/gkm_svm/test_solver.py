"""Machines against LIBSVM, and projections against what defines them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.svm import SVC, SVR

from bench_gkm_svm.dual import DualProblem, classification, regression
from bench_gkm_svm.normalised import DenseProduct
from bench_gkm_svm.projection import project
from bench_gkm_svm.schedule import solve_all
from bench_gkm_svm.solver import Solution

COUNT = 120


class Exact:
    """A matrix that multiplies in float64, and remembers how many vectors came at once."""

    def __init__(self, matrix: NDArray[np.float64]) -> None:
        self.matrix = torch.from_numpy(matrix)
        self.columns: list[int] = []

    def __call__(self, vectors: torch.Tensor) -> torch.Tensor:
        self.columns.append(vectors.shape[1])
        return self.matrix @ vectors

    def exact(self) -> Exact:
        return self


def overlapping_kernel(seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a normalised kernel of points of which many are almost alike, and their labels."""
    generator = np.random.default_rng(seed)
    base = generator.normal(size=(COUNT // 3, 6)) + 1
    points = np.repeat(base, 3, axis=0) + 0.05 * generator.normal(size=(COUNT, 6))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    matrix = np.exp(2 * (points @ points.T - 1)) + 0.01 * np.eye(COUNT)
    scale = np.sqrt(np.diag(matrix))
    labels = (points[:, 0] + 0.3 * generator.normal(size=COUNT) > 0.35).astype(float)
    return matrix / scale / scale[:, None], labels


def decisions(matrix: NDArray[np.float64], solution: Solution) -> NDArray[np.float64]:
    return matrix @ solution.beta.numpy() - solution.rho


def solved(problem: DualProblem, matrix: NDArray[np.float64], **more: Any) -> Solution:
    return solve_all([problem], Exact(matrix), **{"tolerance": 1e-7, **more})[0]


@pytest.mark.parametrize("cost", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("weight", [1.0, 4.0])
def test_classification_is_that_of_libsvm(cost: float, weight: float) -> None:
    matrix, labels = overlapping_kernel()
    peer = SVC(C=cost, kernel="precomputed", tol=1e-8, class_weight={1: weight})
    peer.fit(matrix, labels)
    solution = solved(classification(torch.from_numpy(labels), cost, weight), matrix)
    assert solution.converged
    np.testing.assert_allclose(
        decisions(matrix, solution), peer.decision_function(matrix), atol=5e-5
    )
    beta = np.zeros(COUNT)
    beta[peer.support_] = peer.dual_coef_[0]
    objective = beta @ matrix @ beta / 2 - np.abs(beta).sum()
    assert solution.objective == pytest.approx(objective, abs=1e-5)
    assert float(solution.beta.sum()) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("tube", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("cost", [0.1, 10.0])
def test_regression_is_that_of_libsvm(tube: float, cost: float) -> None:
    matrix, labels = overlapping_kernel(1)
    targets = 2 * labels + np.random.default_rng(2).normal(size=COUNT)
    peer = SVR(C=cost, epsilon=tube, kernel="precomputed", tol=1e-8).fit(matrix, targets)
    solution = solved(regression(torch.from_numpy(targets), cost, tube), matrix)
    assert solution.converged
    np.testing.assert_allclose(decisions(matrix, solution), peer.predict(matrix), atol=5e-5)


@pytest.mark.parametrize("weight", [1.0, 3.0])
def test_the_squared_hinge_is_a_hard_margin_with_a_ridge(weight: float) -> None:
    matrix, labels = overlapping_kernel()
    costs = np.where(labels > 0, 0.7 * weight, 0.7)
    ridged = matrix + np.diag(1 / (2 * costs))
    peer = SVC(C=1e8, kernel="precomputed", tol=1e-8).fit(ridged, labels)
    problem = classification(torch.from_numpy(labels), 0.7, weight, squared_hinge=True)
    solution = solved(problem, matrix)
    beta = np.zeros(COUNT)
    beta[peer.support_] = peer.dual_coef_[0]
    np.testing.assert_allclose(solution.beta.numpy(), beta, atol=2e-5)
    assert solution.rho == pytest.approx(-peer.intercept_[0], abs=2e-6)


def test_sequences_without_a_label_take_no_part() -> None:
    matrix, labels = overlapping_kernel()
    labels[::4] = np.nan
    known = np.flatnonzero(~np.isnan(labels))
    solution = solved(classification(torch.from_numpy(labels), 1.0), matrix)
    part = matrix[np.ix_(known, known)]
    alone = solved(classification(torch.from_numpy(labels[known]), 1.0), part)
    assert (solution.beta[::4] == 0).all()
    np.testing.assert_allclose(solution.beta[known], alone.beta, atol=1e-5)
    assert solution.objective == pytest.approx(alone.objective)


def test_several_machines_are_multiplied_together_and_solved_apart() -> None:
    matrix, labels = overlapping_kernel()
    problems = [classification(torch.from_numpy(labels), cost) for cost in (0.1, 1.0, 10.0)]
    product = Exact(matrix)
    together = solve_all(problems, product, tolerance=1e-7, together=3)
    assert max(product.columns) == 3
    for problem, solution in zip(problems, together, strict=True):
        alone = solved(problem, matrix)
        # Several columns are added up in another order than one, differently on each processor;
        # what the solver promises are decision values.
        np.testing.assert_allclose(
            matrix @ solution.beta.numpy(), matrix @ alone.beta.numpy(), atol=1e-6
        )
        np.testing.assert_allclose(solution.beta, alone.beta, atol=1e-5)


def test_a_start_near_the_solution_saves_products() -> None:
    matrix, labels = overlapping_kernel()
    first = solved(classification(torch.from_numpy(labels), 1.0), matrix)
    problem = classification(torch.from_numpy(labels), 1.1)
    cold = solved(problem, matrix)
    warm = solve_all([problem], Exact(matrix), starts=[first.beta], tolerance=1e-7)[0]
    assert warm.products < cold.products
    assert warm.objective == pytest.approx(cold.objective)


def test_a_machine_that_is_given_up_says_so() -> None:
    matrix, labels = overlapping_kernel()
    problem = classification(torch.from_numpy(labels), 1.0)
    solution = solved(problem, matrix, most_products=5)
    assert not solution.converged
    assert solution.violation > 1e-7


def test_float32_is_checked_in_float64() -> None:
    matrix, labels = overlapping_kernel()

    class Rough(Exact):
        """Multiplies with errors at first."""

        def __call__(self, vectors: torch.Tensor) -> torch.Tensor:
            product = super().__call__(vectors)
            return product + 1e-3 * torch.sin(1e6 * product)

        def exact(self) -> Exact:
            return Exact(self.matrix.numpy())

    problem = classification(torch.from_numpy(labels), 1.0)
    solution = solve_all([problem], Rough(matrix), tolerance=1e-5, most_products=300)[0]
    assert solution.violation <= 1e-5
    assert solution.objective == pytest.approx(solved(problem, matrix).objective, abs=1e-6)


def test_progress_rises_to_its_end() -> None:
    matrix, labels = overlapping_kernel()
    told: list[tuple[int, int]] = []
    problems = [classification(torch.from_numpy(labels), cost) for cost in (1.0, 10.0)]
    solve_all(
        problems,
        DenseProduct(matrix.astype(np.float32)),
        progress=lambda done, total, _="": told.append((done, total)),
    )
    assert told[-1] == (200, 200)
    assert all(0 <= done <= total for done, total in told)


numbers = st.floats(-3, 3, allow_nan=False)


@settings(deadline=None, max_examples=200)
@given(
    points=st.lists(numbers, min_size=1, max_size=12),
    tube=st.sampled_from([0.0, 0.4]),
    infinite=st.booleans(),
    data=st.data(),
)
def test_projections_are_feasible_and_nearest(
    points: list[float], tube: float, infinite: bool, data: st.DataObject
) -> None:
    size = len(points)
    signs = torch.tensor(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    bound = torch.inf if infinite else 1.0
    problem = DualProblem(
        torch.zeros(size, dtype=torch.float64),
        torch.where(signs, 0.0, -bound).double(),
        torch.where(signs, bound, 0.0).double(),
    )
    point = torch.tensor(points, dtype=torch.float64)
    found = project(point, problem, tube)
    assert float(found.sum()) == pytest.approx(0, abs=1e-9)
    assert ((found >= problem.lower) & (found <= problem.upper)).all()

    def distance(x: torch.Tensor) -> float:
        return float(((x - point) ** 2).sum() / 2 + tube * x.abs().sum())

    # No feasible move of two coefficients comes nearer.
    for i in range(size):
        for j in range(size):
            for length in (1e-4, 1e-2, 0.3):
                other = found.clone()
                other[i] += length
                other[j] -= length
                if ((other >= problem.lower) & (other <= problem.upper)).all():
                    assert distance(other) >= distance(found) - 1e-9


def test_rounding_ends_the_search_instead_of_prolonging_it() -> None:
    matrix, labels = overlapping_kernel()

    class Noisy(Exact):
        """Multiplies with errors that never go away."""

        def __call__(self, vectors: torch.Tensor) -> torch.Tensor:
            product = super().__call__(vectors)
            return product + 1e-3 * torch.sin(1e7 * product)

        def exact(self) -> Noisy:
            return self

    problem = classification(torch.from_numpy(labels), 1.0)
    solution = solve_all([problem], Noisy(matrix), tolerance=1e-9)[0]
    assert not solution.converged
    assert solution.products < 5000
