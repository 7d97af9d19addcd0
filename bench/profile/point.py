"""Measures one point of a curve."""

from __future__ import annotations

import contextlib
import gc
import logging
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.interface.errors import BenchError
from bench.profile.batches import (
    WINDOWS_AT_ONCE,
    OutOfDeviceMemoryError,
    Room,
    TooFewSequencesError,
    Trials,
    is_out_of_memory,
    try_batches,
)
from bench.profile.energy import energy_meter
from bench.profile.estimators import FIT_LENGTH, EstimatorSteps
from bench.profile.memory import (
    device_peak,
    forget_device_peak,
    forget_host_peak,
    host_peak,
    resident,
)
from bench.profile.records import EVERY, LARGEST, CurveSpec, Mode, Point
from bench.profile.rounds import rounds_of
from bench.profile.timing import Step, clock_of, sampled
from bench.run.result import Status

if TYPE_CHECKING:
    from bench.interface.model import Model
    from bench.profile.networks import NetworkSteps

PART_SAMPLES = 3
"""In each round."""
CPU_STEP_SHARE, GPU_STEP_SHARE = 1 / 6, 1 / 20
"""What a step of the largest batch may take of a point's seconds, on a GPU of a point's limit."""
LARGEST_BATCH = 1 << 16
"""Sequences that are predicted together at most."""


@dataclass(slots=True)
class Bench:
    """What all points of a curve share."""

    spec: CurveSpec
    model_class: type[Model]
    is_network: bool
    is_warm: bool = False
    """Whether a step was taken before, so that libraries have loaded what they load on first use
    and no point is charged with that memory."""
    ran_out: bool = False
    """Whether memory ran out on the way to the largest batch."""
    _estimator: EstimatorSteps | None = None

    def estimator(self) -> EstimatorSteps:
        """Return the steps of a model that is no network, which is fitted once for all points.

        Raises:
            BenchError: it cannot be timed by itself.
        """
        if self._estimator is None:
            self._estimator = EstimatorSteps(self.model_class, self.spec)
        return self._estimator

    @property
    def clock(self) -> Callable[[Step], float]:
        """Times a step."""
        return clock_of(self.spec.device)


def measure(bench: Bench, place: int) -> Iterator[Point]:
    """Yield the points at one length, or of one number of sequences where fits are timed.

    What goes wrong is told by a point's status.
    """
    spec = bench.spec
    length = FIT_LENGTH if spec.mode is Mode.FIT else place
    sequences = place if spec.mode is Mode.FIT else _first_batch(spec)
    try:
        yield from _measured(bench, length, sequences)
    except BenchError as error:
        yield _unmeasured(length, sequences, Status.SKIPPED, str(error))
    except OutOfDeviceMemoryError as error:
        yield _unmeasured(length, sequences, Status.OOM, str(error))
    except Exception as error:  # noqa: BLE001  a model may fail in any way; the point says how
        if is_out_of_memory(error):
            reason = (str(error).splitlines() or ["out of memory"])[0]
            yield _unmeasured(length, sequences, Status.OOM, reason)
            return
        import traceback

        traceback.print_exc()
        first = (str(error).splitlines() or [""])[0]
        reason = f"{type(error).__name__}: {first}"
        yield _unmeasured(length, sequences, Status.FAILED, reason)


def _first_batch(spec: CurveSpec) -> int:
    return int(spec.batch) if spec.batch.isdigit() else 1


def _unmeasured(length: int, sequences: int, status: Status, reason: str) -> Point:
    return Point(length=length, sequences=sequences, status=status, reason=reason)


def _measured(bench: Bench, length: int, sequences: int) -> Iterator[Point]:
    spec = bench.spec
    if not bench.is_network:
        yield from _of_estimator(bench, bench.estimator(), length, sequences)
        return
    from bench.profile.networks import NetworkSteps

    if not bench.is_warm:
        first = NetworkSteps(bench.model_class(**spec.settings), spec, length)
        _warm_up(bench, first.step(sequences))
        del first
    base = settled()
    steps = NetworkSteps(bench.model_class(**spec.settings), spec, length)
    for count, trials in _batches(bench, steps.step, sequences, steps.passes):
        point = _that_fits(bench, steps, length, count, trials)
        yield _with_network(bench, steps, point.model_copy(update={"base_host_bytes": base}))


def _that_fits(bench: Bench, steps: NetworkSteps, length: int, count: int, trials: Trials) -> Point:
    """Sample the largest batch, or half of it where many steps need more than the one that fitted.

    Raises:
        RuntimeError: not even one sequence fits any more.
    """
    while True:
        try:
            return _sampled(bench, steps.step(count), length, count, trials)
        except RuntimeError as error:
            if count == 1 or not trials.seconds or not is_out_of_memory(error):
                raise
        gc.collect()
        count //= 2


