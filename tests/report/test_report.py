from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import precision_recall_curve, roc_curve

from bench.interface.errors import BenchError, DataError
from bench.metrics import curves
from bench.registry.entries import Catalogue, Entry
from bench.report.budget import budget_table
from bench.report.comparisons import against_the_best
from bench.report.figures import GRID, curve_figures, mean_curve, score_figures
from bench.report.fronts import front_figures
from bench.report.leaderboard import task_table
from bench.report.learning import learning_figures
from bench.report.overview import overview
from bench.report.ranking import rank_tasks
from bench.report.records import read_results
from bench.report.table import Table, as_latex, as_markdown, latex
from bench.report.trust import similarity_tables
from bench.report.view import view_run
from bench.report.write import write
from bench.run.result import Status
from bench.run.store import RunFolder, RunIndex, write_json
from bench.tasks.certificate import Verdict
from bench.tasks.info import Head
from tests.report.conftest import ITEMS, HandMade, certify, task


@pytest.fixture
def written(hand_made, registry):
    return hand_made, write(hand_made.folder, hand_made.folder.path / "report", registry)


def test_the_leaderboard_of_a_task(hand_made, registry):
    table = task_table(view_run(hand_made.folder, registry), "binary")
    assert table.columns == ("model", "rank", "AUROC", "seed sd", "AUPRC", "seed sd")
    assert table.rows == (
        ("kmer-svm k=8", "N/A", "0.920 [0.870, 0.960]", "0.020", "0.910 [0.860, 0.950]", "0.020"),
        ("some_model:default 60 s cuda bfloat16", "N/A", "0.700 [0.650, 0.740]", "one seed",
         "0.690 [0.640, 0.730]", "one seed"),
        ("gc", "N/A", "0.600 [0.550, 0.640]", "one seed", "0.590 [0.540, 0.630]",
             "one seed"),
    )  # fmt: skip
    notes = " ".join(table.notes)
    for said in (
        "40 blocks",
        "95 %",
        "Prevalence in the test set: 0.250",
        "300 train",
        "Left out: 3 (shares a 50-mer)",
        "made_up & free",
        "hash of the items dddddddd",
        "90 to 110",
    ):
        assert said in notes


def test_failures_stand_in_the_table_and_are_no_zero(hand_made, registry):
    table = task_table(view_run(hand_made.folder, registry), "labels")
    words = [word for row in table.rows for word in row]
    assert "timeout: ran longer than 9 s" in words
    assert any(word.startswith("failed: x < y") for word in words)
    assert table.rows[0][0] == "gc"
    assert "3 targets" in " ".join(table.notes)


@pytest.mark.parametrize(
    ("heads", "said", "not_said"),
    [
        (
            [("a",)],
            "Pearson r across tracks, Spearman rho across tracks: at least 3 targets are needed, ",
            "constant",
        ),
        (
            [("a", "b"), ("c", "d")],
            "at least 3 targets are needed, and the task has 2.",
            "constant",
        ),
        (
            [("a", "b", "c")],
            "Up to 1 target has no score for a constant truth or prediction.",
            "at least 3",
        ),
    ],
)
def test_metrics_across_too_few_targets_say_how_many_they_need(
    tmp_path, registry, heads, said, not_said
):
    across = ("pearson-tracks", "spearman-tracks")
    info = task("tracks", "profile", ("pearson-bins", *across), ("a",), 40)
    made = {f"h{number}": Head(targets=targets) for number, targets in enumerate(heads)}
    info = info.model_copy(update={"heads": {**made, "default": made["h0"]}})
    run = HandMade(tmp_path / "run", (info,))
    result = run.add("gc", info, 0.5)
    undefined = {"value": None, "low": None, "high": None, "targets_degenerate": 1}
    metrics = tuple(
        metric.model_copy(update=undefined) if metric.metric in across else metric
        for metric in result.metrics
    )
    updated = result.model_copy(update={"metrics": metrics})
    write_json(run.folder.cell(result.cell.cell_id) / "result.json", updated)
    notes = " ".join(task_table(view_run(run.folder, registry), "tracks").notes)
    assert said in notes
    assert not_said not in notes


