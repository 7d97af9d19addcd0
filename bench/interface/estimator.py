"""Models made of a scikit-learn estimator and a function that computes features.

A model in about ten lines:

    class GcForest(EstimatorModel):
        card = CARD
        trusted = ("sklearn.tree._tree.Tree",)

        def features(self, examples: Examples) -> FloatArray:
            codes = examples.windows(200)
            return np.stack([(codes == base).mean(axis=1) for base in range(4)], axis=1)

        def estimator(self, context: FitContext) -> RandomForestClassifier:
            return RandomForestClassifier(random_state=context.seed)
"""

from __future__ import annotations

import json
import warnings
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias, TypeVar

import numpy as np

from bench.interface.card import Output, TaskKind
from bench.interface.context import DEFAULT_HEAD, FitContext
from bench.interface.errors import BenchError
from bench.interface.model import Model

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array
    from sklearn.base import BaseEstimator

    from bench.interface.arrays import FloatArray
    from bench.interface.examples import Examples

    Features: TypeAlias = FloatArray | csr_array

FeaturesT = TypeVar("FeaturesT", bound="FloatArray | csr_array")

BATCH_BASES = 1 << 22
"""Features are computed for about this many bases at a time."""

ESTIMATORS = "estimators.skops"
HEADS = "heads.json"


class EstimatorModel(Model):
    """A model that fits one scikit-learn estimator per target.

    A subclass gives `features` and `estimator`. Rows whose target was not measured (NaN) are left
    out of that target's fit. Predictions are what the card says for the kind of task: margins come
    from `decision_function`, probabilities from `predict_proba`, values from `predict`.

    `trusted` lists the types, beyond those that skops trusts by itself, that a saved estimator may
    hold; `skops.io.get_untrusted_types` names them.
    """

    trusted: ClassVar[tuple[str, ...]] = ()

    _estimators: dict[str, list[BaseEstimator]]
    _output: Output

    @abstractmethod
    def features(self, examples: Examples) -> Features:
        """Compute features: an array or a CSR array of shape `(n, features)`.

        Called with some items at a time; a row must depend on its own item only.
        """

    @abstractmethod
    def estimator(self, context: FitContext) -> BaseEstimator:
        """Make an unfitted estimator, a new one on each call."""

    def fit(self, train: Examples, valid: Examples, context: FitContext) -> None:  # noqa: ARG002
        """Fit one estimator per target and head.

        Raises:
            BenchError: a target has no measured value, or one class only.
        """
        self._output = self._output_for(context)
        self._estimators = {}
        for head, shape in context.shape.heads.items():
            part = train.of_head(head)
            self._estimators[head] = fit_each_target(
                lambda _: self.estimator(context),
                all_features(self.features, part),
                part.targets(head),
                shape.targets,
                context,
            )

    def predict(self, examples: Examples, head: str = DEFAULT_HEAD) -> FloatArray:
        """Predict every item, float64 `(n, targets)`."""
        estimators = self._estimators[head]
        predictions = np.empty((len(examples), len(estimators)))
        for rows in feature_batches(examples):
            features = self.features(examples[rows])
            for column, estimator in enumerate(estimators):
                predictions[rows, column] = _predicted(estimator, features, self._output)
        return predictions

    def save(self, folder: Path) -> None:
        """Write the estimators with skops and the names of the heads as JSON."""
        import skops.io

        heads = {head: len(estimators) for head, estimators in self._estimators.items()}
        (folder / HEADS).write_text(json.dumps(heads))
        flat = [estimator for group in self._estimators.values() for estimator in group]
        skops.io.dump(flat, folder / ESTIMATORS)

    @classmethod
    def load(cls, folder: Path, context: FitContext) -> Self:
        """Read back what `save` wrote.

        Raises:
            BenchError: the file holds a type that is not among `trusted`.
        """
        model = cls(**context.settings)
        model._output = cls._output_for(context)
        flat = _load_trusted(folder / ESTIMATORS, cls.trusted)
        heads: dict[str, int] = json.loads((folder / HEADS).read_text())
        model._estimators = {}
        for head, count in heads.items():
            model._estimators[head], flat = flat[:count], flat[count:]
        return model

    @classmethod
    def _output_for(cls, context: FitContext) -> Output:
        return cls.card.tasks[context.shape.kind]


