"""Predictions of sequences, of both strands where a model reads but one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import reverse_complement
from bench.data.examples import ArrayExamples
from bench.interface.card import Output, StrandPolicy, TaskKind
from bench.interface.context import DEFAULT_HEAD
from bench.interface.errors import BenchError
from bench.interface.names import nearest

if TYPE_CHECKING:
    from bench.interface.arrays import CodeArray, FloatArray, IntArray
    from bench.interface.context import HeadShape, TaskShape
    from bench.interface.model import Model
    from bench.interface.mutagenesis import Mutagenesis

BOTH_ALIKE = (StrandPolicy.INVARIANT, StrandPolicy.AVERAGED)


@dataclass(frozen=True)
class AllelePredictor:
    """A fitted model with one of its heads.

    Attributes:
        model: the model.
        shape: of the task that it was fitted on.
        head: whose targets are predicted.
        both_strands: whether predictions are the mean of both strands', where the model does not
            see to that itself. Genes are read in the direction of transcription, and so on the
            given strand alone.
    """

    model: Model
    shape: TaskShape
    head: str = DEFAULT_HEAD
    both_strands: bool = True
    only: tuple[str, ...] = ()
    """Targets that are asked for; empty for all."""

    def __post_init__(self) -> None:
        """Refuse a head that is not there, and a model that needs more than a sequence.

        Raises:
            BenchError: either is the case.
        """
        if self.head not in self.shape.heads:
            raise BenchError(
                f"no head {self.head!r}, expected one of {', '.join(self.shape.heads)}"
            )
        if self.model.card.uses_coordinates:
            raise BenchError(
                f"model {self.model.card.name} reads coordinates, which an allele does not change"
            )
        for name in self.only:
            if name not in self._head.targets:
                raise BenchError(f"no target {name!r}; {nearest(name, self._head.targets)}")

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the targets that are asked for."""
        return self.only or self._head.targets

    @property
    def output(self) -> Output:
        """What predictions are."""
        return self.model.card.tasks[self.shape.kind]

    @cached_property
    def averages(self) -> bool:
        """Whether the other strand is predicted here."""
        return (
            self.both_strands
            and self.shape.kind is not TaskKind.EXPRESSION
            and self.model.card.strands not in BOTH_ALIKE
        )

    @property
    def _head(self) -> HeadShape:
        return self.shape.heads[self.head]

    def predict(self, codes: CodeArray) -> FloatArray:
        """Predict sequences `(n, length)`: `(n, targets)`, or `(n, bins, targets)` of profiles."""
        forward = self._predict(codes)
        if not self.averages:
            return self._chosen(forward)
        backward = self._turned(self._predict(reverse_complement(codes)))
        return self._chosen((forward + backward) / 2)

    def _predict(self, codes: CodeArray) -> FloatArray:
        return np.asarray(self.model.predict(ArrayExamples(codes), self.head), dtype=np.float64)

    def _chosen(self, predictions: FloatArray) -> FloatArray:
        """Return the columns of the targets that are asked for."""
        if not self.only:
            return predictions
        columns = [self._head.targets.index(name) for name in self.only]
        chosen: FloatArray = predictions[..., columns]
        return chosen

    def _turned(self, predictions: FloatArray) -> FloatArray:
        """Return what predictions of the other strand say of this one."""
        if predictions.ndim == 2:
            return predictions
        partners = self._head.strand_pairs or tuple(range(len(self._head.targets)))
        turned: FloatArray = predictions[:, ::-1][..., list(partners)]
        return turned

    def mutagenesis(self, codes: CodeArray) -> Mutagenesis | None:
        """Return the model's own way to predict changes of a sequence, where it has one."""
        forward = self.model.mutagenesis(codes, self.head)
        if forward is None:
            return None
        if not self.averages:
            return lambda positions, bases: self._chosen(forward(positions, bases))
        backward = self.model.mutagenesis(reverse_complement(codes), self.head)
        assert backward is not None
        last = len(codes) - 1

        def both(positions: IntArray, bases: CodeArray) -> FloatArray:
            paired = reverse_complement(bases[:, None])[:, 0]
            other = self._turned(backward(last - positions, paired))
            return self._chosen((forward(positions, bases) + other) / 2)

        return both
