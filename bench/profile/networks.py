"""Steps of a network: a forward pass, or an update of its weights."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import torch
from torch import nn

from bench.interface.errors import BenchError
from bench.profile.batches import TOO_FEW, WINDOWS_AT_ONCE, TooFewSequencesError
from bench.profile.records import Mode

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from torch import Tensor
    from torch.optim import Optimizer

    from bench.interface.model import Model
    from bench.profile.records import CurveSpec
    from bench.profile.timing import Step

TYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


class NetworkSteps:
    """A model's network at one length, on the device that is timed.

    A network whose window is fixed reads as many of them, side by side, as cover a sequence.

    Attributes:
        window: bp of the fixed window; None where the network reads the whole sequence.
        passes: windows that cover a sequence.
        network: the network.

    Raises:
        BenchError: the model has no such length.
    """

    def __init__(self, model: Model, spec: CurveSpec, length: int) -> None:
        self._spec = spec
        torch.manual_seed(0)
        with torch.device(spec.device):
            workload = model.workload(length, spec.targets)
        assert workload is not None
        self._workload = workload
        self.window = None if workload.length == length else workload.length
        self.passes = -(-length // workload.length)
        self.network = workload.network.to(spec.device)
        self._run: Callable[[Tensor], Tensor] = workload.forward
        self._loss: Callable[[Tensor], Tensor] = workload.loss
        if spec.compiled:
            self._run, self._loss = torch.compile(self._run), torch.compile(self._loss)
        self._optimizer: Optimizer | None = None
        if spec.mode is Mode.TRAINING:
            self.network.train()
            self._optimizer = workload.optimizer()
        else:
            self.network.eval()

    @property
    def parameters(self) -> int:
        """Weights of the network."""
        return sum(weight.numel() for weight in self.network.parameters())

    def step(self, sequences: int) -> Step:
        """Return what runs one step on so many sequences."""
        batches = self._batches(sequences)
        one = self._predict if self._optimizer is None else self._updating()

        def run() -> None:
            for batch in batches:
                one(batch)

        return run

    def _batches(self, sequences: int) -> list[Tensor]:
        windows = sequences * self.passes
        generator = torch.Generator().manual_seed(0)
        codes = torch.randint(
            4, (windows, self._workload.length), dtype=torch.uint8, generator=generator
        ).to(self._spec.device)
        # Parts of about the same size: a rest of one window could not be normalised.
        parts = -(-windows // WINDOWS_AT_ONCE) if self.passes > 1 else 1
        return list(torch.tensor_split(codes, parts))

    def _predict(self, codes: Tensor) -> None:
        with torch.no_grad(), autocast(self._spec.device, self._spec.precision):
            self._run(codes)

    def _updating(self) -> Callable[[Tensor], None]:
        """Return what updates the weights by a batch of codes."""
        optimizer, clip = self._optimizer, self._workload.gradient_clip
        assert optimizer is not None
        differentiate = self._recorded() if self._spec.recorded else self._differentiate

        def update(codes: Tensor) -> None:
            optimizer.zero_grad(set_to_none=True)
            differentiate(codes)
            if clip:
                nn.utils.clip_grad_norm_(self.network.parameters(), clip)
            optimizer.step()

        return update

    def _differentiate(self, codes: Tensor) -> None:
        self._loss_of(codes).backward()  # type: ignore[no-untyped-call]

    def _recorded(self) -> Callable[[Tensor], object]:
        """Return what records the gradients of the second batch of each shape, and replays them.

        As in training: by then the optimizer holds its state, so that the peak of memory is that of
        an update.
        """
        record = self._workload.record
        if record is None:
            raise BenchError(f"model {self._spec.model} cannot record an update")
        steps: dict[torch.Size, Callable[[Tensor], Tensor]] = {}
        seen: set[torch.Size] = set()

        def differentiate(codes: Tensor) -> None:
            shape = codes.shape
            if shape not in seen:
                seen.add(shape)
                self._differentiate(codes)
                return
            if shape not in steps:
                steps[shape] = record(self._loss_of, codes)
            steps[shape](codes)

        return differentiate

    def _loss_of(self, codes: Tensor) -> Tensor:
        try:
            with autocast(self._spec.device, self._spec.precision):
                return self._loss(codes)
        except ValueError as error:
            if TOO_FEW in str(error):
                raise TooFewSequencesError from error
            raise


def autocast(device: str, precision: str) -> AbstractContextManager[object]:
    """Compute in a precision, where that is not torch's own."""
    if precision == "float32":
        return nullcontext()
    return torch.autocast(device, TYPES[precision])
