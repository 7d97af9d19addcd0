"""Models of genes that stand on a chromatin model."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

import numpy as np

from bench.interface import DEFAULT_HEAD, BenchError, Model, TaskKind
from bench.training.chromatin.features import ChromatinFeatures
from bench.training.chromatin.settings import ChromatinSettings
from bench.training.chromatin.windows import Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import Examples, FitContext, FloatArray
    from bench.training.chromatin.geometry import Geometry

SETTING = "chromatin"
"""The setting that names the chromatin model."""

SettingsT = TypeVar("SettingsT", bound=ChromatinSettings)


class ChromatinModel(Model, Generic[SettingsT]):
    """A learner on sums of a chromatin model's predictions.

    A subclass sets `card` and `settings_class`, and implements `geometry`, `learn`, `predicted`,
    `save` and `read`. The constructor takes the fields of `settings_class` as keyword arguments.
    """

    settings_class: ClassVar[type[ChromatinSettings]] = ChromatinSettings

    def __init_subclass__(cls, **more: Any) -> None:  # noqa: ANN401
        """Let the constructor's signature tell the settings."""
        super().__init_subclass__(**more)
        cls.__signature__ = inspect.signature(cls.settings_class)  # type: ignore[attr-defined]

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401  checked by the class of settings
        self.settings: SettingsT = self.settings_class(**settings)  # type: ignore[assignment]

    @abstractmethod
    def geometry(self) -> Geometry:
        """Return bins and sums."""

    @abstractmethod
    def learn(
        self,
        train: NDArray[np.float32],
        valid: NDArray[np.float32],
        targets: tuple[FloatArray, FloatArray],
        context: FitContext,
    ) -> None:
        """Learn from features `(n, columns)` and targets `(n, targets)`, both of either split."""

    @abstractmethod
    def predicted(self, features: FloatArray) -> NDArray[np.float64]:
        """Predict from features `(n, columns)`: `(n, targets)`."""

    @abstractmethod
    def read(self, folder: Path) -> None:
        """Read back what `save` wrote."""

    @property
    def needs_valid(self) -> bool:
        """Whether the features of the validation items are needed."""
        return True

    def fit(self, train: Examples, valid: Examples, context: FitContext) -> None:
        """Compute the features and fit one learner for each target.

        Raises:
            BenchError: there is no chromatin model, or a target teaches nothing.
        """
        self._begin(context)
        if not self.needs_valid:
            valid = valid[:0]
        self.learn(
            self.features.of(train, context.progress),
            self.features.of(valid, context.progress),
            (train.targets(), valid.targets()),
            context,
        )

    def predict(self, examples: Examples, head: str = DEFAULT_HEAD) -> FloatArray:
        """Return probabilities or values, float64 `(n, targets)`.

        Raises:
            BenchError: the model has no such head.
        """
        if head != DEFAULT_HEAD:
            raise BenchError(f"no head {head!r}, expected {DEFAULT_HEAD!r}")
        if not len(examples):
            return np.zeros((0, self.targets))
        return self.predicted(self.features.of(examples))

    @classmethod
    def load(cls, folder: Path, context: FitContext) -> Self:
        """Read back what `save` wrote; the chromatin model is handed over again."""
        model = cls(**context.settings)
        model._begin(context)
        model.read(folder)
        return model

    def _begin(self, context: FitContext) -> None:
        if SETTING not in context.upstream:
            raise BenchError(f"{self.card.name} was given no fitted model for setting {SETTING!r}")
        self.threads = context.threads
        self.targets = context.shape.targets
        self.features = ChromatinFeatures(
            context.upstream[SETTING],
            self.geometry(),
            span=Span(self.settings.length, self.settings.window),
            grid=self.settings.grid,
            folder=context.upstream_cache.get(SETTING),
            directed=context.shape.kind is TaskKind.EXPRESSION,
        )
