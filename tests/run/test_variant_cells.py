"""Variants are scored by models that other cells have fitted."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bench.data.manifest import read_toml
from bench.interface.errors import BenchError
from bench.report.view import label_of
from bench.run.child import load_fitted
from bench.run.request import Changes, make_request
from bench.run.result import Status
from bench.run.row_name import RowName, row_labels
from bench.run.runner import open_run_folder, run
from bench.run.suite import SuiteModel
from bench.run.usual_scoring import scoring_of
from bench.tasks.catalogue import TaskCatalogue
from tests.conftest import write_fasta
from tests.run.conftest import SilentDisplay

FITTED = """
[tasks.{name}]
title = "Training"
kind = "classification"
split = {{ method = "component", valid = 0.2, test = 0.3 }}
{extra}
items = [
  {{ file = "positives", format = "fasta", label = 1 }},
  {{ file = "negatives", format = "fasta", label = 0 }},
]
"""
VARIANTS = """
schema = 1
name = "mine"
title = "t"
licence = "l"
citation = "c"

[files]
positives = {{ path = "positives.fa" }}
negatives = {{ path = "negatives.fa" }}
more = {{ path = "more.fa" }}
less = {{ path = "less.fa" }}

[tasks.mine]
title = "Variants"
kind = "variant"
split = {{ method = "given" }}
metrics = ["sign-accuracy"]
roles = {{ {roles} }}
items = [{{ file = "more", other = "less", format = "allele-pairs", split = "test" }}]
"""
ROLES = 'training = "near", other = "far"'


@pytest.fixture
def variants(tmp_path):
    """Pairs whose more active allele has an A for a C, and two tasks to fit models on."""
    rng = np.random.default_rng(1)
    folder = tmp_path / "variants"
    folder.mkdir()
    codes = rng.integers(0, 4, (60, 80), dtype=np.uint8)
    write_fasta(folder / "positives.fa", codes[:30])
    write_fasta(folder / "negatives.fa", codes[30:])
    less = rng.integers(0, 4, (20, 60), dtype=np.uint8)
    less[:, 30] = 1
    more = less.copy()
    more[:, 30] = 0
    write_fasta(folder / "less.fa", less)
    write_fasta(folder / "more.fa", more)

    def write(roles=ROLES, shared=False):
        if shared:
            write_fasta(folder / "positives.fa", np.concatenate([codes[:30, :60], more[:5]]))
        path = folder / "mine.toml"
        tasks = [FITTED.format(name=name, extra="") for name in ("near", "far")]
        path.write_text(VARIANTS.format(roles=roles) + "".join(tasks))
        return path

    return write


def suite(path, *models, tasks='"mine"'):
    """Write a suite beside a manifest."""
    out = path.parent / "suite.toml"
    rows = ",\n".join(models)
    out.write_text(f'schema = 1\ntitle = "t"\ntasks = [{tasks}]\nmodels = [\n{rows}\n]\n')
    return out


def of_task(outcome, task="mine"):
    return [result for result in outcome.folder.results() if result.cell.task == task]


def test_a_model_of_another_task_scores_variants(run_toy, variants):
    outcome = run_toy("toy-model", manifest=variants(), tasks="mine")
    assert outcome.well
    (result,) = of_task(outcome)
    (fitted,) = of_task(outcome, "near")
    assert result.cell.upstream == {"fitted": fitted.cell.cell_id}
    assert result.metrics[0].value == 1
    # Both strands are read: an A for a C is half an A more.
    effects = outcome.folder.predictions(result.cell.cell_id)[:, 0]
    truth = outcome.folder.truth(result.cell.task_key).targets[:, 0]
    np.testing.assert_array_equal(effects, truth / 2)
    folder = outcome.folder.cell(result.cell.cell_id)
    told = json.loads((folder / "alleles.json").read_text())
    assert told == {
        "fitted_on": "near", "length": 80, "bases": 80, "both_strands": True, "score": "difference",
        "reduction": "matching", "validation": {},
    }  # fmt: skip
    again = run_toy("toy-model", manifest=variants(), tasks="mine")
    assert again.display.results == []
    assert row_labels(again.folder.results()) == ["toy-model:only"]
    with pytest.raises(BenchError, match="fitted on near: name that task"):
        load_fitted(outcome.folder, result.cell.cell_id)


def test_rows_say_on_what_else_they_were_fitted(run_toy, variants, registry):
    path = suite(
        variants(),
        '{ name = "toy-model" }',
        '{ name = "toy-model", fitted_on = "other", reduction = "mean" }',
    )
    catalogue = TaskCatalogue(registry)
    manifest = variants()
    catalogue.add_file(manifest, read_toml(manifest))
    request = make_request(str(path), Changes(), registry, catalogue)
    folder = open_run_folder(path.parent / "run")
    assert run(request, folder, registry, SilentDisplay()).is_well
    mine = [result for result in folder.results() if result.cell.task == "mine"]
    assert {folder.spec(one.cell.upstream["fitted"]).task for one in mine} == {"near", "far"}
    assert row_labels(mine) == [
        "toy-model:only fitted_on=other reduction=mean",
        "toy-model:only fitted_on=training reduction=matching",
    ]


def test_variants_of_what_a_model_was_fitted_on_are_refused(run_toy, variants):
    outcome = run_toy("toy-model", manifest=variants(shared=True), tasks="mine")
    (result,) = of_task(outcome)
    assert result.status is Status.FAILED
    assert "variants of mine share a 30-mer with what the model was fitted on in near" in (
        result.reason
    )


@pytest.mark.parametrize(
    ("model", "roles", "reason"),
    [
        ("toy-distances", ROLES, "asks for the coordinates of items, which alleles do not have"),
        (
            "toy-model",
            "",
            "does not do variant, and of roles, of which it needs training, the task has none",
        ),
        (
            "toy-model",
            'trianing = "near"',
            "of roles, of which it needs training, the task has trianing alone",
        ),
        ("toy-regressor", ROLES, "is fitted on near, which it does not do classification"),
    ],
)
def test_models_that_cannot_score_variants(run_toy, variants, model, roles, reason):
    outcome = run_toy(model, manifest=variants(roles), tasks="mine")
    (result,) = of_task(outcome)
    assert result.status is Status.SKIPPED
    assert reason in result.reason


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        ('training = "mine"', "is fitted on mine, which is a task of variants"),
        ('training = "nowhere"', "unknown task 'nowhere'"),
    ],
)
def test_roles_that_no_model_can_be_fitted_on(run_toy, variants, roles, message):
    with pytest.raises(BenchError, match=message):
        run_toy("toy-model", manifest=variants(roles), tasks="mine")


def test_a_model_of_variants_is_fitted_to_them(run_toy, variants):
    outcome = run_toy("toy-native", manifest=variants(), tasks="mine")
    assert outcome.well
    (result,) = of_task(outcome)
    assert result.cell.alleles is None
    assert result.cell.upstream == {}


def test_a_failed_fit_is_told_of_what_scores_by_it(run_toy, variants):
    outcome = run_toy(
        "toy-model", manifest=variants(), tasks="mine", settings=("toy-model.behave=raise",)
    )
    assert not outcome.well
    (result,) = of_task(outcome)
    assert result.status is Status.SKIPPED
    assert result.reason == "its fitted (toy-model:only on near, seed 0) ended as failed"


def test_labels_of_tables_tell_rows_apart(run_toy, variants, registry):
    outcome = run_toy("toy-model", manifest=variants(), tasks="mine")
    (result,) = of_task(outcome)
    card = registry.models["toy-model"].value
    assert label_of(result.cell, card) == "toy-model"
    row = SuiteModel(name="toy-model", fitted_on="other")
    other = result.cell.model_copy(update={"alleles": scoring_of(row)})
    assert label_of(other, card) == "toy-model fitted_on=other"
    assert RowName.parse("toy-model fitted_on=other").fits(other)
    assert not RowName.parse("toy-model fitted_on=other").fits(result.cell)
