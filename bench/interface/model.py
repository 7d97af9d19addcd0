"""The one interface that every model implements."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from bench.interface.card import ModelCard
from bench.interface.context import DEFAULT_HEAD, FitContext

if TYPE_CHECKING:
    from bench.interface.arrays import CodeArray, FloatArray
    from bench.interface.examples import Examples
    from bench.interface.mutagenesis import Mutagenesis
    from bench.interface.workload import Workload


class Model(ABC):
    """A sequence-to-function model.

    The harness makes it with the settings of a preset as keyword arguments, calls `fit` once, then
    `predict` as often as it likes. A model never sees a test target.
    """

    card: ClassVar[ModelCard]

    @abstractmethod
    def fit(self, train: Examples, valid: Examples, context: FitContext) -> None:
        """Learn from `train`; `valid` is for early stopping and calibration only."""

    @abstractmethod
    def predict(self, examples: Examples, head: str = DEFAULT_HEAD) -> FloatArray:
        """Predict every item: shape `(n, targets)`, or `(n, bins, targets)` for profiles.

        Higher means more active. The numbers are what the card says: margins, probabilities or
        values. They must not depend on which other items are in `examples`.
        """

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the fitted model into the existing, empty `folder`; no pickles."""

    def parameter_count(self) -> int | None:
        """Count the trainable parameters of the fitted model; None where it cannot say.

        As it stands, those of the torch modules that the model holds as attributes are counted.
        """
        # Without torch no attribute can be one of its modules.
        torch = sys.modules.get("torch")
        if torch is None:
            return None
        modules = [value for value in vars(self).values() if isinstance(value, torch.nn.Module)]
        if not modules:
            return None
        weights = {id(weight): weight for module in modules for weight in module.parameters()}
        return sum(int(weight.numel()) for weight in weights.values() if weight.requires_grad)

    def receptive_field(self) -> int | None:
        """Return the bp of its input that an output of the fitted model depends on, if it can say.

        As it stands, it cannot.
        """
        return None

    def training_flops(self) -> float | None:
        """Return the floating point operations that `fit` has taken, if the model can say.

        An addition and a multiplication are two. As it stands, it cannot.
        """
        return None

    def mutagenesis(
        self,
        codes: CodeArray,  # noqa: ARG002  for subclasses
        head: str = DEFAULT_HEAD,  # noqa: ARG002
    ) -> Mutagenesis | None:
        """Return what predicts single-base changes of a sequence faster than `predict` does.

        As it stands there is none: every changed sequence is predicted anew.

        Args:
            codes: the sequence, `(length,)`, as long as the model reads.
            head: whose targets are predicted.
        """
        return None

    def workload(
        self,
        length: int,  # noqa: ARG002  for subclasses
        targets: int,  # noqa: ARG002
        *,
        as_published: bool = False,  # noqa: ARG002
    ) -> Workload | None:
        """Return what to time of the unfitted model on sequences of `length` bp.

        As it stands there is no network: the profiler times `fit` and `predict`.

        Args:
            length: bp; a model whose window is fixed returns a network for its own: the same for
                all lengths, and of the same window in the published form.
            targets: how many are predicted.
            as_published: whether the arithmetic of the published form is asked for, where the model
                computes the same result in another way.

        Raises:
            BenchError: no such length.
        """
        return None

    @classmethod
    @abstractmethod
    def load(cls, folder: Path, context: FitContext) -> Self:
        """Read back what `save` wrote; `context.settings` are those of the saved model."""
