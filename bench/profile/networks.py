"""Steps of a network: a forward pass, or an update of its weights."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from bench.interface.errors import BenchError
from bench.profile.batches import TOO_FEW, WINDOWS_AT_ONCE, TooFewSequencesError
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
        with torch.no_grad(), autocast(self._spec):
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
            with autocast(self._spec):
                return self._loss(codes)
        except ValueError as error:
            if TOO_FEW in str(error):
                raise TooFewSequencesError from error
            raise


def counts_of_step(
    model: Model, spec: CurveSpec, length: int, sequences: int, speeds: Speeds
) -> tuple[Counts, Counts]:
    """Count a step on so many sequences: as published, and as it is computed here.

    The optimizer is left out. Of the first, `flops_of_parts` are those of a forward pass.
    """
    given = (model, spec, length, speeds, sequences)
    return _counted(*given, as_published=True), _counted(*given, as_published=False)


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
        windows = sequences * -(-length // workload.length)
        whole = _for_windows(workload, spec, windows, speeds, spec.mode)
        if as_published and spec.mode is Mode.TRAINING:
            forward = _for_windows(workload, spec, windows, speeds, Mode.INFERENCE)
            whole.flops_of_parts = forward.flops_of_parts
    return whole


def _for_windows(
    workload: Workload, spec: CurveSpec, windows: int, speeds: Speeds, mode: Mode
) -> Counts:
    """Count a step on so many windows from steps on two and on four.

    What belongs to weights is the same for both, the rest grows with their number; one window is
    too few for networks that normalise over them.
    """
    two, four = (_on(workload, spec, number, speeds, mode) for number in (2, 4))
    return _between(two, four, (windows - 2) / 2)


def _on(workload: Workload, spec: CurveSpec, windows: int, speeds: Speeds, mode: Mode) -> Counts:
    network = workload.network
    codes = torch.zeros(windows, workload.length, dtype=torch.uint8)
    training = mode is Mode.TRAINING
    network.train(training)

    def step() -> None:
        with torch.set_grad_enabled(training):
            with autocast(spec):
                output = workload.forward(codes)
            if training:
                network.zero_grad(set_to_none=True)
                output.float().sum().backward()  # type: ignore[no-untyped-call]

    return count(network, step, speeds)


def _between(two: Counts, four: Counts, part: float) -> Counts:
    def at(low: float, high: float) -> float:
        return low + part * (high - low)

    return Counts(
        flops=at(two.flops, four.flops),
        flops_of_parts={
            name: at(low, four.flops_of_parts.get(name, 0.0))
            for name, low in two.flops_of_parts.items()
        },
        bytes_moved=at(two.bytes_moved, four.bytes_moved),
        uncounted=two.uncounted,
        seconds=at(two.seconds, four.seconds),
    )


def autocast(spec: CurveSpec) -> AbstractContextManager[object]:
    """Compute in the precision of a curve, where that is not torch's own."""
    if spec.precision == "float32":
        return nullcontext()
    return torch.autocast(spec.device, TYPES[spec.precision])