def test_few_blocks_are_marked_in_every_table(hand_made, registry):
    view = view_run(hand_made.folder, registry)
    assert "†" in task_table(view, "numbers").title
    assert "†" not in task_table(view, "binary").title
    board = overview(view)
    assert board.columns[-1] == "numbers (Pearson r) †"
    assert any(note.startswith("† Fewer than 30") for note in board.notes)
    assert {row[0]: row for row in board.rows}["gc"][1:] == ("N/A", "0.600", "0.550", "0.200")
    assert "N/A" in {word for row in board.rows for word in row}


def test_the_verdict_of_audits_stands_for_programs(hand_made, registry):
    certify(hand_made, hand_made.tasks["binary"], Verdict.FAIL)
    certify(hand_made, hand_made.tasks["labels"], Verdict.PASS)
    out = write(hand_made.folder, hand_made.folder.path / "report", registry).html.parent
    frame = pd.read_csv(out / "leaderboard.csv")
    assert {task: set(some) for task, some in frame.groupby("task")["audit"]} == {
        "binary": {"fail"}, "labels": {"pass"}, "numbers": {np.nan},
    }  # fmt: skip


def test_tasks_that_fail_their_audit_are_marked_wherever_they_are_named(hand_made, registry):
    certify(hand_made, hand_made.tasks["binary"], Verdict.FAIL, similarity=np.arange(ITEMS) % 2)
    certify(hand_made, hand_made.tasks["labels"], Verdict.PASS)
    view = view_run(hand_made.folder, registry)
    view = replace(view, rankings=rank_tasks(view, registry))
    tables = [
        task_table(view, "binary"),
        against_the_best(view, "binary"),
        budget_table(view, "binary"),
        *similarity_tables(view),
    ]
    assert len(tables) == 4
    for table in tables:
        assert "‡" in table.title
        assert any(note.startswith("‡ Fails its audit") for note in table.notes)
    board = overview(view)
    assert [name.endswith(" ‡") for name in board.columns[2:]] == [True, False, False]
    for draw in (score_figures, front_figures, curve_figures):
        titles = {axis.get_title(loc="left") for _, figure in draw(view) for axis in figure.axes}
        assert any(title.startswith("binary ‡") for title in titles)
        assert not any("‡" in title for title in titles if title.startswith("labels"))
    for other in (task_table(view, "labels"), budget_table(view, "labels")):
        assert "‡" not in other.title + " ".join(other.notes)


def test_a_seed_that_failed_is_told(hand_made, registry):
    hand_made.add("gc", hand_made.tasks["binary"], status=Status.OOM, reason="big", seed=1)
    table = task_table(view_run(hand_made.folder, registry), "binary")
    assert "gc (1 of 2 seeds oom: big)" in {row[0] for row in table.rows}


def test_csv_holds_the_numbers_of_the_results(written):
    run, files = written
    out = files.html.parent
    frame = pd.read_csv(out / "leaderboard.csv")
    svm = frame[(frame["label"] == "kmer-svm k=8") & (frame["metric"] == "auroc")].iloc[0]
    values = [
        result.metrics[0].value
        for result in run.folder.results()
        if result.cell.model == "kmer-svm" and result.status == "ok"
    ]
    assert svm["value"] == pytest.approx(np.mean(values))
    assert svm["seed_sd"] == pytest.approx(np.std(values, ddof=1))
    assert svm["seeds"] == 3
    assert svm["prevalence"] == 0.25
    assert json.loads(svm["settings"])["k"] == 8
    assert frame["status"].str.startswith("timeout").sum() == 2
    targets = pd.read_csv(out / "targets.csv")
    assert set(targets[targets["task"] == "labels"]["target"]) == {"a", "b", "c"}
    costs = pd.read_csv(out / "costs.csv")
    assert len(costs) == len(run.folder.results())
    assert "fit (s)" in (out / "costs.md").read_text()


def test_leaderboards_hold_nothing_that_changes_between_runs(written):
    _, files = written
    for name in ("leaderboard.md", "leaderboard.csv", "leaderboard.tex", "targets.csv"):
        text = (files.html.parent / name).read_text()
        assert "2.5" not in text.replace("0.25", "")
        assert "2026-01-01" not in text


