"""Ranks, pairs, average ranks and budgets of a report."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bench.metrics.verdict import Call
from bench.report.across_tasks import AcrossTasks, across_tasks, draw_ranks
from bench.report.budget import (
    COST_KINDS,
    budget_table,
    costs_of,
    round_budgets,
    within_budgets,
)
from bench.report.comparisons import against_the_best
from bench.report.leaderboard import task_table
from bench.report.overview import overview
from bench.report.pareto import pareto_front
from bench.report.ranking import Ranking, rank_tasks
from bench.report.view import view_run
from bench.report.write import write
from bench.run import draws
from bench.run.pairs import Comparison
from bench.run.result import AlleleScoring, Cost, Status
from bench.run.store import write_json
from bench.tasks.certificate import Verdict
from tests.report.conftest import HandMade, certify, task

TASKS = tuple(
    task(name, "classification", ("auroc", "auprc"), ("y",), 40) for name in ("one", "two", "three")
)


def predict(run, result, values):
    np.savez(run.folder.cell(result.cell.cell_id) / "predictions.npz", default=values)


def add(run, model, info, separation, value, **rest):
    """Add a cell whose predictions tell positives by `separation` standard deviations."""
    result = run.add(model, info, value, **rest)
    rng = np.random.default_rng([ord(letter) for letter in model + info.name])
    truth = run.folder.truth(info.key).targets
    predict(run, result, separation * truth + rng.normal(size=truth.shape))
    return result


@pytest.fixture
def run(tmp_path):
    made = HandMade(tmp_path / "run", TASKS)
    for info in TASKS:
        add(made, "kmer-svm", info, 4.0, 0.99)
        add(made, "gkm-svm", info, 3.9, 0.98)
        for seed in range(3):
            result = add(made, "basset", info, 1.0, 0.75 + 0.01 * seed, seed=seed)
            predict(made, result, made.folder.predictions(result.cell.cell_id) + 0.1 * seed)
        add(made, "gc", info, 0.0, 0.5)
    return made


def ranked(run, registry, margin=None):
    view = view_run(run.folder, registry)
    return replace(view, rankings=rank_tasks(view, registry, margin=margin))


def test_models_that_cannot_be_told_apart_share_a_rank(run, registry):
    view = ranked(run, registry)
    found = {label.partition(":")[0]: view.rank(label, "one") for label in view.labels}
    assert found == {"kmer-svm": 1, "gkm-svm": 1, "basset": 3, "gc": 4}
    table = task_table(view, "one")
    assert [row[1] for row in table.rows] == ["1", "1", "3", "4"]
    assert any("Holm's correction for 6 pairs at 5%" in note for note in table.notes)


def test_what_is_told_by_way_of_others_is_not_alike():
    pair = {"task": "t", "metric": "auroc", "key": "k"}
    found = Ranking(
        comparisons=tuple(
            Comparison.model_construct(model=one, against=other, call=call, **pair)
            for one, other, call in (
                ("a", "b", Call.BETTER), ("b", "c", Call.BETTER), ("a", "c", Call.OPEN),
                ("c", "d", Call.OPEN), ("a", "d", Call.NONE),
            )
        ),
        ranks={},
        unread=(),
        better={"b": frozenset("a"), "c": frozenset("ab"), "d": frozenset()},
    )  # fmt: skip
    assert found.by_way_of_others == [("a", "c")]
    assert not found.alike("a", "c")
    assert not found.untested("a", "c")
    assert found.alike("c", "d")
    assert found.untested("a", "d")
    assert found.untested("b", "d")


def test_the_overview_shows_ranks_and_their_mean(run, registry):
    board = overview(ranked(run, registry))
    assert board.columns[1] == "mean rank"
    first = board.rows[0]
    assert first[0].startswith("kmer-svm")
    assert first[1:3] == ("1.00", "0.990 (1)")
    assert any("over the 3 tasks on which 4 of 4 models" in note for note in board.notes)


def test_every_pair_once_with_the_better_row_first(run, registry):
    view = ranked(run, registry, margin=0.5)
    pairs = view.rankings["one"].comparisons
    assert len(pairs) == 6
    assert len({frozenset((one.model, one.against)) for one in pairs}) == 6
    for one in pairs:
        assert one.pairs == 6
        assert one.margin == 0.5
        assert one.p_adjusted >= one.p
        several = "basset" in one.model + one.against
        assert (one.seed_error is not None) == several
        assert ("is not counted" in one.note) is False
    assert pairs[0].call is Call.EQUIVALENT
    assert pairs[0].verdict == "no further apart than 0.5"
    (near,) = [one for one in pairs if one.model.startswith("basset") and one.against == "gc"]
    assert (near.call, near.within_margin) == (Call.BETTER, True)
    assert near.verdict.endswith("], less than the margin of 0.5")
    far = view.rankings["one"].between("kmer-svm:default", "gc")
    assert (far.call, far.within_margin) == (Call.BETTER, False)
    assert far.verdict.endswith("]")
    small = ranked(run, registry, margin=0.9)
    assert against_the_best(small, "one").rows[-1][-1].endswith(" better, by less than the margin")


def test_one_seed_of_a_model_that_depends_on_it_is_told(run, registry):
    info = TASKS[0]
    add(run, "deepsea", info, 2.0, 0.9, preset="compact")
    view = ranked(run, registry)
    noted = [
        one for one in view.rankings["one"].comparisons if "deepsea" in one.model + one.against
    ]
    assert all("one seed: the variance of training of deepsea" in one.note for one in noted)
    assert any("ran once" in note for note in task_table(view, "one").notes)


def test_lower_is_better_turns_the_ranks(run, registry):
    view = view_run(run.folder, registry)
    turned = {**view.metrics, "auroc": replace(view.metrics["auroc"], higher_is_better=False)}
    view = replace(view, metrics=turned)
    view = replace(view, rankings=rank_tasks(view, registry))
    best = view.of_task("one")[0].label
    assert best.startswith("gc")
    assert view.rank(best, "one") == 1
    first = view.rankings["one"].comparisons[-1]
    assert first.difference < 0 or first.call is Call.OPEN
    decided = [one for one in view.rankings["one"].comparisons if one.call is Call.BETTER]
    assert decided
    for one in decided:
        assert one.difference < 0
        assert one.verdict.startswith(f"{one.model} better by 0.")


def test_a_run_without_predictions_is_reported_without_ranks(run, registry):
    for result in run.folder.results():
        (run.folder.cell(result.cell.cell_id) / "predictions.npz").unlink()
    files = write(run.folder, run.folder.path / "report", registry)
    out = files.html.parent
    said = "No rank without predictions and the metric's plugin at hand: kmer-svm"
    assert said in (out / "leaderboard.md").read_text()
    assert len(pd.read_csv(out / "pairs.csv")) == 0
    assert "No two rows of a task could be compared." in files.html.read_text()
    # Average ranks need the scores alone.
    assert (out / "figures" / "critical-difference.png").is_file()
    assert not list((out / "figures").glob("curves-*"))


def test_a_metric_whose_plugin_is_absent_ranks_nothing(run, registry):
    view = view_run(run.folder, registry)
    view = replace(view, metrics={})
    found = rank_tasks(view, registry)["one"]
    assert (found.comparisons, len(found.unread)) == ((), 4)


def test_ranks_stand_in_the_leaderboard_for_programs(run, registry):
    files = write(run.folder, run.folder.path / "report", registry)
    frame = pd.read_csv(files.html.parent / "leaderboard.csv")
    ranks = frame[(frame["task"] == "one") & (frame["metric"] == "auroc")].set_index("model")
    assert ranks["rank"].to_dict() == {"kmer-svm": 1, "gkm-svm": 1, "basset": 3, "gc": 4}
    assert frame[frame["metric"] == "auprc"]["rank"].isna().all()


def test_a_missing_cell_is_not_ranked_and_the_others_are(run, registry):
    run.add("beluga", TASKS[0], status=Status.FAILED, reason="it broke")
    view = ranked(run, registry)
    label = next(label for label in view.labels if label.startswith("beluga"))
    row = next(row for row in task_table(view, "one").rows if row[0] == label)
    assert row[1:3] == ("N/A", "failed: it broke")
    shown = next(row for row in overview(view).rows if row[0] == label)
    assert set(shown[1:]) == {"N/A"}
    assert overview(view).rows[-1][0] == label
    assert view.rank("gc", "one") == 4


def test_the_page_and_the_tables(run, registry):
    files = write(run.folder, run.folder.path / "report", registry, margin=0.01)
    out = files.html.parent
    pairs = pd.read_csv(out / "pairs.csv")
    assert len(pairs) == 18
    assert (pairs["margin"] == 0.01).all()
    assert (pairs["p"] <= pairs["p_adjusted"]).all()
    told = pairs["low"] > 0
    assert (told == (pairs["p"] < 0.05)).all()
    page = files.html.read_text()
    for title in ("Comparison", "Equal budget"):
        assert f">{title}</h2>" in page
    assert "Nemenyi" in page
    assert "against the others" in (out / "comparison.md").read_text()


def test_draws_are_kept_until_the_predictions_change(run, registry, monkeypatch):
    counted = []
    usual = draws.mean_score
    monkeypatch.setattr(draws, "mean_score", lambda *a: (counted.append(1), usual(*a))[1])
    first = ranked(run, registry).rankings
    assert len(counted) == 18
    assert ranked(run, registry).rankings == first
    assert len(counted) == 18
    result = run.folder.results()[0]
    predict(run, result, -run.folder.predictions(result.cell.cell_id))
    assert ranked(run, registry).rankings != first
    assert len(counted) == 19
    (run.folder.cell(result.cell.cell_id) / "draws-auroc.npz").write_bytes(b"no archive")
    ranked(run, registry)
    assert len(counted) == 20


def test_a_row_that_cannot_be_tested_against_a_better_one_is_ranked_by_way_of_others(run, registry):
    info = TASKS[0]
    truth = run.folder.truth(info.key).targets
    predict(run, run.add("length", info, 1.0), truth)
    predict(run, run.add("prevalence", info, 0.4), np.zeros_like(truth))
    view = ranked(run, registry)
    assert view.rank("length", "one") == 1
    assert view.rankings["one"].between("length", "prevalence").call is Call.NONE
    # Basset is worse than the one and better than the other.
    assert view.rank("prevalence", "one") == 5
    assert view.rankings["one"].by_way_of_others == [("length", "prevalence")]
    notes = " ".join(task_table(view, "one").notes)
    assert "No test: length and prevalence (no draw differs" in notes
    assert "not told apart from it directly: length than prevalence." in notes
    notes = " ".join(against_the_best(view, "one").notes)
    assert "By way of other rows length is better than prevalence all the same" in notes


def test_a_row_below_one_that_it_cannot_be_tested_against_has_no_rank(tmp_path, registry):
    info = TASKS[0]
    run = HandMade(tmp_path / "run", (info,))
    truth = run.folder.truth(info.key).targets
    predict(run, run.add("length", info, 1.0), truth)
    predict(run, run.add("prevalence", info, 0.5), np.zeros_like(truth))
    add(run, "kmer-svm", info, 4.0, 0.99)
    view = ranked(run, registry)
    assert view.rank("length", "one") == 1
    assert view.rank("prevalence", "one") is None
    assert "the lower one has no rank" in " ".join(task_table(view, "one").notes)


def test_rows_below_one_without_predictions_have_no_rank(run, registry):
    """It may be better than all of them, so none of them is first."""
    for model in ("kmer-svm", "gkm-svm", "basset", "gc"):
        cost(run, model, fit_seconds=1.0)
    for result in run.folder.results():
        if result.cell.model == "gkm-svm" and result.cell.task == "one":
            (run.folder.cell(result.cell.cell_id) / "predictions.npz").unlink()
    view = ranked(run, registry)
    found = {label.partition(":")[0]: view.rank(label, "one") for label in view.labels}
    assert found == {"kmer-svm": 1, "gkm-svm": None, "basset": None, "gc": None}
    assert view.rank("gc", "two") == view.rank("basset:default", "two") == 3
    notes = " ".join(task_table(view, "one").notes)
    assert "plugin at hand: gkm-svm:default. Nor have rows with a lower score" in notes
    notes = " ".join(against_the_best(view, "one").notes)
    assert "Not compared, without predictions at hand: gkm-svm:default." in notes
    (best,) = within_budgets(view, "one", COST_KINDS[0])
    assert (best.best.label, best.alike) == ("kmer-svm:default", ())
    assert best.untested == ("gkm-svm:default",)
    assert budget_table(view, "one").rows[0][-1] == "none; not compared: gkm-svm:default"


def test_the_best_row_against_the_others(run, registry):
    table = against_the_best(ranked(run, registry), "one")
    assert table.title == "one: kmer-svm:default against the others, AUROC"
    assert [row[0].partition(":")[0] for row in table.rows] == ["gkm-svm", "basset", "gc"]
    assert table.rows[0][-1] == "cannot be told apart"
    assert table.rows[1][-1] == "kmer-svm:default better"
    assert [row[3] == "N/A" for row in table.rows] == [True, False, True]
    assert against_the_best(view_run(run.folder, registry), "one") is None


def test_average_ranks_over_tasks(run, registry):
    found = across_tasks(view_run(run.folder, registry))
    assert isinstance(found, AcrossTasks)
    assert found.ranks == (1.0, 2.0, 3.0, 4.0)
    assert found.difference == pytest.approx(2.569 * np.sqrt(20 / 18), abs=0.005)
    assert found.groups == [(0, 2), (1, 3)]
    assert "3 tasks of 1 dataset here" in found.note
    figure = draw_ranks(found)
    words = {text.get_text() for text in figure.axes[0].texts}
    assert "kmer-svm:default  1.00" in words
    assert "critical difference 2.71" in words


def test_means_over_tasks_name_those_that_fail_their_audit(run, registry):
    certify(run, TASKS[0], Verdict.WARN)
    certify(run, TASKS[1], Verdict.FAIL)
    said = "Tasks among these that fail their audit (‡): two."
    found = across_tasks(view_run(run.folder, registry))
    assert found.note.endswith(said)
    assert draw_ranks(found).axes[0].get_xlabel().endswith(said)
    assert any(note.endswith(said) for note in overview(ranked(run, registry)).notes)
    assert any(note.endswith(said) for note in overview(view_run(run.folder, registry)).notes)


def test_too_few_tasks_have_no_average_ranks(hand_made, registry):
    said = across_tasks(view_run(hand_made.folder, registry))
    assert said.startswith("No average ranks: 3 models on 3 tasks are the least to compare")
    assert said.endswith("the most scores without a gap are those of 3 models on 1 of 3 tasks.")


@pytest.mark.parametrize(
    ("costs", "budgets"),
    [
        ([], []),
        ([0.0, 0.0], []),
        ([2.0], [10.0]),
        ([0.0, 3.0, 250.0], [10.0, 100.0, 1000.0]),
        ([10.0, 1000.0], [10.0, 100.0, 1000.0]),
        ([1e-4, 1e5], [10.0, 100.0, 1e3, 1e4, 1e5]),
    ],
)
def test_round_budgets_span_the_costs(costs, budgets):
    assert round_budgets(costs) == budgets


def cost(run, model, **costs):
    for result in run.folder.results():
        if result.cell.model == model and result.cell.task == "one":
            updated = result.model_copy(update={"cost": Cost(**costs)})
            write_json(run.folder.cell(result.cell.cell_id) / "result.json", updated)


def test_the_best_row_within_a_budget(run, registry):
    cost(run, "kmer-svm", fit_seconds=50.0)
    cost(run, "gkm-svm", fit_seconds=400.0)
    cost(run, "basset", fit_seconds=3.0, parameters=5000)
    cost(run, "gc", fit_seconds=0.5)
    view = ranked(run, registry)
    seconds, flops, parameters = (within_budgets(view, "one", kind) for kind in COST_KINDS)
    assert [(one.budget, one.within, one.best.label.partition(":")[0]) for one in seconds] == [
        (1, 1, "gc"), (10, 2, "basset"), (100, 3, "kmer-svm"), (1000, 4, "kmer-svm"),
    ]  # fmt: skip
    assert [one.alike for one in seconds] == [(), (), (), ("gkm-svm:default",)]
    assert not flops
    assert [(one.budget, one.within) for one in parameters] == [(10_000, 1)]
    table = budget_table(view, "one")
    assert table.rows[3][0] == "training time (s): 1,000"
    assert table.rows[3][2:4] == ("kmer-svm:default", "50")
    assert table.rows[3][5] == "gkm-svm:default"
    assert "training FLOPs: N/A, not measured for any row." in table.notes
    unranked = within_budgets(view_run(run.folder, registry), "one", COST_KINDS[0])
    assert {one.alike for one in unranked} == {None}
    files = write(run.folder, run.folder.path / "report", registry)
    frame = pd.read_csv(files.html.parent / "budget.csv")
    assert frame[(frame["task"] == "one") & (frame["cost"] == "flops")]["label"].isna().all()
    assert (files.html.parent / "figures" / "pareto-seconds.svg").is_file()


def test_the_front_of_a_score_that_should_be_low():
    points = [(1.0, 0.9), (2.0, 0.5), (3.0, 0.7), (4.0, 0.4)]
    assert pareto_front(points, higher_is_better=False) == [(1.0, 0.9), (2.0, 0.5), (4.0, 0.4)]
    assert pareto_front(points) == [(1.0, 0.9)]


def test_what_a_row_stands_on_is_part_of_its_cost(run, registry):
    """The scores of variants are chosen in no time; the model behind them was trained."""
    cost(run, "kmer-svm", fit_seconds=50.0)
    cost(run, "gkm-svm", fit_seconds=0.25)
    cost(run, "gc", fit_seconds=0.5)
    cells = {result.cell.model: result for result in run.folder.results()
             if result.cell.task == "one"}  # fmt: skip
    below = {"fitted": cells["kmer-svm"].cell.cell_id}
    alleles = AlleleScoring(fitted_on="two", score="", reduction="matching", is_usual=True)

    def stand(model, **changes):
        (result,) = [one for one in run.folder.results() if one.cell == cells[model].cell]
        cell = result.cell.model_copy(update={"upstream": below, **changes})
        path = run.folder.cell(cell.cell_id) / "result.json"
        write_json(path, result.model_copy(update={"cell": cell}))

    stand("gkm-svm", alleles=alleles)
    seconds, flops, _ = COST_KINDS
    view = view_run(run.folder, registry)
    found = {row.cell.model: value for row, value in costs_of(view, "one", seconds)}
    assert found == {"kmer-svm": 50.0, "gkm-svm": 50.25, "gc": 0.5, "basset": 2.5}
    assert costs_of(view, "one", flops) == []
    cost(run, "kmer-svm", flops=1e9)
    stand("gc")
    view = view_run(run.folder, registry)
    found = {row.cell.model: value for row, value in costs_of(view, "one", flops)}
    assert found == {"kmer-svm": 1e9, "gkm-svm": 1e9}
    assert [row.cell.model for row, _ in costs_of(view, "one", seconds)] == ["basset"]


@pytest.mark.parametrize("costs", [[1e12 + 100.0], [1e9 + 1, 5e9], [1000.0, 1e-7], [1e15]])
def test_some_row_fits_every_budget_and_every_row_the_last(costs):
    budgets = round_budgets(costs)
    assert all(min(costs) <= budget for budget in budgets)
    assert budgets[-1] >= max(costs)
    assert budgets[-1] / 10 < max(costs)
