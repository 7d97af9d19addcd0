"""Runs on a toy task with toy models."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from bench.registry.discovery import discover
from bench.run.request import Changes, make_request
from bench.run.runner import open_run_folder, run
from bench.tasks.catalogue import TaskCatalogue

TOY_MODELS = Path(__file__).parent / "toy_models.py"


class SilentDisplay:
    """Remembers what was shown."""

    def __init__(self):
        self.results = []
        self.stages = []
        self.warnings = []
        self.begun = None

    def step(self, title):
        return lambda done, total, note="": None

    def warn(self, message):
        self.warnings.append(message)

    def begin(self, total, done):
        self.begun = (total, done)

    def on_stage(self, event):
        self.stages.append(event)

    def on_result(self, result):
        self.results.append(result)


@dataclasses.dataclass
class Outcome:
    well: bool
    folder: object
    display: SilentDisplay
    counts: object

    @property
    def results(self):
        return {result.cell.model: result for result in self.folder.results()}


@pytest.fixture
def registry(forget_plugins):
    return discover([TOY_MODELS])


@pytest.fixture
def run_toy(toy, tmp_path, registry):
    """Run models on the toy task in one run folder."""

    def run_models(models, out=tmp_path / "run", manifest=None, retry=False, **changes):
        request = make_request(
            str(manifest or toy()),
            Changes(models=models, **changes),
            registry,
            TaskCatalogue(registry),
            retry=retry,
        )
        folder, display = open_run_folder(out), SilentDisplay()
        counts = run(request, folder, registry, display)
        return Outcome(counts.is_well, folder, display, counts)

    return run_models
