"""Predictions of sequences, of both strands where a model reads but one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

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

Sequences: TypeAlias = "CodeArray | Sequence[CodeArray]"
"""Codes `(n, length)`, or one array for each of several lengths."""
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
                f"model {self.model.card.name} asks for the coordinates of items, which alleles do "
                "not have"
            )
        for name in self.only:
            if self.only.count(name) > 1:
                raise BenchError(f"target {name!r} is named twice")
            if name not in self._head.targets:
                raise BenchError(f"no target {name!r}; {nearest(name, self._head.targets)}")

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the targets that are asked for."""
        return self.only or self._head.targets

    @property
    def genome(self) -> str | None:
        """Build of the head's genome, where heads have one each."""
        return self._head.genome

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

    @property
    def values_of_a_sequence(self) -> int:
        """How many numbers are predicted of a sequence."""
        return (self._head.bins or 1) * len(self._head.targets)

    def predict(self, codes: Sequences) -> FloatArray:
        """Predict sequences: `(n, targets)`, or `(n, bins, targets)` of profiles."""
        forward = self._chosen(self._predict(codes))
        if not self.averages:
            return forward
        other = self._predict([reverse_complement(one) for one in codes])
        mean: FloatArray = (forward + self._chosen(self._turned(other))) / 2
        return mean

    def _predict(self, codes: Sequences) -> FloatArray:
        return np.asarray(self.model.predict(ArrayExamples(codes), self.head))

    def _chosen(self, predictions: FloatArray) -> FloatArray:
        """Return the columns of the targets that are asked for, in float64."""
        if self.only:
            columns = [self._head.targets.index(name) for name in self.only]
            predictions = predictions[..., columns]
        return predictions.astype(np.float64)

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
            return (self._chosen(forward(positions, bases)) + self._chosen(other)) / 2

        return both
