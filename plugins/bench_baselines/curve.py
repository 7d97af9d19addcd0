"""A curve through one number per item: a parabola, or its logistic for classes.

A parabola can rise, fall or turn; which of them is learnt from the training targets alone.
"""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from bench.interface import DEFAULT_HEAD, FitContext, Model, TaskKind
from bench_baselines.arrays import load_heads, save_heads
from bench_baselines.regression import fit_least_squares, fit_logistic, sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import Examples, FloatArray


class CurveModel(Model):
    """A baseline that knows an item by a single number, given by `measure`."""

    def __init__(self) -> None:
        self._coefficients: dict[str, NDArray[np.float64]] = {}
        self._scaling: dict[str, NDArray[np.float64]] = {}
        self._is_probability = False

    @abstractmethod
    def measure(self, examples: Examples) -> NDArray[np.float64]:
        """Return the number that describes each item, `(n,)`; NaN where there is none."""

    def fit(self, train: Examples, valid: Examples, context: FitContext) -> None:  # noqa: ARG002
        """Fit one curve per target.

        Raises:
            BenchError: a target has no measured value, or one class only.
        """
        self._is_probability = context.shape.kind is TaskKind.CLASSIFICATION
        fit_target = fit_logistic if self._is_probability else fit_least_squares
        for head, shape in context.shape.heads.items():
            part = train.of_head(head)
            measures = self.measure(part)
            self._scaling[head] = scaling(measures)
            design = parabola(measures, self._scaling[head])
            targets = part.targets(head)
            self._coefficients[head] = np.stack(
                [
                    fit_target(design, targets[:, column], name)
                    for column, name in enumerate(shape.targets)
                ],
                axis=1,
            )

    def predict(self, examples: Examples, head: str = DEFAULT_HEAD) -> FloatArray:
        """Return probabilities or values, float64 `(n, targets)`."""
        design = parabola(self.measure(examples), self._scaling[head])
        # Summed term by term: a matrix product may round differently for other batch sizes.
        terms = design[:, :, None] * self._coefficients[head]
        curve: FloatArray = terms[:, 0] + terms[:, 1] + terms[:, 2]
        return sigmoid(curve) if self._is_probability else curve

    def save(self, folder: Path) -> None:
        """Write coefficients and scaling."""
        heads = {
            head: {"coefficients": coefficients, "scaling": self._scaling[head]}
            for head, coefficients in self._coefficients.items()
        }
        save_heads(folder, heads)

    @classmethod
    def load(cls, folder: Path, context: FitContext) -> Self:
        """Read back what `save` wrote."""
        model = cls()
        model._is_probability = context.shape.kind is TaskKind.CLASSIFICATION
        for head, arrays in load_heads(folder).items():
            model._coefficients[head] = arrays["coefficients"]
            model._scaling[head] = arrays["scaling"]
        return model


def scaling(measures: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return mean and standard deviation of the measures; (0, 1) stands in where there are none.

    Where all measures are equal the deviation is infinite, so that they scale to 0.
    """
    known = measures[~np.isnan(measures)]
    if len(known) == 0:
        return np.array([0.0, 1.0])
    deviation = known.std()
    rounding = 1e-12 * max(1.0, float(np.abs(known).max()))
    return np.array([known.mean(), deviation if deviation > rounding else np.inf])


def parabola(
    measures: NDArray[np.float64], mean_and_deviation: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return `(n, 3)`: 1, the standardised measure, its square; an unknown measure is average."""
    mean, deviation = mean_and_deviation
    standard = np.where(np.isnan(measures), 0.0, (measures - mean) / deviation)
    return np.stack([np.ones_like(standard), standard, standard**2], axis=1)
