"""The k-mer SVM of Lee, Karchin & Beer 2011 (doi:10.1101/gr.121905.111).

A sequence is the vector of its canonical k-mer counts, scaled to unit norm. The SVM is linear in
it, so its kernel is the cosine of two count vectors, and it is solved in the primal variables: one
weight per k-mer. Several targets are fitted one against the rest.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from bench.interface import DEFAULT_HEAD, BenchError, FitContext, Model
from bench.interface.estimator import (
    all_features,
    centre_and_scale,
    feature_batches,
    fit_each_target,
)
from bench_kmer_svm import SVM_CARD
from bench_kmer_svm.linear import LinearScore, load_scores, save_scores
from bench_kmer_svm.mutagenesis import KmerMutagenesis
from bench_kmer_svm.spectrum import Spectrum

if TYPE_CHECKING:
    from scipy.sparse import csr_array
    from sklearn.base import BaseEstimator

    from bench.interface import CodeArray, Examples, FloatArray, Mutagenesis

CLASS_WEIGHTS = ("none", "balanced", "lee")

EPSILON = 0.1
"""Half the width of the tube of the SVR, in standard deviations of the target."""

SOLVER = {
    "dual": True,
    # liblinear penalises the intercept; this scale makes the penalty vanish against that of the
    # weights, while much larger scales hinder convergence.
    "intercept_scaling": 3.0,
    "tol": 0.01,
    "max_iter": 1000,
    # The order in which the solver visits items; the optimum does not depend on it.
    "random_state": 0,
}


class KmerSvm(Model):
    """Hinge-loss SVM for classes, epsilon-insensitive linear SVR for values.

    Args:
        k: length of the k-mers, 3 to 10.
        k_max: longest k-mer of the weighted spectrum, 0 for `k` alone.
        length: bp that are read around an item's centre; 0 for its own interval.
        c: cost of an error.
        class_weight: factor on the cost of positives: "none"; "balanced" weighs both classes
            inversely to their size; "lee" is `positive_weight`.

    Raises:
        BenchError: a setting is out of range.
    """

    card = SVM_CARD

    def __init__(
        self,
        *,
        k: int = 6,
        k_max: int = 0,
        length: int = 0,
        c: float = 1.0,
        class_weight: str = "none",
    ) -> None:
        if c <= 0:
            raise BenchError(f"c is {c:g}, expected a positive number")
        if class_weight not in CLASS_WEIGHTS:
            raise BenchError(f"class_weight is {class_weight!r}, expected one of {CLASS_WEIGHTS}")
        self._spectrum = Spectrum(k, k_max, length)
        self._c = c
        self._class_weight = class_weight
        self._scores: dict[str, LinearScore] = {}

    def fit(self, train: Examples, valid: Examples, context: FitContext) -> None:  # noqa: ARG002
        """Fit one SVM or SVR per target.

        Raises:
            BenchError: a target has no measured value, or one class only.
        """
        for head, shape in context.shape.heads.items():
            part = train.of_head(head)
            features = all_features(self._spectrum.of_examples, part)
            targets = part.targets(head)
            if context.shape.kind.has_values:
                score = self._regression(features, targets, shape.targets, context)
            else:
                make = partial(classifier, self._c, self._class_weight)
                score = _linear(fit_each_target(make, features, targets, shape.targets, context))
            self._scores[head] = score

    def _regression(
        self, features: csr_array, targets: FloatArray, names: tuple[str, ...], context: FitContext
    ) -> LinearScore:
        centre, scale = centre_and_scale(targets)
        standard = (targets - centre) / scale
        make = partial(regressor, self._c)
        fitted = fit_each_target(make, features, standard, names, context)
        return _linear(fitted).rescaled(centre, scale)

    def predict(self, examples: Examples, head: str = DEFAULT_HEAD) -> FloatArray:
        """Return margins or values, float64 `(n, targets)`."""
        score = self._scores[head]
        predictions = np.empty((len(examples), len(score.intercepts)))
        for rows in feature_batches(examples):
            predictions[rows] = score.of_features(self._spectrum.of_examples(examples[rows]))
        return predictions

    def mutagenesis(self, codes: CodeArray, head: str = DEFAULT_HEAD) -> Mutagenesis | None:
        """Predict changes by the k-mers that they replace."""
        if self._spectrum.length not in {0, len(codes)}:
            return None
        return KmerMutagenesis(self._spectrum, self._scores[head], codes)

    def kmer_weights(self, target: int, head: str = DEFAULT_HEAD) -> FloatArray:
        """Return the weight of every longest k-mer by its number, with that of those within."""
        return self._spectrum.kmer_weights(self._scores[head].weights[target])

    def save(self, folder: Path) -> None:
        """Write one weight per k-mer and target, and the intercepts."""
        save_scores(folder, self._scores)

    @classmethod
    def load(cls, folder: Path, context: FitContext) -> Self:
        """Read back what `save` wrote."""
        model = cls(**context.settings)
        model._scores = load_scores(folder)
        return model


def classifier(c: float, class_weight: str, truth: FloatArray) -> BaseEstimator:
    """Make an SVM for a target of 0 and 1, whose values decide the weight of the positives."""
    from sklearn.svm import LinearSVC

    weights: dict[str, str | dict[int, float] | None] = {
        "none": None,
        "balanced": "balanced",
        "lee": {0: 1.0, 1: positive_weight(truth)},
    }
    return LinearSVC(loss="hinge", C=c, class_weight=weights[class_weight], **SOLVER)


def regressor(c: float, truth: FloatArray) -> BaseEstimator:  # noqa: ARG001
    """Make an SVR for a standardised target."""
    from sklearn.svm import LinearSVR

    return LinearSVR(loss="epsilon_insensitive", C=c, epsilon=EPSILON, **SOLVER)


def positive_weight(truth: FloatArray) -> float:
    """Return `1 + ln(N // P)` for P positives and N negatives, and 1 where N < P.

    The original trainer divides integers, so that up to twice as many negatives change nothing.
    """
    positives = int(np.count_nonzero(truth == 1))
    negatives = len(truth) - positives
    return 1.0 + float(np.log(max(1, negatives // positives)))


def _linear(estimators: list[BaseEstimator]) -> LinearScore:
    weights = np.stack([np.ravel(estimator.coef_) for estimator in estimators])
    intercepts = np.array([float(np.ravel(estimator.intercept_)[0]) for estimator in estimators])
    return LinearScore(weights.astype(np.float64), intercepts)
