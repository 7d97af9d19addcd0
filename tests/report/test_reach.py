"""The figure of distances, from a run on genes whose enhancers are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.interface.card import TaskKind
from bench.report import csv_tables, reach
from bench.report.view import view_run
from bench.run.store import RunFolder, Truth
from bench.simulate.gene_truth import gene_truth
from bench.simulate.genome import simulate
from bench.simulate.spec import SimulationSpec


@pytest.fixture(scope="module")
def genome():
    return simulate(SimulationSpec(name="small", chromosome_lengths=(("a", 900_000),)))


@pytest.fixture
def view(hand_made, registry, genome, tmp_path):
    """The task of numbers, turned into one of the genes of the genome."""
    built = tmp_path / "built"
    (built / "truth").mkdir(parents=True)
    genome.genes.to_parquet(built / "truth" / "genes.parquet")
    genome.elements.to_parquet(built / "truth" / "elements.parquet")
    view = view_run(hand_made.folder, registry)
    info = view.tasks["numbers"]
    heads = {"default": info.heads["default"].model_copy(update={"targets": ("CT1",)})}
    info = info.model_copy(update={"kind": TaskKind.EXPRESSION, "heads": heads})
    rows = []
    for row in view.of_task("numbers"):
        results = tuple(
            result.model_copy(
                update={"cell": result.cell.model_copy(update={"task_folder": str(built)})}
            )
            for result in row.results
        )
        rows.append(replace(row, results=results))
    return replace(view, tasks={"numbers": info}, rows=tuple(rows))


def test_predictions_of_the_truth_hold_all_of_every_effect(view, genome, monkeypatch):
    ids = genome.genes["id"].to_numpy()
    truth = gene_truth(genome.genes, genome.elements, ["activity_CT1"])
    shown = Truth([f"gene{number}" for number in ids], truth.levels, np.arange(len(ids)) // 3)
    monkeypatch.setattr(RunFolder, "truth", lambda *_: shown)
    monkeypatch.setattr(RunFolder, "predictions", lambda *_: truth.levels)
    row = next(row for row in view.rows if row.finished)
    found = reach.seen_by(view, row)
    assert len(found) == len(reach.EDGES) - 1
    known = [one.share for one in found if not np.isnan(one.share)]
    assert len(known) >= 4
    assert known == pytest.approx([1.0] * len(known), abs=1e-6)
    assert [name for name, _ in reach.reach_figures(view)] == ["reach-numbers"]
    header, *lines = csv_tables.reach_csv(view).splitlines()
    assert header.startswith("task,label,receptive_field,nearest,furthest,share")
    shares = [line.split(",")[-4] for line in lines if line.split(",")[1] == row.label]
    assert len(shares) == len(reach.EDGES) - 1
    assert {share for share in shares if share != "nan"} == {"1"}


def test_a_task_without_known_genes_has_no_figure(hand_made, registry):
    view = view_run(hand_made.folder, registry)
    assert not list(reach.reach_figures(view))
    assert csv_tables.reach_csv(view) is None


def test_shares_are_those_of_the_mean_of_seeds(view, genome, monkeypatch):
    ids = genome.genes["id"].to_numpy()
    truth = gene_truth(genome.genes, genome.elements, ["activity_CT1"])
    shown = Truth([f"gene{number}" for number in ids], truth.levels, np.arange(len(ids)) // 3)
    seen = iter([truth.levels, np.zeros_like(truth.levels)])
    monkeypatch.setattr(RunFolder, "truth", lambda *_: shown)
    monkeypatch.setattr(RunFolder, "predictions", lambda *_: next(seen))
    row = next(row for row in view.rows if row.finished)
    found = reach.seen_by(view, replace(row, results=(row.finished[0], row.finished[0])))
    known = [one.share for one in found if not np.isnan(one.share)]
    assert known == pytest.approx([0.5] * len(known), abs=1e-6)


def test_items_that_are_left_out_tell_nothing(view, genome, monkeypatch):
    ids = genome.genes["id"].to_numpy()
    truth = gene_truth(genome.genes, genome.elements, ["activity_CT1"])
    left_out = np.arange(len(ids)) < len(ids) // 3
    predictions, targets = truth.levels.copy(), truth.levels.copy()
    predictions[left_out] = -5.0
    targets[left_out] = np.nan
    names, blocks = [f"gene{number}" for number in ids], np.arange(len(ids)) // 3
    monkeypatch.setattr(RunFolder, "truth", lambda *_: Truth(names, targets, blocks))
    monkeypatch.setattr(RunFolder, "predictions", lambda *_: predictions)
    row = next(row for row in view.rows if row.finished)
    known = [one.share for one in reach.seen_by(view, row) if not np.isnan(one.share)]
    assert len(known) >= 3
    assert known == pytest.approx([1.0] * len(known), abs=1e-6)
    for kept in (1, 0):
        targets[:] = np.nan
        targets[:kept] = 1.0
        assert all(np.isnan(one.share) for one in reach.seen_by(view, row))
        assert [name for name, _ in reach.reach_figures(view)] == ["reach-numbers"]


def test_how_far_a_model_looks(view):
    row = next(row for row in view.rows if row.finished)
    first = row.finished[0]
    assert reach.sight(view, row) == view.tasks["numbers"].lengths[1]
    cell = first.cell.model_copy(update={"input_length": 600})
    shown = first.model_copy(update={"cell": cell})
    assert reach.sight(view, replace(row, results=(shown,))) == 600
    known = shown.model_copy(update={"cost": first.cost.model_copy(update={"receptive_field": 90})})
    assert reach.sight(view, replace(row, results=(known,))) == 90
