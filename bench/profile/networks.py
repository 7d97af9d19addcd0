"""Steps of a network: a forward pass, or an update of its weights."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from bench.profile.batches import TOO_FEW, TooFewSequencesError
from bench.profile.counting import Counts, Speeds, count
from bench.profile.records import Mode

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from torch import Tensor
    from torch.optim import Optimizer

    from bench.interface.model import Model
    from bench.interface.workload import Workload
    from bench.profile.records import CurveSpec
    from bench.profile.timing import Step

WINDOWS_AT_ONCE = 128
"""Windows of a fixed length that are read together, where many cover a sequence."""
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
        self._model, self._spec, self._length = model, spec, length
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
        one = self._predict if self._optimizer is None else self._update

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
        at_once = WINDOWS_AT_ONCE if self.passes > 1 else windows
        return list(torch.split(codes, at_once))

    def _predict(self, codes: Tensor) -> None:
        with torch.no_grad(), autocast(self._spec):
            self._run(codes)

    def _update(self, codes: Tensor) -> None:
        assert self._optimizer is not None
        self._optimizer.zero_grad(set_to_none=True)
        with autocast(self._spec):
            loss = self._loss_of(codes)
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()

    def _loss_of(self, codes: Tensor) -> Tensor:
        try:
            return self._loss(codes)
        except ValueError as error:
            if TOO_FEW in str(error):
                raise TooFewSequencesError from error
            raise

    def counts(self, sequences: int, speeds: Speeds) -> tuple[Counts, Counts]:
        """Count a step on so many sequences: as published, and as it is computed here.

        Of the first, `flops_of_parts` are those of a forward pass.
        """
        published = _counted(
            self._model, self._spec, self._length, speeds, sequences, as_published=True
        )
        computed = _counted(
            self._model, self._spec, self._length, speeds, sequences, as_published=False
        )
        return published, computed


def _counted(
    model: Model,
    spec: CurveSpec,
    length: int,
    speeds: Speeds,
    sequences: int,
    *,
    as_published: bool,
) -> Counts:
    # Tensors that have a shape and a device, and no values.
    with FakeTensorMode(), torch.device(spec.device):
        workload = model.workload(length, spec.targets, as_published=as_published)
        assert workload is not None
        return _counted_without_values(workload, spec, length, speeds, sequences)


def _counted_without_values(
    workload: Workload, spec: CurveSpec, length: int, speeds: Speeds, sequences: int
) -> Counts:
    # Normalisation over a batch needs two sequences.
    windows = sequences * -(-length // workload.length)
    counted = min(windows, 2)
    codes = torch.zeros(counted, workload.length, dtype=torch.uint8)
    network = workload.network
    training = spec.mode is Mode.TRAINING
    network.train(training)

    def forward() -> None:
        with torch.no_grad(), autocast(spec):
            workload.forward(codes)

    def update() -> None:
        with autocast(spec):
            output = workload.forward(codes)
        output.float().sum().backward()  # type: ignore[no-untyped-call]

    whole = count(network, update if training else forward, speeds)
    if training:
        whole.flops_of_parts = count(network, forward, speeds).flops_of_parts
    return _times(whole, windows / counted)


def autocast(spec: CurveSpec) -> AbstractContextManager[object]:
    """Compute in the precision of a curve, where that is not torch's own."""
    if spec.precision == "float32":
        return nullcontext()
    return torch.autocast(spec.device, TYPES[spec.precision])


def _times(counts: Counts, factor: float) -> Counts:
    return Counts(
        flops=counts.flops * factor,
        flops_of_parts={part: each * factor for part, each in counts.flops_of_parts.items()},
        bytes_moved=counts.bytes_moved * factor,
        uncounted=counts.uncounted,
        seconds=counts.seconds * factor,
    )
