"""How a run shows where it is, with and without a terminal."""

from __future__ import annotations

import io

import pytest

from bench.cli.display import ConsoleDisplay
from bench.run.launch import StageEvent
from bench.run.result import CellSpec, Result, Status


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def cell(name):
    return CellSpec(
        cell_id=name, model=name, target="m:C", plugin="p", plugin_files=(), preset="small",
        settings={}, input_length=None, task="toy", seed=0,
    )  # fmt: skip


def event(name, stage="fit", done=0, total=0):
    return StageEvent(name, stage, done, total, "", cell(name).title)


@pytest.fixture
def clock():
    return Clock()


def test_lines_without_a_terminal_come_at_the_start_and_once_a_minute(clock):
    stream = io.StringIO()
    display = ConsoleDisplay(stream, clock)
    display.begin(2, 0)
    display.on_stage(event("a", "load"))
    for second in range(150):
        clock.now = 1000.0 + second
        display.on_stage(event("a", "fit", second, 200))
        if second == 100:
            display.on_stage(event("b"))
    result = Result(cell=cell("a"), status=Status.FAILED, reason="no luck", finished="")
    display.on_result(result)
    clock.now += 59
    display.on_stage(event("b", "predict"))
    assert stream.getvalue().splitlines() == [
        "2 cells, 0 finished before",
        "[0/2] a:small on toy, seed 0: started",
        "[0/2] a:small on toy, seed 0: fit 30%",
        "[0/2] b:small on toy, seed 0: started",
        "[0/2] a:small on toy, seed 0: fit 60%",
        "[1/2] a:small on toy, seed 0: failed: no luck",
        "[1/2] b:small on toy, seed 0: predict",
    ]


def test_long_preparation_is_told_once_a_minute_without_a_terminal(clock):
    stream = io.StringIO()
    progress = ConsoleDisplay(stream, clock).step("fetch genome")
    for second in range(130):
        clock.now = 1000.0 + second
        progress(second, 200)
    progress(200, 200, "checking")
    assert stream.getvalue().splitlines() == ["fetch genome 30%", "fetch genome 60%"]


def test_a_terminal_has_one_line_that_is_drawn_again(clock):
    stream = Terminal()
    display = ConsoleDisplay(stream, clock)
    display.begin(1, 0)
    display.step("fetch genome")(1, 2)
    clock.now += 1
    display.on_stage(event("a", "fit", 1, 4))
    drawn = stream.getvalue().split("\r\033[K")
    assert drawn[1:] == ["1 cell, 0 finished before\n", "fetch genome  50%", "[0/1] fit 25%"]
