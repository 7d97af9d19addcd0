"""L2-regularised logistic or ridge regression on k-mer counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.interface import DEFAULT_HEAD, BenchError, EstimatorModel
from bench_kmer_svm import LOGISTIC_CARD
from bench_kmer_svm.spectrum import Spectrum

if TYPE_CHECKING:
    from scipy.sparse import csr_array
    from sklearn.base import BaseEstimator

    from bench.interface import Examples, FitContext, FloatArray


class KmerLogistic(EstimatorModel):
    """Logistic regression for classes, ridge regression for values.

    Args:
        k: length of the k-mers.
        k_max: longest k-mer of a weighted spectrum, 0 for `k` alone.
        length: bp that are read around an item's centre; 0 for its own interval.
        c: inverse strength of the regularisation.

    Raises:
        BenchError: a setting is out of range.
    """

    card = LOGISTIC_CARD

    def __init__(self, *, k: int = 6, k_max: int = 0, length: int = 0, c: float = 1.0) -> None:
        if c <= 0:
            raise BenchError(f"c is {c:g}, expected a positive number")
        self._spectrum = Spectrum(k, k_max, length)
        self._c = c

    def features(self, examples: Examples) -> csr_array:
        """Count k-mers: unit-norm rows."""
        return self._spectrum.of_examples(examples)

    def estimator(self, context: FitContext) -> BaseEstimator:
        """Logistic regression, or ridge regression where the targets are numbers."""
        from sklearn.linear_model import LogisticRegression, Ridge

        if context.shape.kind.has_values:
            return Ridge(alpha=1 / self._c)
        return LogisticRegression(C=self._c, max_iter=1000)

    def kmer_weights(self, target: int, head: str = DEFAULT_HEAD) -> FloatArray:
        """Return the weight of every longest k-mer by its number, with that of those within."""
        return self._spectrum.kmer_weights(np.ravel(self._estimators[head][target].coef_))
