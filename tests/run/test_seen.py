"""Test items that weights have seen are marked, or left out for all models."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.cli.app import run_app
from bench.interface.errors import DataError
from bench.run.recompute import recompute
from bench.run.seen import mark_seen
from bench.run.store import RunFolder
from bench.tasks.store import BuiltTask
from tests.run.conftest import TOY_MODELS
from tests.run.toy_models import Pretrained, Standing

EVERYTHING = "".join(f"sim{number}\t0\t100000000\n" for number in range(1, 7))


@pytest.fixture
def bench(tmp_path, capsys, forget_plugins):
    """Run the toy model with weights and GC content on a simulated task."""
    weights = tmp_path / "net.pt"
    weights.write_text("weights")

    pretrained = "toy-pretrained,gc", f"toy-pretrained.weights={weights}"

    def run(*words, models=pretrained, expected=0):
        code = run_app([
            "run", "quick", "--tasks", "sim-binding", "--models", models[0], "--set", models[1],
            "--plugin", str(TOY_MODELS), "--out", str(tmp_path / "run"), *words,
        ])  # fmt: skip
        assert code == expected, capsys.readouterr().err
        return RunFolder(tmp_path / "run")

    run.weights = weights
    run.sidecar = tmp_path / "net.pt.trained-on.bed"
    return run


def scores(run):
    return {one.cell.model: one.metrics[0] for one in run.results()}


def report(run, capsys):
    assert run_app(["report", str(run.path)]) == 0
    capsys.readouterr()
    folder = run.path / "report"
    return (folder / "leaderboard.md").read_text(), (folder / "audits.md").read_text()


def half(run):
    """Declare every test item of the first half of the test chromosomes."""
    (key,) = run.index().tasks.values()
    place = run.places(key)
    inside = place.starts < np.median(place.starts)
    lines = [
        f"{chrom}\t{start}\t{end}"
        for chrom, start, end in zip(
            place.chroms[inside], place.starts[inside], place.ends[inside], strict=True
        )
    ]
    return "# genome sim1\n" + "\n".join(lines) + "\n", inside


def test_marked_left_out_and_taken_back(bench, capsys, monkeypatch):
    run = bench()
    (key,) = run.index().tasks.values()
    before = scores(run)
    board, _ = report(run, capsys)
    assert "it is not declared what its weights were trained on" in board
    places = run.places(key)
    cell = run.results()[0].cell
    task = BuiltTask(Path(cell.task_folder))
    items = task.items().iloc[task.rows("test")]
    assert places.starts.tolist() == items["start"].tolist()
    assert places.chroms.tolist() == items["chrom"].tolist()

    text, inside = half(run)
    bench.sidecar.write_text(text)
    run = bench()
    assert run.index().seen == "mark"
    assert {name: one.value for name, one in scores(run).items()} == {
        name: one.value for name, one in before.items()
    }
    board, audits = report(run, capsys)
    count = int(inside.sum())
    assert f"its weights were trained on {count} of {len(inside)} test items" in board
    assert f"| model | all ({len(inside)} items) | unseen ({len(inside) - count} items)" in audits

    run = bench("--seen", "exclude")
    after = scores(run)
    assert run.index().seen == "exclude"
    assert run.left_out(key).tolist() == inside.tolist()
    for name, metric in after.items():
        assert metric.targets[0].items == len(inside) - count
        assert metric.value != before[name].value
        assert metric.left_out
    assert list(recompute(run, 1)) == []
    similarity = np.where(np.arange(len(inside)) % 2 == 0, 0.01, 0.9).astype(np.float32)
    monkeypatch.setattr(RunFolder, "similarity", lambda *_: similarity)
    board, audits = report(run, capsys)
    remain = np.bincount(np.arange(len(inside))[~inside] % 2)
    assert all(f"({number} items)" in audits for number in remain)
    assert "unseen" not in audits
    assert f"Left out of all scores: {count} of {len(inside)} test items" in board
    remain = ~inside
    truth = run.truth(key)
    blocks = len(np.unique(truth.blocks[remain]))
    prevalence = float(truth.targets[remain].mean())
    assert f" test ({remain.sum()} scored, {count} left out)," in board
    assert f"within the {blocks} blocks of the test items that are scored" in board
    assert f"Prevalence in the test items that are scored: {prevalence:.3f}" in board
    assert {one.blocks for one in after.values()} == {blocks}
    for one in after.values():
        assert one.targets[0].prevalence == pytest.approx(prevalence)
    frame = pd.read_csv(run.path / "report" / "leaderboard.csv")
    assert set(frame["test_items"]) == {remain.sum()}
    assert set(frame["left_out"]) == {count}
    assert set(frame["blocks"]) == {blocks}
    assert frame["prevalence"].to_numpy() == pytest.approx(prevalence)

    run = bench("--seen", "mark")
    assert scores(run) == before
    board, _ = report(run, capsys)
    assert "left out)" not in board
    assert run.left_out(key) is None


def test_models_that_stand_on_weights_have_seen_what_these_have(bench, capsys):
    bench.sidecar.write_text("# genome sim1\n" + EVERYTHING)
    run = bench(models=("standing", f"standing.below=toy-pretrained weights={bench.weights}"))
    masks = {one.cell.model: run.seen(one.cell.cell_id) for one in run.results()}
    assert set(masks) == {"standing", "toy-pretrained"}
    for mask, declared in masks.values():
        assert mask.all()
        assert declared
    board, _ = report(run, capsys)
    assert board.count("its weights were trained on") == 2


def test_scores_are_undefined_where_all_items_are_left_out(bench, capsys):
    bench.sidecar.write_text("# genome sim1\n" + EVERYTHING)
    run = bench("--seen", "exclude")
    (key,) = run.index().tasks.values()
    count = len(run.left_out(key))
    for metric in scores(run).values():
        assert metric.value is None
        assert metric.targets[0].items == 0
    assert list(recompute(run, 1)) == []
    board, _ = report(run, capsys)
    assert f"Left out of all scores: {count} of {count} test items" in board
    assert "No score: all test items are left out" in board
    assert "constant truth" not in board
    assert f" test (0 scored, {count} left out)," in board
    assert "Prevalence" not in board
    bench.sidecar.unlink()
    assert all(one.value is not None for one in scores(bench("--seen", "exclude")).values())


def test_a_bad_declaration_is_told_before_anything_runs(bench, capsys):
    bench.sidecar.write_text("# genome sim1\nchr1\t5\n")
    run = bench(expected=2)
    assert "net.pt.trained-on.bed:2: 'chr1\\t5': expected chromosome" in capsys.readouterr().err
    assert not run.path.exists()


def test_what_is_kept_where_nobody_can_say_any_more(bench):
    text, inside = half(bench())
    bench.sidecar.write_text(text)
    run = bench()
    (key,) = run.index().tasks.values()
    cards = {"toy-pretrained": Pretrained.card, "standing": Standing.card}
    # Without the plugin, and after the weights were moved away.
    mark_seen(run, {}, "exclude")
    assert run.left_out(key).tolist() == inside.tolist()
    mark_seen(run, {}, "mark")
    bench.weights.unlink()
    bench.sidecar.unlink()
    mark_seen(run, cards, "exclude")
    assert run.left_out(key).tolist() == inside.tolist()
    # A file that no longer counts as weights has seen nothing.
    bench.weights.write_text("weights")
    other = dataclasses.replace(Pretrained.card, files=())
    mark_seen(run, {"toy-pretrained": other, "gc": other}, "exclude")
    assert run.left_out(key) is None
    assert all(run.seen(one.cell.cell_id) is None for one in run.results())
    bench.sidecar.write_text("nothing")
    with pytest.raises(DataError, match="expected '# genome BUILD'"):
        mark_seen(run, cards, "mark")


def test_no_such_policy(tmp_path, capsys):
    code = run_app(["run", "quick", "--seen", "hide", "--out", str(tmp_path / "run")])
    assert code == 2
    assert "seen 'hide': expected 'mark' or 'exclude'" in capsys.readouterr().err


def test_a_run_without_weights_marks_nothing(run_toy):
    run = run_toy("toy-fixed").folder
    (result,) = run.results()
    assert run.seen(result.cell.cell_id) is None
    assert run.places(result.cell.task_key) is None


def test_variants_are_seen_where_what_is_read_of_their_alleles_is(bench):
    run = bench("--tasks", "sim-variants")
    key = run.index().tasks["sim-variants"]
    place = run.places(key)
    result = next(one for one in run.results() if one.cell.task == "sim-variants"
                  and one.cell.model == "toy-pretrained")  # fmt: skip
    fitted = run.task(run.spec(result.cell.upstream["fitted"]).task_key)
    assert result.cell.input_length is None
    half = fitted.lengths[1] // 2
    near, far = (int(place.starts[0]) - half + by for by in (1, -2))
    for base, expected in ((near, True), (far, False)):
        bench.sidecar.write_text(f"# genome sim1\n{place.chroms[0]}\t{base}\t{base + 1}\n")
        mark_seen(run, {"toy-pretrained": Pretrained.card}, "mark")
        mask, _ = run.seen(result.cell.cell_id)
        assert mask[0] == expected
