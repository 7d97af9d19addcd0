"""Arithmetic and memory traffic of a network's step, counted on any machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from bench.interface.errors import BenchError
from bench.interface.workload import STANDS_FOR
from bench.profile.counting import Counts, Speeds, count
from bench.profile.networks import autocast
from bench.profile.records import CurveSpec, Mode

if TYPE_CHECKING:
    from bench.interface.model import Model
    from bench.interface.workload import Workload


@dataclass(frozen=True, slots=True)
class CountedSteps:
    """Steps on two and on four windows, from which those on any number follow.

    What belongs to weights is the same for both, the rest grows with their number; one window is
    too few for networks that normalise over them.
    """

    two: Counts
    four: Counts
    window: int
    """bp that are read at once."""

    def on(self, windows: int) -> Counts:
        """Return what a step on so many windows takes."""
        part = (windows - 2) / 2

        def at(low: float, high: float) -> float:
            return low + part * (high - low)

        two, four = self.two, self.four
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


def count_steps(
    model: Model, spec: CurveSpec, length: int, speeds: Speeds
) -> tuple[CountedSteps, CountedSteps]:
    """Count steps at a length: as published, and as they are computed here.

    That depends on no machine: tensors have shapes and no values, and stand for those of the
    curve's device. The optimizer is left out. Of the first, `flops_of_parts` are those of a forward
    pass.

    Raises:
        BenchError: the two read sequences of other lengths.
    """
    given = (model, spec, length, speeds)
    published = _counted(*given, as_published=True)
    computed = _counted(*given, as_published=False)
    if published.window != computed.window:
        raise BenchError(
            f"the published form of {spec.model} reads {published.window:,} bp, the one that is "
            f"timed {computed.window:,} bp: expected the same"
        )
    return published, computed


def _counted(
    model: Model, spec: CurveSpec, length: int, speeds: Speeds, *, as_published: bool
) -> CountedSteps:
    mode = FakeTensorMode()
    setattr(mode, STANDS_FOR, spec.device)
    with mode, torch.device("cpu"):
        workload = model.workload(length, spec.targets, as_published=as_published)
        assert workload is not None

        def on(windows: int) -> Counts:
            whole = _on(workload, spec, windows, speeds, spec.mode)
            if as_published and spec.mode is Mode.TRAINING:
                forward = _on(workload, spec, windows, speeds, Mode.INFERENCE)
                whole.flops_of_parts = forward.flops_of_parts
            return whole

        return CountedSteps(on(2), on(4), workload.length)


def _on(workload: Workload, spec: CurveSpec, windows: int, speeds: Speeds, mode: Mode) -> Counts:
    network = workload.network
    codes = torch.zeros(windows, workload.length, dtype=torch.uint8)
    training = mode is Mode.TRAINING
    network.train(training)

    def step() -> None:
        with torch.set_grad_enabled(training):
            with autocast("cpu", spec.precision):
                output = workload.forward(codes)
            if training:
                network.zero_grad(set_to_none=True)
                output.float().sum().backward()  # type: ignore[no-untyped-call]

    return count(network, step, speeds)
