from __future__ import annotations

import dataclasses

import pytest

from bench.interface.context import Budget
from bench.interface.errors import BenchError
from bench.run import plan as plan_module
from bench.run.plan import PlannedTask, Planner, RunOptions, parse_model
from bench.run.suite import SuiteModel
from bench.tasks.info import Head, TargetCounts, TaskInfo

INFO = TaskInfo(
    name="toy", dataset="d", title="t", kind="classification", metrics=("auroc",),
    heads={"default": Head(targets=("y",))}, genome=None, licence="l", citation="c", split="s",
    negatives="n", items={"train": 1, "valid": 1, "test": 1}, excluded={}, notes=(), blocks=1,
    block_unit="u", counts={"test": (TargetCounts(items=1, positives=1),)}, lengths=(1, 1, 1),
    dataset_hash="a" * 64, split_hash="b" * 64, builder_version=1,
)  # fmt: skip


def cells(registry, *models, info=INFO, **options):
    planner = Planner(registry, RunOptions(**options))
    chosen = [model if isinstance(model, SuiteModel) else parse_model(model) for model in models]
    return planner.plan(chosen, [PlannedTask(info, "/nowhere")])


def only(registry, *models, **options):
    (cell,) = cells(registry, *models, **options)
    return cell.spec


def test_ids_are_stable_and_depend_on_what_is_asked(registry):
    plain = only(registry, "toy-model")
    assert only(registry, "toy-model").cell_id == plain.cell_id
    assert only(registry, "toy-model", time_limit=5, threads=2).cell_id == plain.cell_id
    assert only(registry, "toy-model", precision="bfloat16").cell_id == plain.cell_id
    changed = [
        only(registry, "toy-regressor"),
        only(registry, SuiteModel(name="toy-model", settings={"base": 2})),
        only(registry, "toy-model", device="cuda"),
        only(registry, "toy-precision"),
        only(registry, "toy-precision", precision="bfloat16"),
        only(registry, "toy-model", budget=Budget(steps=10)),
        only(registry, "toy-model", budget=Budget(seconds=10)),
        only(registry, "toy-model", info=INFO.model_copy(update={"dataset_hash": "c" * 64})),
        only(registry, "toy-model", info=INFO.model_copy(update={"split_hash": "c" * 64})),
    ]
    ids = {plain.cell_id, *(spec.cell_id for spec in changed)}
    assert len(ids) == len(changed) + 1


def test_ids_depend_on_code_and_on_versions(registry, monkeypatch):
    plain = only(registry, "toy-model")
    with monkeypatch.context() as patch:
        patch.setattr(plan_module, "plugin_code_hash", lambda target: "other")
        assert only(registry, "toy-model").cell_id != plain.cell_id
    monkeypatch.setattr(plan_module, "package_versions", lambda packages: {"numpy": "0.0"})
    assert only(registry, "toy-model").cell_id != plain.cell_id


def test_the_machine_counts_only_for_a_budget_in_seconds(registry, monkeypatch):
    before = [
        only(registry, "toy-model", budget=budget) for budget in (Budget(), Budget(seconds=9))
    ]
    monkeypatch.setattr(plan_module, "machine_hash", lambda device: "another machine")
    after = [only(registry, "toy-model", budget=budget) for budget in (Budget(), Budget(seconds=9))]
    assert before[0].cell_id == after[0].cell_id
    assert before[1].cell_id != after[1].cell_id


def test_threads_count_only_for_models_that_say_so(registry):
    for model, differ in (("toy-model", False), ("toy-threads", True)):
        one, two = (only(registry, model, threads=threads).cell_id for threads in (1, 2))
        assert (one != two) == differ
    on_gpu = [only(registry, "toy-threads", device="cuda", threads=count) for count in (1, 2)]
    assert on_gpu[0].cell_id == on_gpu[1].cell_id


def test_a_budget_is_for_models_that_keep_to_it(registry):
    plain = only(registry, "toy-fixed")
    assert only(registry, "toy-fixed", budget=Budget(seconds=10)).cell_id == plain.cell_id


def test_seeds_are_for_models_that_use_them(registry):
    assert [cell.spec.seed for cell in cells(registry, "toy-seeded", seeds=3)] == [0, 1, 2]
    assert [cell.spec.seed for cell in cells(registry, "toy-fixed", seeds=3)] == [0]


