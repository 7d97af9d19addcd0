"""Steps of a model that is no network: predictions for sequences, and whole fits."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.data.examples import ArrayExamples
from bench.interface.card import TaskKind
from bench.interface.context import DEFAULT_HEAD, FitContext, HeadShape, TaskShape
from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from bench.interface.card import ModelCard
    from bench.interface.model import Model
    from bench.profile.records import CurveSpec
    from bench.profile.timing import Step

FIT_LENGTH = 300
"""bp of the sequences that models are fitted to."""
TRIAL_SEQUENCES = 500
"""How many a model is fitted to before its predictions are timed."""
KINDS = (TaskKind.CLASSIFICATION, TaskKind.REGRESSION)
"""Tasks that made-up targets will do for."""


def reason_to_skip(card: ModelCard, settings: dict[str, object]) -> str | None:
    """Return why a model that is no network cannot be timed by itself, or None."""
    if card.uses_coordinates:
        return "reads coordinates, of which a profile has none"
    if any(settings.get(name) for name in card.upstream):
        return "stands on another model, which can be profiled"
    if not any(kind in card.tasks for kind in KINDS):
        return "does neither classification nor regression"
    return None


class EstimatorSteps:
    """A model that is fitted and asked through the one interface.

    Args:
        model_class: makes the model.
        spec: of the curve.

    Attributes:
        window: bp that the model reads whatever the sequence; None: all of it.
    """

    def __init__(self, model_class: type[Model], spec: CurveSpec) -> None:
        self._class, self._spec = model_class, spec
        card = model_class.card
        reason = reason_to_skip(card, dict(spec.settings))
        if reason is not None:
            raise BenchError(f"{spec.model} {reason}")
        self._kind = next(kind for kind in KINDS if kind in card.tasks)
        self.window = card.input_length(spec.preset, spec.settings)
        self._folder = tempfile.TemporaryDirectory(prefix="bench-profile-")
        self._fitted: Model | None = None

    def passes(self, length: int) -> int:
        """Windows that cover a sequence."""
        return 1 if self.window is None else -(-length // self.window)

    def fit(self, sequences: int) -> Step:
        """Return what fits the model to so many sequences of `FIT_LENGTH` bp."""
        train, valid = self._examples(sequences, 0), self._examples(100, 1)

        def run() -> None:
            model = self._class(**self._spec.settings)
            model.fit(train, valid, self._context())
            self._fitted = model

        return run

    def predict(self, length: int, sequences: int) -> Step:
        """Return what predicts so many sequences of `length` bp."""
        if self._fitted is None:
            self.fit(TRIAL_SEQUENCES)()
        fitted = self._fitted
        assert fitted is not None
        codes = np.random.default_rng(0).integers(
            0, 4, (sequences * self.passes(length), self.window or length), dtype=np.uint8
        )
        examples = ArrayExamples(codes)
        return lambda: fitted.predict(examples)

    def _examples(self, sequences: int, seed: int) -> ArrayExamples:
        rng = np.random.default_rng(seed)
        codes = rng.integers(0, 4, (sequences, FIT_LENGTH), dtype=np.uint8)
        # A motif tells classes apart as in real data: on noise, solvers go on to their last step.
        targets = (np.arange(sequences) % 2 == 0)[:, None].repeat(self._spec.targets, axis=1)
        motif = np.array([0, 2, 2, 3, 1, 0, 0, 1, 3], dtype=np.uint8)
        middle = FIT_LENGTH // 2
        codes[::2, middle : middle + len(motif)] = motif
        return ArrayExamples(codes, targets.astype(np.float32))

    def _context(self) -> FitContext:
        names = tuple(f"target-{number}" for number in range(self._spec.targets))
        return FitContext(
            shape=TaskShape(kind=self._kind, heads={DEFAULT_HEAD: HeadShape(targets=names)}),
            seed=0,
            scratch=Path(self._folder.name),
            settings=self._spec.settings,
            device=self._spec.device,
            precision=self._spec.precision,
            threads=self._spec.threads,
        )