def test_writing_twice_gives_the_same_bytes(written, registry):
    run, files = written
    again = write(run.folder, run.folder.path / "again", registry)
    for one, other in zip(files.tables + files.figures, again.tables + again.figures, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name
    assert files.html.read_bytes() == again.html.read_bytes()


def test_figures_are_there_in_both_forms(written):
    _, files = written
    names = {path.name for path in files.figures}
    stems = {"scores", "pareto-seconds", "curves-binary", "curves-labels"}
    assert names == {f"{stem}.{form}" for stem in stems for form in ("svg", "png")}
    assert all(path.stat().st_size > 2000 for path in files.figures)
    assert not list(files.html.parent.rglob("*.tmp"))


def test_the_page_loads_nothing_and_escapes(written):
    _, files = written
    page = files.html.read_text()
    assert not re.findall(r"(?:src|href)\s*=\s*['\"](?:https?:)?//", page)
    assert "<link" not in page
    assert page.count("data:image/svg+xml;base64,") == 4
    assert "<b>z</b>" not in page
    assert "&lt;b&gt;z&lt;/b&gt;" in page
    for title in ("Overview", "Leaderboards", "Costs", "Failures", "Provenance"):
        assert f">{title}</h2>" in page
    assert "timeout" in page


def broken(view):
    raise RuntimeError("no section today")


def test_a_section_that_fails_takes_nothing_along(hand_made, registry, monkeypatch):
    catalogue = Catalogue("report section")
    for entry in registry.report_sections:
        catalogue.add(entry)
    catalogue.add(Entry("theirs", "theirs", "a plugin", f"{__name__}:broken"))
    monkeypatch.setattr(registry, "report_sections", catalogue)
    page = write(hand_made.folder, hand_made.folder.path / "report", registry).html.read_text()
    assert "section theirs (a plugin) failed" in page
    assert ">Leaderboards</h2>" in page


def test_stale_cells_are_counted_and_not_shown(hand_made, registry):
    info = hand_made.tasks["binary"]
    hand_made.add("old-model", info, 0.99, task_key="binary-earlier")
    view = view_run(hand_made.folder, registry)
    assert "old-model:default" not in view.labels
    assert any("1 cells of earlier versions" in note for note in overview(view).notes)


def test_settings_of_a_model_whose_plugin_is_not_loaded_are_not_mixed(hand_made, registry):
    for size in (1, 2):
        settings = {"size": size}
        hand_made.add(
            "absent_model", hand_made.tasks["binary"], 0.6 + size / 10, settings=settings, seed=0
        )
    rows = view_run(hand_made.folder, registry).of_task("binary")
    labels = {row.label: len(row.results) for row in rows if "absent" in row.label}
    assert labels == {"absent_model:default size=1": 1, "absent_model:default size=2": 1}


def test_an_unfinished_run_says_so(hand_made, registry):
    hand_made.made.slots["later"] = "not-yet"
    hand_made.folder.write_index(hand_made.made)
    notes = " ".join(overview(view_run(hand_made.folder, registry)).notes)
    assert re.search(r"not finished: 1 of \d+ cells have no result", notes)


def test_a_run_without_results(tmp_path, registry):
    run = RunFolder(tmp_path)
    run.write_index(RunIndex(suite="s", created="now"))
    with pytest.raises(BenchError, match="no results yet"):
        write(run, tmp_path / "report", registry)


TABLE = Table("n", "A_title & 5 %", ("model", "a|b"), (("x_1 # $", "{1} ~ ^ \\"),), ("A note_.",))


def test_markdown_and_latex_escape():
    assert "| model | a\\|b |" in as_markdown(TABLE)
    text = as_latex(TABLE)
    assert r"x\_1 \# \$" in text
    assert r"\{1\} \textasciitilde{} \textasciicircum{} \textbackslash{}" in text
    assert r"A\_title \& 5 \%. A note\_." in text
    assert latex("†") == r"\textdagger{}"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles(written, tmp_path):
    _, files = written
    body = (files.html.parent / "leaderboard.tex").read_text()
    document = r"\documentclass{article}\usepackage{booktabs}\usepackage{textcomp}\begin{document}"
    (tmp_path / "x.tex").write_text(f"{document}\n{body}\n\\end{{document}}\n")
    subprocess.run(["pdflatex", "-halt-on-error", "x.tex"], cwd=tmp_path, check=True)


def test_curves_equal_those_of_scikit_learn():
    rng = np.random.default_rng(2)
    truth = (rng.random((300, 1)) < 0.3).astype(float)
    scores = np.round(truth + rng.normal(size=(300, 1)), 1)
    rate, hit, _ = roc_curve(truth[:, 0], scores[:, 0], drop_intermediate=False)
    x, y = mean_curve(curves.roc_curve, scores, truth)
    assert np.allclose(x, rate)
    assert np.allclose(y, hit)
    precision, recall, _ = precision_recall_curve(truth[:, 0], scores[:, 0])
    x, y = mean_curve(curves.precision_recall_curve, scores, truth)
    assert {
        (round(a, 9), round(b, 9)) for a, b in zip(recall[:-1], precision[:-1], strict=True)
    } <= {(round(a, 9), round(b, 9)) for a, b in zip(x, y, strict=True)}


def test_curves_of_several_targets_are_averaged():
    rng = np.random.default_rng(2)
    truth = np.repeat([[0.0], [1.0]], 50, axis=0) * np.ones((1, 2))
    scores = truth + rng.normal(size=truth.shape)
    x, y = mean_curve(curves.roc_curve, scores, truth)
    both = [mean_curve(curves.roc_curve, scores[:, [at]], truth[:, [at]]) for at in (0, 1)]
    assert x is GRID
    assert np.allclose(y, np.mean([np.interp(GRID, *curve) for curve in both], axis=0))


def test_results_can_be_read_again_and_name_no_path(written):
    run, files = written
    path = files.html.parent / "results.json"
    results = read_results(path)
    assert {result.cell.cell_id for result in results} == {
        result.cell.cell_id for result in run.folder.results()
    }
    assert str(run.folder.path) not in path.read_text()
    path.write_text("[{}]")
    with pytest.raises(DataError, match="not results"):
        read_results(path)


COMMITTED = sorted((Path(__file__).parent.parent.parent / "results").glob("*/results.json"))


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.parent.name)
def test_committed_results_of_every_version_load(path):
    assert read_results(path)