def _of_estimator(
    bench: Bench, steps: EstimatorSteps, length: int, sequences: int
) -> Iterator[Point]:
    if not bench.is_warm:
        is_fit = bench.spec.mode is Mode.FIT
        _warm_up(bench, steps.fit(sequences) if is_fit else steps.predict(length, sequences))
    base = settled()
    if bench.spec.mode is Mode.FIT:
        point = _sampled(bench, steps.fit(sequences), length, sequences, Trials())
        yield point.model_copy(update={"base_host_bytes": base})
        return

    def step(count: int) -> Step:
        return steps.predict(length, count)

    for count, trials in _batches(bench, step, sequences, steps.passes(length)):
        point = _sampled(bench, step(count), length, count, trials)
        known = {"window": steps.window, "passes": steps.passes(length), "base_host_bytes": base}
        yield point.model_copy(update=known)


def _warm_up(bench: Bench, step: Step) -> None:
    with contextlib.suppress(TooFewSequencesError):
        step()
    bench.is_warm = True


def settled() -> int:
    """Forget what earlier points left behind; return the memory that is held before this one."""
    gc.collect()
    forget_host_peak()
    return resident()


def _batches(
    bench: Bench, step: Callable[[int], Step], sequences: int, passes: int
) -> Iterator[tuple[int, Trials]]:
    """Yield the batches to sample, the last with what was tried to find it."""
    spec = bench.spec
    if spec.batch not in {LARGEST, EVERY}:
        yield sequences, Trials()
        return
    on_gpu = spec.device == "cuda" and bench.is_network
    room = Room(
        spec.device if bench.is_network else "cpu",
        spec.memory_limit,
        spec.point_limit * GPU_STEP_SHARE if on_gpu else spec.seconds * CPU_STEP_SHARE,
        max(1, WINDOWS_AT_ONCE // passes) if passes > 1 else LARGEST_BATCH,
        spec.compiled,
    )
    trials = try_batches(step, bench.clock, room)
    bench.ran_out = trials.ran_out
    for count in sorted(trials.seconds) if spec.batch == EVERY else [trials.largest]:
        yield count, trials if count == trials.largest else Trials()


def _sampled(bench: Bench, step: Step, length: int, sequences: int, trials: Trials) -> Point:
    spec = bench.spec
    forget_device_peak(spec.device)
    forget_host_peak()
    meter = energy_meter(spec.device)
    if spec.compiled:
        step()  # compiles, which would be taken for a long step
    samples = sampled(step, bench.clock, spec.seconds, meter, rounds_of(spec))
    # The optimizer holds its state from the second step on.
    memory = {"peak_host_bytes": host_peak(), "peak_device_bytes": device_peak(spec.device)}
    return Point(
        length=length,
        sequences=sequences,
        status=Status.OK,
        reason=f"the largest by {trials.ended_by}" if trials.ended_by else "",
        seconds=samples.seconds,
        repeats=samples.repeats,
        energy_joules=samples.joules,
        tried=trials.seconds,
        **memory,
    )


def _with_network(bench: Bench, steps: NetworkSteps, point: Point) -> Point:
    """Add what is known of networks alone, but for arithmetic, which is counted later."""
    return point.model_copy(
        update={
            "window": steps.window,
            "passes": steps.passes,
            "parameters": steps.parameters,
            "parts": time_parts(bench, steps, point.sequences),
        }
    )


def time_parts(bench: Bench, steps: NetworkSteps, sequences: int) -> dict[str, tuple[float, ...]]:
    """Time the parts of a step; compiled or recorded, it calls no modules and has none."""
    from bench.profile.parts import time_of_parts

    if bench.spec.compiled or bench.spec.recorded:
        return {}
    step, device = steps.step(sequences), bench.spec.device
    training = bench.spec.mode is Mode.TRAINING
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="Full backward hook is firing")
            samples = [
                time_of_parts(steps.network, step, device, backward=training)
                for _ in range(PART_SAMPLES)
            ]
    except (RuntimeError, UserWarning) as error:
        # Gradients cannot be watched where a later layer changes what a part gave, in place, or
        # where a part is given its inputs in a list.
        if not training or is_out_of_memory(error):
            raise
        logging.getLogger(__name__).warning("no parts of training: %s", error)
        return {}
    return {part: tuple(sample[part] for sample in samples) for part in samples[0]}
