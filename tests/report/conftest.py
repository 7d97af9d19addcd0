"""A run folder made by hand: several models, tasks and seeds, and every way to end."""

from __future__ import annotations

import numpy as np
import pytest

from bench.registry.discovery import discover
from bench.run.result import (
    CellSpec,
    Cost,
    MetricResult,
    Provenance,
    Result,
    Status,
    TargetScore,
)
from bench.run.store import RunFolder, RunIndex, write_json
from bench.tasks.certificate import Certificate, write_certificate
from bench.tasks.info import Head, TargetCounts, TaskInfo

ITEMS = 80


def task(name, kind, metrics, targets, blocks):
    positives = ITEMS // 4 if kind == "classification" else None
    counts = tuple(TargetCounts(items=ITEMS, positives=positives) for _ in targets)
    return TaskInfo(
        name=name, dataset="made", title=f"The task {name}", kind=kind, metrics=metrics,
        heads={"default": Head(targets=targets)}, genome=None, licence="made_up & free",
        citation="Nobody 2026, 100 % made up", split="given", negatives="given",
        items={"train": 300, "valid": 40, "test": ITEMS}, excluded={"shares a 50-mer": 3},
        notes=("A note | with a bar.",), blocks=blocks, block_unit="group",
        counts={"train": counts, "valid": counts, "test": counts}, lengths=(90, 100, 110),
        dataset_hash="d" * 64, split_hash="e" * 64, builder_version=1,
    )  # fmt: skip


TASKS = (
    task("binary", "classification", ("auroc", "auprc"), ("y",), 40),
    task("labels", "classification", ("auroc", "auprc"), ("a", "b", "c"), 40),
    task("numbers", "regression", ("pearson", "spearman", "r2"), ("z",), 12),
)

PROVENANCE = Provenance(
    cisbench="0", python="3.11", packages={"numpy": "2"}, system="Linux", machine="m", cpu="C",
    cores=2, memory_bytes=8, threads=1, workers=2,
)  # fmt: skip


def score(metric, info, value):
    targets = tuple(
        TargetScore(target=name, value=value, low=value - 0.05, high=value + 0.04, items=ITEMS)
        for name in info.heads["default"].targets
    )
    return MetricResult(
        metric=metric, value=value, low=value - 0.05, high=value + 0.04,
        targets_defined=len(targets), targets_degenerate=0, blocks=info.blocks,
        few_blocks=info.blocks < 30, draws=2000, seed=0, statistics_version=1, targets=targets,
    )  # fmt: skip


class HandMade:
    """Writes cells one at a time."""

    tasks = {info.name: info for info in TASKS}

    def __init__(self, path, tasks=TASKS):
        self.folder = RunFolder(path)
        self.made = RunIndex(suite="hand_made", created="2026-01-01T00:00:00+00:00")
        rng = np.random.default_rng(0)
        for info in tasks:
            place = path / "tasks" / info.key
            place.mkdir(parents=True)
            write_json(place / "task.json", info)
            width = len(info.heads["default"].targets)
            truth = (np.arange(ITEMS) % 4 == 0).astype(np.float32)[:, None].repeat(width, 1)
            if info.kind == "regression":
                truth = rng.normal(size=(ITEMS, width)).astype(np.float32)
            blocks = np.arange(ITEMS) % info.blocks
            np.savez(
                place / "truth.npz",
                items=np.arange(ITEMS).astype(str),
                targets=truth,
                blocks=blocks,
            )
            self.made.tasks[info.name] = info.key

    def add(self, model, info, value=None, status=Status.OK, reason="", **rest):
        spec = CellSpec(
            cell_id=f"{model}-{info.name}-{rest.get('seed', 0)}-{len(self.made.slots)}",
            model=model, target="m:C", plugin="p", plugin_files=(),
            **{"preset": "default", "settings": {}, "seed": 0, "task_key": info.key, **rest},
            input_length=None, task=info.name,
        )  # fmt: skip
        metrics = ()
        if value is not None:
            metrics = tuple(
                score(metric, info, value - 0.01 * place)
                for place, metric in enumerate(info.metrics)
            )
        place = self.folder.cell(spec.cell_id)
        place.mkdir(parents=True)
        write_json(place / "cell.json", spec)
        result = Result(
            cell=spec, status=status, reason=reason, metrics=metrics,
            cost=Cost(fit_seconds=2.5 if value else None, predict_seconds=0.1,
                      peak_memory_bytes=150_000_000),
            provenance=PROVENANCE if value else None,
        )  # fmt: skip
        write_json(place / "result.json", result)
        if value is not None:
            rng = np.random.default_rng(len(self.made.slots))
            width = len(info.heads["default"].targets)
            np.savez(place / "predictions.npz", default=rng.normal(size=(ITEMS, width)))
        self.made.slots[spec.slot] = spec.cell_id
        self.folder.write_index(self.made)
        return result


def certify(run, info, verdict, similarity=None):
    """Keep a certificate of a task in a run."""
    certificate = Certificate(
        task=info.name, key=info.key, dataset_hash="d", split_hash="e", cisbench="0", items={},
        context=None, measure="auroc", verdict=verdict, reasons=("length tells",), findings=(),
    )  # fmt: skip
    write_certificate(run.folder.path / "tasks" / info.key, certificate, similarity)


@pytest.fixture(scope="session")
def registry():
    return discover()


@pytest.fixture
def hand_made(tmp_path, registry):
    usual = registry.models["kmer-svm"].value.presets["published"].settings
    settings = {**usual, "k": 8}
    run = HandMade(tmp_path / "run")
    binary, labels, numbers = TASKS
    run.add("gc", binary, 0.6)
    run.add("gc", labels, 0.55)
    run.add("gc", numbers, 0.2)
    for seed, value in enumerate((0.90, 0.92, 0.94)):
        run.add("kmer-svm", binary, value, seed=seed, preset="published", settings=settings)
    run.add(
        "kmer-svm", labels, status=Status.TIMEOUT, reason="ran longer than 9 s", preset="published"
    )
    run.add("some_model", binary, 0.7, device="cuda", precision="bfloat16", budget_seconds=60.0)
    run.add("some_model", labels, status=Status.FAILED, reason="x < y | <b>z</b> & 10_000 %")
    run.add("some_model", numbers, status=Status.SKIPPED, reason="does not do regression")
    return run
