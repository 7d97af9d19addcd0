"""Arithmetic and memory traffic of a network's step, counted on any machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from bench.interface.workload import STANDS_FOR
from bench.profile.counting import Counts, Speeds, count
from bench.profile.networks import autocast
from bench.profile.records import CurveSpec, Mode

if TYPE_CHECKING:
    from bench.interface.model import Model
    from bench.interface.workload import Workload


def counts_of_step(
    model: Model, spec: CurveSpec, length: int, sequences: int, speeds: Speeds
) -> tuple[Counts, Counts]:
    """Count a step on so many sequences: as published, and as it is computed here.

    That depends on no machine: tensors have shapes and no values, and stand for those of the
    curve's device. The optimizer is left out. Of the first, `flops_of_parts` are those of a forward
    pass.
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
    mode = FakeTensorMode()
    setattr(mode, STANDS_FOR, spec.device)
    with mode, torch.device("cpu"):
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
            with autocast("cpu", spec.precision):
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
