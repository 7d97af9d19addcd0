"""Least squares and logistic regression on a handful of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.interface import BenchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import FloatArray

RIDGE = 1e-3
"""Penalty on squared slopes: keeps a fit finite where columns are collinear or classes separate."""

MOST_STEPS = 100
TOLERANCE = 1e-10


def sigmoid(margins: FloatArray) -> NDArray[np.float64]:
    """Return `1 / (1 + exp(-margins))`, without overflow."""
    small = np.exp(-np.abs(margins))
    probabilities: NDArray[np.float64] = np.where(margins >= 0, 1.0, small) / (1.0 + small)
    return probabilities


def fit_least_squares(
    design: NDArray[np.float64], target: FloatArray, name: str
) -> NDArray[np.float64]:
    """Fit a target by least squares, leaving out rows where it is NaN.

    Args:
        design: `(n, columns)`, the first column all ones.
        target: `(n,)`.
        name: the target's name, for messages.

    Returns:
        Coefficients, `(columns,)`.

    Raises:
        BenchError: the target has no measured value.
    """
    rows, truth = _measured(design, target, name)
    gram = rows.T @ rows + _penalty(design.shape[1])
    return np.asarray(np.linalg.solve(gram, rows.T @ truth), dtype=np.float64)


def fit_logistic(design: NDArray[np.float64], target: FloatArray, name: str) -> NDArray[np.float64]:
    """Fit a target of 0 and 1 by logistic regression, leaving out rows where it is NaN.

    Newton's method on the penalised log-likelihood; a step that makes it worse is halved.
    Arguments and returns are those of `fit_least_squares`.

    Raises:
        BenchError: the target has no measured value, or one class only.
    """
    rows, truth = _measured(design, target, name)
    if truth.min() == truth.max():
        raise BenchError(
            f"target {name!r} has only class {truth[0]:g} in training, expected 0 and 1"
        )
    penalty = _penalty(design.shape[1])
    coefficients = np.zeros(design.shape[1])
    coefficients[0] = np.log(truth.mean() / (1 - truth.mean()))
    loss = _loss(rows, truth, coefficients, penalty)
    for _ in range(MOST_STEPS):
        probabilities = sigmoid(rows @ coefficients)
        gradient = rows.T @ (probabilities - truth) + penalty @ coefficients
        curvature = (rows * (probabilities * (1 - probabilities))[:, None]).T @ rows + penalty
        step = np.linalg.solve(curvature, gradient)
        better = loss
        for _ in range(MOST_STEPS):
            better = _loss(rows, truth, coefficients - step, penalty)
            if better <= loss:
                break
            step /= 2
        coefficients = coefficients - step
        if loss - better <= TOLERANCE * loss:
            break
        loss = better
    return coefficients


def _loss(
    rows: NDArray[np.float64],
    truth: NDArray[np.float64],
    coefficients: NDArray[np.float64],
    penalty: NDArray[np.float64],
) -> float:
    margins = rows @ coefficients
    likelihood = np.logaddexp(0.0, margins) - truth * margins
    return float(likelihood.sum() + 0.5 * coefficients @ penalty @ coefficients)


def _penalty(columns: int) -> NDArray[np.float64]:
    slopes = np.ones(columns)
    slopes[0] = 0.0
    return RIDGE * np.diag(slopes)


def _measured(
    design: NDArray[np.float64], target: FloatArray, name: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    measured = ~np.isnan(target)
    if not measured.any():
        raise BenchError(f"target {name!r} has no measured value in training")
    return design[measured], target[measured].astype(np.float64)