def test_a_model_below_is_planned_first_and_once(registry):
    below, above = cells(registry, "standing", "toy-model")
    assert below.spec.model == "toy-model"
    assert above.spec.upstream == {"below": below.spec.cell_id}
    other = cells(registry, SuiteModel(name="standing", settings={"below": "toy-fixed"}), seeds=2)
    assert [(cell.spec.model, cell.spec.seed) for cell in other] == [
        ("toy-fixed", 0), ("standing", 0), ("standing", 1),
    ]  # fmt: skip


def test_a_model_that_stands_on_itself_is_refused(registry):
    with pytest.raises(BenchError, match="circular stands on itself"):
        cells(registry, "circular")


def test_a_model_may_stand_on_itself_with_other_settings(registry):
    first = SuiteModel(name="standing", settings={"below": "standing below=toy-model"})
    bottom, middle, top = cells(registry, first)
    assert [cell.spec.model for cell in (bottom, middle, top)] == ["toy-model", *["standing"] * 2]
    assert top.spec.upstream == {"below": middle.spec.cell_id}
    (alone,) = cells(registry, SuiteModel(name="standing", settings={"below": ""}))
    assert alone.spec.upstream == {}


GENOMIC = INFO.model_copy(update={"genome": "sim1", "split_method": "chromosome"})
GENES = GENOMIC.model_copy(update={"name": "genes", "roles": {"chromatin": "toy"}})


def on_genes(registry, below, other=GENOMIC, task=GENES):
    planner = Planner(registry, RunOptions(), lambda name: PlannedTask(other, f"/{name}"))
    model = SuiteModel(name="standing", settings={"below": below})
    return planner.plan([model], [PlannedTask(task, "/genes")])


@pytest.mark.parametrize("below", ["toy-model@chromatin", "toy-model:only@toy base=3"])
def test_a_model_may_stand_on_one_of_another_task(registry, below):
    first, second = on_genes(registry, below)
    assert (first.spec.model, first.spec.task, first.spec.task_folder) == (
        "toy-model",
        "toy",
        "/toy",
    )
    assert (second.spec.model, second.spec.task) == ("standing", "genes")
    assert second.spec.upstream == {"below": first.spec.cell_id}
    assert first.spec.settings["base"] == (3 if "base" in below else 0)


def test_nothing_is_fitted_for_a_model_that_does_not_run(registry):
    tracks = GENES.model_copy(update={"kind": "profile"})
    (cell,) = on_genes(registry, "toy-model@chromatin", task=tracks)
    assert cell.spec.model == "standing"
    assert cell.skip == "does not do profile"


def test_a_model_on_one_that_does_not_run_does_not_run_either(registry):
    below, above = on_genes(
        registry, "toy-model@chromatin", GENOMIC.model_copy(update={"kind": "profile"})
    )
    assert below.skip == "does not do profile"
    assert above.skip == "stands on toy-model:only on toy, which does not do profile"


def test_a_model_stands_on_no_task_with_other_test_chromosomes(registry):
    for changes in (
        {"genome": "sacCer3"},
        {"split_method": "given"},
        {"split": "by chromosome of mine: valid chr3; test chr4"},
    ):
        with pytest.raises(BenchError, match="divided by the same chromosomes of one genome"):
            on_genes(registry, "toy-model@toy", GENOMIC.model_copy(update=changes))
    catalogue = {"toy": GENOMIC}

    def found(name):
        if name not in catalogue:
            raise BenchError(f"unknown task {name!r}")
        return PlannedTask(catalogue[name], f"/{name}")

    planner = Planner(registry, RunOptions(), found)
    message = (
        "standing stands on 'toy-model@tracks', but task genes names no 'tracks' among its roles: "
        "unknown task 'tracks'"
    )
    with pytest.raises(BenchError, match=message):
        planner.plan(
            [SuiteModel(name="standing", settings={"below": "toy-model@tracks"})],
            [PlannedTask(GENES, "/genes")],
        )
    with pytest.raises(BenchError, match="'base' is not setting=value"):
        on_genes(registry, "toy-model@toy base")
    with pytest.raises(BenchError, match="stands on task 'toy', which is not known here"):
        cells(
            registry, SuiteModel(name="standing", settings={"below": "toy-model@toy"}), info=GENES
        )