def test_learning_curves_are_drawn_where_networks_were_trained(hand_made, registry):
    run = hand_made.folder
    view = view_run(run, registry)
    assert not list(learning_figures(view))
    cell = next(result.cell for result in run.results() if result.status is Status.OK)
    folder = run.cell(cell.cell_id) / "model"
    folder.mkdir(parents=True, exist_ok=True)
    points = [
        {"step": step, "seconds": 1.0, "train_loss": 1.0, "valid_loss": 1.0, "score": score,
         "learning_rate": 0.1, "waited": 0.0}
        for step, score in ((10, -1e30), (20, 0.6), (30, 0.8), (40, 0.7))
    ]  # fmt: skip
    (folder / "history.json").write_text(json.dumps({"scored_by": "score", "points": points}))
    ((name, figure),) = learning_figures(view)
    assert name == "learning"
    (axis,) = [axis for axis in figure.axes if axis.lines]
    # What is undefined is not drawn; the best is marked.
    assert list(axis.lines[0].get_xdata()) == [20, 30, 40]
    assert list(axis.lines[1].get_xdata()) == [30]
    (folder / "history.json").write_text("{}")
    with pytest.raises(DataError, match=r"history\.json: damaged"):
        list(learning_figures(view))


@pytest.mark.parametrize("count", [1, 3, 9])
def test_a_legend_of_long_labels_stays_inside_its_figure(count):
    from bench.report.style import legend, panels

    labels = [f"deeper-deepsea:compact batch_size=64 learning_rate={row}" for row in range(count)]
    figure, (axis,) = panels(1, 3.8, 2.8)
    legend(figure, labels, labels)
    figure.draw_without_rendering()
    assert axis.get_window_extent().height > 1.5 * figure.dpi
    box = figure.legends[0].get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.x1
