"""Samples of how long a step takes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from bench.profile.rounds import SPAN

Step: TypeAlias = Callable[[], object]

SHORTEST_SAMPLE = 0.05
"""Seconds: shorter steps are repeated, and a sample is their mean."""
FEWEST, MOST = 5, 30
"""Samples of a point."""
FEWEST_OF_LONG, LONG = 3, 10.0
"""Samples of steps that take so many seconds or longer."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Seconds of one step each; a sample is the mean of `repeats` steps."""

    seconds: tuple[float, ...]
    repeats: int
    joules: float | None = None
    """Energy of one step."""


def clock_of(device: str) -> Callable[[Step], float]:
    """Return what times one call: with events on a GPU, whose work goes on after the call."""
    return _on_gpu if device == "cuda" else _on_cpu


def _on_cpu(step: Step) -> float:
    started = time.perf_counter()
    step()
    return time.perf_counter() - started


def _on_gpu(step: Step) -> float:
    import torch

    begin, end = (
        torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        for _ in range(2)
    )
    begin.record()
    step()
    end.record()
    end.synchronize()
    return float(begin.elapsed_time(end)) / 1e3


def sampled(
    step: Step,
    clock: Callable[[Step], float],
    seconds: float,
    meter: Callable[[], float] | None = None,
    rounds: int = 1,
) -> Samples:
    """Time a step several times, after two that are thrown away, or one where it takes long.

    Args:
        step: what is timed.
        clock: see `clock_of`.
        seconds: about how long the samples of all rounds take together.
        meter: returns joules since some time before.
        rounds: in how many samples are taken, of which this is the first, unless they stretch over
            `SPAN` as it is.
    """
    first = _warmed(step, clock)
    repeats = max(1, math.ceil(SHORTEST_SAMPLE / max(first, 1e-9)))
    fewest = FEWEST if first < LONG else FEWEST_OF_LONG
    count = min(MOST, max(fewest, round(seconds / (first * repeats))))
    if count * repeats * first < SPAN:
        count = math.ceil(count / rounds)
    return _taken(step, clock, count, repeats, meter)


def sampled_again(
    step: Step,
    clock: Callable[[Step], float],
    count: int,
    repeats: int,
    meter: Callable[[], float] | None = None,
) -> Samples:
    """Take so many samples in a later round, each the mean of so many steps."""
    _warmed(step, clock)
    return _taken(step, clock, count, repeats, meter)


def _warmed(step: Step, clock: Callable[[Step], float]) -> float:
    first = clock(step)
    return clock(step) if first < LONG else first


def _taken(
    step: Step,
    clock: Callable[[Step], float],
    count: int,
    repeats: int,
    meter: Callable[[], float] | None,
) -> Samples:
    def several() -> None:
        for _ in range(repeats):
            step()

    before = meter() if meter else 0.0
    taken = tuple(clock(several) / repeats for _ in range(count))
    joules = (meter() - before) / (count * repeats) if meter else None
    return Samples(taken, repeats, joules)