def test_a_model_that_reads_too_far_is_skipped(registry):
    info = INFO.model_copy(update={"input_limit": 1000})
    (fits,) = cells(registry, "toy-long:short", info=info)
    (reads_on,) = cells(registry, "toy-long:long", info=info)
    (alone,) = cells(registry, "toy-long:long")
    assert fits.skip is None
    assert alone.skip is None
    assert "reads 2000 bp, but train and test stay apart" in reads_on.skip


def test_a_model_of_distances_is_skipped_where_there_are_none(registry):
    with_distances = INFO.model_copy(update={"tss_distances": True})
    (without,) = cells(registry, "toy-distances")
    assert "name transcripts in the manifest" in without.skip
    assert cells(registry, "toy-distances", info=with_distances)[0].skip is None


def test_what_cannot_run_is_skipped_with_the_reason(registry):
    assert "does not do classification" in cells(registry, "toy-regressor")[0].skip
    assert "needs no-such-package" in cells(registry, "toy-needy")[0].skip
    assert cells(registry, "toy-model")[0].skip is None


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (SuiteModel(name="toy-modl"), "unknown model 'toy-modl'; did you mean 'toy-model'"),
        (SuiteModel(name="toy-model", preset="onyl"), "no preset 'onyl'; did you mean 'only'"),
        (
            SuiteModel(name="toy-model", settings={"bose": 1}),
            "no setting 'bose'; did you mean 'base'",
        ),
        (SuiteModel(name="toy-model", settings={"base": "x"}), "base='x', expected int"),
        (SuiteModel(name="toy-model", settings={"base": 1.5}), "base=1.5, expected int"),
        (SuiteModel(name="toy-model", settings={"behave": True}), "expected str"),
    ],
)
def test_mistakes_are_told_before_anything_is_built(registry, model, message):
    with pytest.raises(BenchError, match=message):
        Planner(registry, RunOptions()).plan([model], [])


def test_the_content_of_a_named_file_counts(registry, tmp_path):
    path = tmp_path / "motifs.meme"
    model = SuiteModel(name="pwm", settings={"motifs": str(path)})
    with pytest.raises(BenchError, match="setting motifs=.*is no file"):
        cells(registry, model)
    path.write_text("one")
    first = only(registry, model)
    path.write_text("two")
    assert only(registry, model).cell_id != first.cell_id
    assert "file motifs" not in only(registry, "pwm").hashes


def test_a_setting_out_of_range_is_refused_before_anything_is_built(registry):
    assert only(registry, SuiteModel(name="toy-strict", settings={"base": 2})).settings["base"] == 2
    with pytest.raises(BenchError, match="model toy-strict: base is -1, expected 0 or more"):
        cells(registry, SuiteModel(name="toy-strict", settings={"base": -1}))


def test_a_model_runs_on_its_tasks_alone(registry):
    planner = Planner(registry, RunOptions())
    tasks = [PlannedTask(INFO, "/a"), PlannedTask(INFO.model_copy(update={"name": "b"}), "/b")]
    models = [SuiteModel(name="toy-model"), SuiteModel(name="toy-fixed", tasks=("b",))]
    found = [(cell.spec.model, cell.spec.task) for cell in planner.plan(models, tasks)]
    assert found == [("toy-model", "toy"), ("toy-model", "b"), ("toy-fixed", "b")]


def test_tasks_with_more_targets_or_heads_than_a_model_does_are_skipped(registry):
    two = INFO.model_copy(update={"heads": {"default": Head(targets=("y", "z"))}})
    heads = INFO.model_copy(
        update={"heads": {"default": Head(targets=("y",)), "mouse": Head(targets=("y",))}}
    )
    entry = next(one for one in registry.models if one.name == "toy-model")
    assert cells(registry, "toy-model", info=two)[0].skip is None
    assert "several heads, and the task has 2" in cells(registry, "toy-model", info=heads)[0].skip
    narrow = dataclasses.replace(entry.value, several_targets=False, several_heads=True)
    registry.models._entries["toy-model"] = dataclasses.replace(entry, value=narrow)
    assert "several targets, and the task has 2" in cells(registry, "toy-model", info=two)[0].skip
    assert cells(registry, "toy-model", info=heads)[0].skip is None
