"""Shows how a run is going: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from typing import TextIO

from bench.interface.context import Progress
from bench.run.launch import StageEvent
from bench.run.result import Result, Status

REDRAW_SECONDS = 0.2


class ConsoleDisplay:
    """Writes to standard error, so that standard output stays for results."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._live = self._stream.isatty()
        self._lock = threading.Lock()
        self._stages: dict[str, StageEvent] = {}
        self._total = 0
        self._done = 0
        self._drawn = 0.0

    def step(self, title: str) -> Progress:
        """Begin a step of preparation, such as a download."""

        def progress(done: int, total: int, note: str = "") -> None:
            self._draw(f"{title} {note} {done * 100 // max(total, 1)}%")

        return progress

    def warn(self, message: str) -> None:
        """Say in one line what is odd about a task."""
        self._line(f"warning: {message}")

    def begin(self, total: int, done: int) -> None:
        """Begin execution of `total` cells, of which `done` are finished from before."""
        self._total = total
        self._done = done
        noun = "cell" if total == 1 else "cells"
        self._line(f"{total} {noun}, {done} finished before")

    def on_stage(self, event: StageEvent) -> None:
        """A cell tells how far it is."""
        with self._lock:
            self._stages[event.cell_id] = event
            stages = list(self._stages.values())
        share = [f"{event.stage} {_percent(event)}".strip() for event in stages]
        self._draw(f"[{self._done}/{self._total}] " + " | ".join(share))

    def on_result(self, result: Result) -> None:
        """A cell has ended."""
        with self._lock:
            self._stages.pop(result.cell.cell_id, None)
            self._done += 1
        self._line(f"[{self._done}/{self._total}] {describe(result)}")

    def _draw(self, text: str) -> None:
        now = time.monotonic()
        if self._live and now - self._drawn > REDRAW_SECONDS:
            self._drawn = now
            self._stream.write(f"\r\033[K{text[:100]}")
            self._stream.flush()

    def _line(self, text: str) -> None:
        clear = "\r\033[K" if self._live else ""
        self._stream.write(f"{clear}{text}\n")
        self._stream.flush()


def describe(result: Result) -> str:
    """Say in one line how a cell ended."""
    cell = result.cell
    name = f"{cell.model}:{cell.preset} on {cell.task}, seed {cell.seed}"
    if result.status is not Status.OK:
        return f"{name}: {result.status}: {result.reason}"
    seconds = result.cost.wall_seconds or 0.0
    scores = ", ".join(
        f"{metric.metric} {'N/A' if metric.value is None else f'{metric.value:.3f}'}"
        for metric in result.metrics
    )
    return f"{name}: {scores} ({seconds:.1f} s)"


def _percent(event: StageEvent) -> str:
    return f"{event.done * 100 // event.total}%" if event.total else ""