def feature_batches(examples: Examples) -> Iterator[slice]:
    """Yield slices of items whose own intervals hold about `BATCH_BASES` bases together."""
    longest = int(examples.lengths.max(initial=1))
    size = max(1, BATCH_BASES // max(1, longest))
    for start in range(0, len(examples), size):
        yield slice(start, min(start + size, len(examples)))


def all_features(features: Callable[[Examples], FeaturesT], examples: Examples) -> FeaturesT:
    """Compute the features of all items, some items at a time so that memory stays bounded.

    Raises:
        BenchError: there are no items.
    """
    parts: list[Any] = [features(examples[rows]) for rows in feature_batches(examples)]
    if not parts:
        raise BenchError("there are no training items")
    joined: FeaturesT = _stacked(parts)
    return joined


def _stacked(parts: list[Any]) -> Any:  # noqa: ANN401  arrays or sparse arrays, as they came
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    from scipy.sparse import vstack

    return vstack(parts, format="csr")


def fit_each_target(
    make: Callable[[FloatArray], BaseEstimator],
    features: Features,
    targets: FloatArray,
    names: Sequence[str],
    context: FitContext,
) -> list[BaseEstimator]:
    """Fit one estimator to each column of `targets`, leaving out rows that hold NaN.

    Args:
        make: makes an unfitted estimator, given the measured values that it will be fitted to.
        features: shape `(n, features)`.
        targets: shape `(n, targets)`; 0 and 1 for classification.
        names: the names of the targets, for messages.
        context: says the kind of task, and takes progress and warnings.

    Raises:
        BenchError: a target has no measured value, or one class only.
    """
    fitted = []
    for column, name in enumerate(names):
        context.progress(column, len(names), name)
        truth = targets[:, column]
        measured = np.flatnonzero(~np.isnan(truth))
        rows = features if len(measured) == len(truth) else features[measured]
        values = learnable(truth[measured], name, context.shape.kind)
        estimator = make(values)
        with convergence_logged(context, name):
            estimator.fit(rows, values)
        fitted.append(estimator)
    context.progress(len(names), len(names))
    return fitted


def learnable(truth: FloatArray, name: str, kind: TaskKind) -> FloatArray:
    """Return the measured values of a target as float64, once it is known that they teach anything.

    Raises:
        BenchError: there is no measured value, or one class only.
    """
    if len(truth) == 0:
        raise BenchError(f"target {name!r} has no measured value in training")
    classes = np.unique(truth)
    if kind is TaskKind.CLASSIFICATION and len(classes) < 2:
        raise BenchError(
            f"target {name!r} has only class {classes[0]:g} in training, expected 0 and 1"
        )
    return truth.astype(np.float64)


def centre_and_scale(targets: FloatArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and standard deviation of each target's measured values.

    A target that is constant, or was never measured, has scale 1.
    """
    measured = ~np.isnan(targets)
    count = np.maximum(1, measured.sum(axis=0))
    centre = np.where(measured, targets, 0.0).sum(axis=0, dtype=np.float64) / count
    squares = np.where(measured, targets - centre, 0.0) ** 2
    scale = np.sqrt(squares.sum(axis=0) / count)
    # What is left of a constant by rounding is no deviation.
    return centre, np.where(scale > 1e-9 * np.abs(centre), scale, 1.0)


@contextmanager
def convergence_logged(context: FitContext, name: str) -> Iterator[None]:
    """Log scikit-learn's warnings that a fit has not converged; other warnings stay warnings."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        yield
    for warning in caught:
        if issubclass(warning.category, ConvergenceWarning):
            context.log.warning("target %s: %s", name, warning.message)
        else:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )


def _predicted(estimator: BaseEstimator, features: Features, output: Output) -> FloatArray:
    if output is Output.MARGIN:
        return np.asarray(estimator.decision_function(features))
    if output is Output.PROBABILITY:
        return np.asarray(estimator.predict_proba(features))[:, 1]
    return np.asarray(estimator.predict(features))


def _load_trusted(path: Path, trusted: Sequence[str]) -> list[BaseEstimator]:
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        loaded: list[BaseEstimator] = skops.io.load(path, trusted=list(trusted))
    except UntrustedTypesFoundException as error:
        types = ", ".join(f'"{one}"' for one in skops.io.get_untrusted_types(file=path))
        raise BenchError(
            f"{path.name} holds types that the model does not trust: add {types} to the tuple "
            "`trusted` of its class"
        ) from error
    return loaded
