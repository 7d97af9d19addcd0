"""Shows how a run is going: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

from bench.interface.context import Progress
from bench.run.launch import StageEvent
from bench.run.result import Result, Status

REDRAW_SECONDS = 0.2
LINE_SECONDS = 60.0
"""Between two lines on one cell, or on one step of preparation, where there is no terminal."""


class ConsoleDisplay:
    """Writes to standard error, so that standard output stays for results."""

    def __init__(
        self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._live = self._stream.isatty()
        self._clock = clock
        self._lock = threading.Lock()
        self._stages: dict[str, StageEvent] = {}
        self._told: dict[str, float] = {}
        self._total = 0
        self._done = 0
        self._drawn = 0.0

    def step(self, title: str) -> Progress:
        """Begin a step of preparation, such as a download."""
        told = self._clock()

        def progress(done: int, total: int, note: str = "") -> None:
            nonlocal told
            percent = f"{done * 100 // max(total, 1)}%"
            if self._live:
                self._draw(f"{title} {note} {percent}")
            elif self._clock() - told >= LINE_SECONDS:
                told = self._clock()
                self._line(" ".join(filter(None, [title, note, percent])))

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
        """A cell tells how far it is; the first time, that it has started."""
        if not self._live:
            self._tell(event)
            return
        with self._lock:
            self._stages[event.cell_id] = event
            stages = list(self._stages.values())
        share = [f"{event.stage} {_percent(event)}".strip() for event in stages]
        self._draw(f"[{self._done}/{self._total}] " + " | ".join(share))

    def _tell(self, event: StageEvent) -> None:
        """Print a line where the cell has just started or nothing was said of it for long."""
        now = self._clock()
        with self._lock:
            before = self._told.get(event.cell_id)
            if before is not None and now - before < LINE_SECONDS:
                return
            self._told[event.cell_id] = now
        text = "started" if before is None else f"{event.stage} {_percent(event)}".strip()
        self._line(f"[{self._done}/{self._total}] {event.title}: {text}")

    def on_result(self, result: Result) -> None:
        """A cell has ended."""
        with self._lock:
            self._stages.pop(result.cell.cell_id, None)
            self._told.pop(result.cell.cell_id, None)
            self._done += 1
        self._line(f"[{self._done}/{self._total}] {describe(result)}")

    def _draw(self, text: str) -> None:
        now = self._clock()
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
    if result.status is not Status.OK:
        return f"{cell.title}: {result.status}: {result.reason}"
    seconds = result.cost.wall_seconds or 0.0
    scores = ", ".join(
        f"{metric.metric} {'N/A' if metric.value is None else f'{metric.value:.3f}'}"
        for metric in result.metrics
    )
    return f"{cell.title}: {scores} ({seconds:.1f} s)"


def _percent(event: StageEvent) -> str:
    return f"{event.done * 100 // event.total}%" if event.total else ""


class Counter:
    """Counts what is done of a stream whose end is not known."""

    def __init__(
        self,
        noun: str,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._noun = noun
        self._stream = stream if stream is not None else sys.stderr
        self._live = self._stream.isatty()
        self._clock = clock
        self._began = self._told = clock()
        self._count = 0

    def add(self, count: int) -> None:
        """Say so now and then."""
        self._count += count
        now = self._clock()
        if now - self._told >= (REDRAW_SECONDS if self._live else LINE_SECONDS):
            self._told = now
            self._write(self._text(now), "" if self._live else "\n")

    def end(self) -> None:
        """Say how many there were, and how long they took."""
        self._write(self._text(self._clock()), "\n")

    def _text(self, now: float) -> str:
        return f"{self._count:,} {self._noun} in {now - self._began:.1f} s"

    def _write(self, text: str, end: str) -> None:
        clear = "\r\033[K" if self._live else ""
        self._stream.write(f"{clear}{text}{end}")
        self._stream.flush()
