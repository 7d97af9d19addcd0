"""Run folders of every schema version load, and later ones are told as such."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from pydantic import BaseModel

from bench.cli.app import run_app
from bench.interface.errors import DataError
from bench.report.records import read_results
from bench.run import result as result_module
from bench.run import store as store_module
from bench.run.recompute import recompute
from bench.run.result import RESULT_SCHEMA, Status
from bench.run.store import RUN_SCHEMA, RunFolder
from bench.tasks import certificate as certificate_module
from bench.tasks import info as info_module

ROOT = Path(__file__).parent.parent.parent
FOLDERS = sorted(path.parent for path in (Path(__file__).parent / "schema").glob("v*/*/run.json"))
RECORDS = [
    one
    for module in (result_module, store_module, info_module, certificate_module)
    for one in vars(module).values()
    if isinstance(one, type) and issubclass(one, BaseModel) and one.__module__ == module.__name__
    and one.model_fields
]  # fmt: skip


def versions_of(name: str) -> set[int]:
    """Schema versions of the committed files of a name."""
    found = (path for folder in FOLDERS for path in folder.rglob(name))
    return {json.loads(path.read_text())["schema_version"] for path in found}


def without_folder(run_schema: int, result_schema: int) -> list[str]:
    """Versions of which no run is committed."""
    runs, results = versions_of("run.json"), versions_of("result.json")
    missing = [f"RUN_SCHEMA {one}" for one in range(1, run_schema + 1) if one not in runs]
    return missing + [
        f"RESULT_SCHEMA {one}" for one in range(1, result_schema + 1) if one not in results
    ]


def named(folder: Path) -> str:
    return f"{folder.parent.name}-{folder.name}"


def test_a_run_of_each_version_is_committed():
    assert without_folder(RUN_SCHEMA, RESULT_SCHEMA) == []


def test_a_version_without_a_run_is_noticed():
    assert without_folder(RUN_SCHEMA, RESULT_SCHEMA + 1) == [f"RESULT_SCHEMA {RESULT_SCHEMA + 1}"]
    assert without_folder(RUN_SCHEMA + 1, RESULT_SCHEMA) == [f"RUN_SCHEMA {RUN_SCHEMA + 1}"]


@pytest.mark.parametrize("folder", FOLDERS, ids=named)
def test_committed_runs_load(folder):
    run = RunFolder(folder)
    index, tasks, results = run.index(), run.tasks(), run.results()
    assert set(tasks) == set(index.tasks)
    assert len(results) == len(index.slots)
    assert [result.cell.cell_id for result in results] == list(index.slots.values())
    for result in results:
        assert run.spec(result.cell.cell_id).slot == result.cell.slot
        truth = run.truth(result.cell.task_key)
        assert len(truth.items) == len(truth.targets) == len(truth.blocks)
        if result.status is Status.OK:
            predictions = run.predictions(result.cell.cell_id)
            assert predictions.shape == truth.targets.shape
            assert np.isfinite(predictions).all()
            assert {one.metric for one in result.metrics} == set(tasks[result.cell.task].metrics)


def test_committed_runs_hold_a_failure_and_variants():
    results = [result for folder in FOLDERS for result in RunFolder(folder).results()]
    assert Status.FAILED in {result.status for result in results}
    assert any(result.cell.alleles is not None for result in results)


@pytest.mark.parametrize("folder", FOLDERS, ids=named)
def test_committed_runs_are_reported(folder, tmp_path, capsys):
    copy = tmp_path / "run"
    shutil.copytree(folder, copy)
    assert run_app(["report", str(copy)]) == 0
    capsys.readouterr()
    assert read_results(copy / "report/results.json") != []


@pytest.mark.parametrize("folder", FOLDERS, ids=named)
def test_committed_runs_hold_nothing_of_the_machine(folder):
    for path in folder.rglob("*.json"):
        text = path.read_text()
        assert '"/' not in text
        assert "\\\\" not in text


def test_committed_runs_are_small():
    files = [path for path in (Path(__file__).parent / "schema").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 60_000


def test_the_earliest_has_none_of_the_later_fields():
    first = RunFolder(Path(__file__).parent / "schema/v1/first")
    paths = first.path.glob("cells/*/result.json")
    (path,) = [one for one in paths if json.loads(one.read_text())["status"] == "ok"]
    text = path.read_text()
    for later in ("receptive_field", "alleles", "metric_code", '"code": ""'):
        assert later not in text
    result = first.result(path.parent.name)
    assert result.cost.receptive_field is None
    assert result.cell.alleles is None
    assert {metric.code for metric in result.metrics} == {""}


@pytest.mark.parametrize(
    "path", sorted((ROOT / "results").glob("*/results.json")), ids=lambda path: path.parent.name
)
def test_published_results_load(path):
    assert read_results(path) != []


def test_scores_of_a_committed_run_follow_from_it():
    assert list(recompute(RunFolder(Path(__file__).parent / "schema/v1/usual"), 1)) == []


def later(path: Path, version: int = 99) -> None:
    """A file as another version would write it: with fields that nobody knows here."""
    content = json.loads(path.read_text())
    content.update(schema_version=version, unheard="of")
    path.write_text(json.dumps(content))


@pytest.fixture
def copied(tmp_path):
    shutil.copytree(Path(__file__).parent / "schema/v1/usual", tmp_path / "run")
    return RunFolder(tmp_path / "run")


def test_a_later_result_is_one_clear_line(copied, capsys):
    path = next(copied.path.glob("cells/*/result.json"))
    later(path)
    assert run_app(["report", str(copied.path)]) == 2
    assert capsys.readouterr().err == (
        f"error: {path}: a result of schema version 99, but this cisbench knows version 1 only: it "
        "was written by a later cisbench\n"
    )


def test_a_later_result_that_looks_like_ours_is_refused_too(copied):
    path = next(copied.path.glob("cells/*/result.json"))
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "schema_version": 2}))
    with pytest.raises(DataError, match="a result of schema version 2, but"):
        copied.results()


def test_a_later_index_is_one_clear_line(copied, capsys):
    later(copied.index_file)
    assert run_app(["report", str(copied.path)]) == 2
    assert capsys.readouterr().err == (
        f"error: {copied.index_file}: a run index of schema version 99, but this cisbench knows "
        "version 1 only: it was written by a later cisbench\n"
    )


def test_a_version_that_never_was(copied):
    later(copied.index_file, 0)
    with pytest.raises(DataError, match="a run index of schema version 0, but .* version 1 only$"):
        copied.index()


def test_later_results_in_one_file(copied, tmp_path, capsys):
    assert run_app(["report", str(copied.path)]) == 0
    path = copied.path / "report/results.json"
    records = json.loads(path.read_text())
    records[-1]["schema_version"] = 7
    path.write_text(json.dumps(records))
    with pytest.raises(DataError, match=r"results\.json: a result of schema version 7, but this"):
        read_results(path)


def test_a_field_that_nobody_knows_is_named(copied):
    path = next(copied.path.glob("cells/*/result.json"))
    later(path, 1)
    with pytest.raises(DataError, match="not a result: unheard: "):
        copied.results()


@pytest.mark.parametrize("record", RECORDS, ids=lambda one: one.__name__)
def test_every_field_is_described_and_in_the_reference(record):
    page = (ROOT / "docs/reference/result-schema.md").read_text()
    for name, field in record.model_fields.items():
        assert field.description, f"{record.__name__}.{name}"
        assert f"| `{name}` |" in page
