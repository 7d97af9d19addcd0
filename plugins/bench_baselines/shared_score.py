"""One score for all targets: what goes beyond it is about the targets.

Where most targets sit at promoters, a model scores well on each of them by knowing promoters. This
baseline learns from k-mers what the targets have in common, and says the same of all of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from bench.data.kmers import count_kmers, unit_rows
from bench.interface import DEFAULT_HEAD, BenchError, FitContext, Model, TaskKind
from bench.interface.estimator import all_features, centre_and_scale, feature_batches
from bench_baselines import SHARED_SCORE_CARD
from bench_baselines.arrays import load_heads, save_heads
from bench_baselines.prevalence import measured_means
from bench_baselines.regression import sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from bench.interface import Examples, FloatArray

LONGEST_K = 10
MOST_STEPS = 1000


class SharedScore(Model):
    """Regression of the mean of an item's targets on unit-norm counts of canonical k-mers.

    For classes the mean is the share of the measured targets that are active, by logistic
    regression, and the score stands for each target as it is. For values it is the mean in standard
    units, by ridge regression, and each target's mean and deviation turn the score into its units.

    Args:
        k: length of the k-mers, 1 to 10.
        length: bp that are read around an item's centre; 0 for its own interval.
        c: inverse strength of the regularisation.

    Raises:
        BenchError: a setting is out of range.
    """

    card = SHARED_SCORE_CARD

    def __init__(self, *, k: int = 6, length: int = 0, c: float = 1.0) -> None:
        if not 1 <= k <= LONGEST_K:
            raise BenchError(f"k is {k}, expected 1 to {LONGEST_K}")
        if length < 0:
            raise BenchError(f"length is {length}, expected 0 or more")
        if not 0 < c < np.inf:
            raise BenchError(f"c is {c:g}, expected a positive number")
        self._k = k
        self._length = length or None
        self._c = c
        self._is_probability = False
        self._heads: dict[str, dict[str, NDArray[Any]]] = {}

    def _features(self, examples: Examples) -> csr_array:
        return unit_rows(count_kmers(examples.windows(self._length), self._k))

    def fit(self, train: Examples, valid: Examples, context: FitContext) -> None:  # noqa: ARG002
        """Fit one score to each head.

        Raises:
            BenchError: a target has no measured value.
        """
        self._is_probability = context.shape.kind is TaskKind.CLASSIFICATION
        for head, shape in context.shape.heads.items():
            part = train.of_head(head)
            targets = part.targets(head)
            measured_means(targets, shape.targets)
            centre, scale = np.zeros(targets.shape[1]), np.ones(targets.shape[1])
            if not self._is_probability:
                centre, scale = centre_and_scale(targets)
            known = ~np.isnan(targets).all(axis=1)
            shared = np.nanmean((targets[known] - centre) / scale, axis=1)
            features = all_features(self._features, part[np.flatnonzero(known)])
            weights, converged = fit_shared(
                features, shared, self._c, logistic=self._is_probability
            )
            if not converged:
                context.log.warning("head %s: not converged after %d steps", head, MOST_STEPS)
            self._heads[head] = {"weights": weights, "centre": centre, "scale": scale}

    def predict(self, examples: Examples, head: str = DEFAULT_HEAD) -> FloatArray:
        """Return probabilities or values, float64 `(n, targets)`."""
        fitted = self._heads[head]
        scores = np.empty(len(examples))
        for rows in feature_batches(examples):
            features = self._features(examples[rows])
            scores[rows] = features @ fitted["weights"][:-1] + fitted["weights"][-1]
        if self._is_probability:
            return np.tile(sigmoid(scores)[:, None], (1, len(fitted["scale"])))
        values: FloatArray = scores[:, None] * fitted["scale"] + fitted["centre"]
        return values

    def save(self, folder: Path) -> None:
        """Write the weights of the k-mers and the units of the targets."""
        save_heads(folder, self._heads)

    @classmethod
    def load(cls, folder: Path, context: FitContext) -> Self:
        """Read back what `save` wrote."""
        model = cls(**context.settings)
        model._is_probability = context.shape.kind is TaskKind.CLASSIFICATION
        model._heads = load_heads(folder)
        return model


def fit_shared(
    features: csr_array, shared: NDArray[np.float64], c: float, *, logistic: bool
) -> tuple[NDArray[np.float64], bool]:
    """Fit a score to numbers, or to shares by the likelihood of a logistic model.

    Args:
        features: `(n, columns)`.
        shared: `(n,)`; within 0 and 1 where `logistic`.
        c: weight of the likelihood of one item against half the squared weights.
        logistic: whether the score is the log-odds of the share.

    Returns:
        The weights of the columns and the constant, `(columns + 1,)`, and whether they are the
        best to within the search's tolerance.
    """
    from scipy.optimize import minimize

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = features @ weights[:-1] + weights[-1]
        if logistic:
            lost = np.logaddexp(0.0, scores) - shared * scores
            slope = sigmoid(scores) - shared
        else:
            slope = scores - shared
            lost = 0.5 * slope**2
        gradient = np.append(c * (features.T @ slope) + weights[:-1], c * slope.sum())
        return c * float(lost.sum()) + 0.5 * float(weights[:-1] @ weights[:-1]), gradient

    first = np.zeros(features.shape[1] + 1)
    if logistic:
        mean = np.clip(shared.mean(), 1e-6, 1 - 1e-6)
        first[-1] = np.log(mean / (1 - mean))
    # float64 throughout: the sums of many small slopes decide when the search ends.
    done = minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": MOST_STEPS})
    return np.asarray(done.x, dtype=np.float64), bool(done.success)
