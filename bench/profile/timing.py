"""Samples of how long a step takes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

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
) -> Samples:
    """Time a step several times, after two that are thrown away, or one where it takes long.

    Args:
        step: what is timed.
        clock: see `clock_of`.
        seconds: about how long all samples take together.
        meter: returns joules since some time before.
    """
    first = clock(step)
    if first < LONG:
        first = clock(step)
    repeats = max(1, math.ceil(SHORTEST_SAMPLE / max(first, 1e-9)))

    def several() -> None:
        for _ in range(repeats):
            step()

    fewest = FEWEST if first < LONG else FEWEST_OF_LONG
    count = min(MOST, max(fewest, round(seconds / (first * repeats))))
    before = meter() if meter else 0.0
    taken = tuple(clock(several) / repeats for _ in range(count))
    joules = (meter() - before) / (count * repeats) if meter else None
    return Samples(taken, repeats, joules)
