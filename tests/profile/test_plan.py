"""Which curves are measured, and in which order."""

from __future__ import annotations

import pytest

from bench.interface import BenchError
from bench.profile.plan import ProfileOptions, in_order, parse_batches, plan_curves, usual_models
from bench.profile.records import Mode
from bench.registry.discovery import discover


@pytest.fixture(scope="module")
def registry():
    return discover(())


def options(**changes) -> ProfileOptions:
    given = {
        "device": "cpu", "precision": "float32", "compiled": False, "recorded": False,
        "threads": 1, "seconds": 1.0, "point_limit": 60.0, "memory_limit": 1 << 30,
        "targets": None, **changes,
    }  # fmt: skip
    return ProfileOptions(**given)


def test_networks_have_steps_and_others_have_fits(registry):
    found = plan_curves(["basset", "kmer-svm"], {}, options(), registry)
    kinds = [(spec.model, spec.mode, spec.batch) for spec in found]
    assert kinds == [
        ("basset", Mode.INFERENCE, "1"),
        ("kmer-svm", Mode.INFERENCE, "1"),
        ("basset", Mode.TRAINING, "1"),
        ("kmer-svm", Mode.FIT, "1"),
        ("basset", Mode.INFERENCE, "max"),
        ("kmer-svm", Mode.INFERENCE, "max"),
        ("basset", Mode.TRAINING, "max"),
    ]
    assert {spec.preset for spec in found} == {"compact"}
    assert len({spec.curve_id for spec in found}) == len(found)


def test_presets_and_settings(registry):
    (spec,) = plan_curves(
        ["enformer:published"],
        {"enformer": {"attention": "published"}},
        options(modes=(Mode.INFERENCE,), batches=("1",)),
        registry,
    )
    assert spec.settings["attention"] == "published"
    assert spec.row == "enformer:published attention=published"
    assert spec.targets == 5313


@pytest.mark.parametrize(
    ("models", "changes", "message"),
    [
        (["enforme"], {}, "unknown model 'enforme'.*enformer"),
        (["basset:tiny"], {}, "model basset has no preset 'tiny', expected one of published"),
        (["basset"], {"basset": {"depth": "3"}}, "model basset has no setting 'depth'"),
        (["position"], {}, "model position reads coordinates"),
        (["expecto"], {}, "model expecto reads coordinates"),
        (["mean-track"], {}, "model mean-track does neither classification nor regression"),
    ],
)
def test_what_cannot_be_profiled(registry, models, changes, message):
    with pytest.raises(BenchError, match=message):
        plan_curves(models, changes, options(), registry)


def test_usual_models_read_sequences_and_stand_alone(registry):
    found = usual_models(registry)
    assert {"basset", "enformer", "basenji2", "kmer-svm", "gkm-svm"} <= set(found)
    assert not {"prevalence", "gc", "position", "expecto", "mentr"} & set(found)
    assert plan_curves(found, {}, options(), registry)


def test_limits_are_no_part_of_what_a_curve_is(registry):
    def ids(**changes):
        return [spec.curve_id for spec in plan_curves(["basset"], {}, options(**changes), registry)]

    assert ids() == ids(point_limit=5.0, memory_limit=1 << 20)
    assert not set(ids()) & set(ids(threads=2))


def test_batches():
    assert parse_batches("1, max") == ("1", "max")
    assert parse_batches("ALL,8,8") == ("all", "8")
    for text in ("", "0", "many", "1,,2", "-1"):
        with pytest.raises(BenchError, match="expected numbers, max or all"):
            parse_batches(text)


def test_the_most_telling_points_come_first_where_time_is_short(registry):
    curves = plan_curves(["basset", "kmer-svm"], {}, options(batches=("1",)), registry)
    lengths, counts = (1, 2, 4, 8, 16), (100, 200)
    whole = in_order(curves, lengths, counts, coarse_first=False)
    assert whole == [(spec, counts if spec.mode is Mode.FIT else lengths) for spec in curves]
    coarse = in_order(curves, lengths, counts, coarse_first=True)
    assert [places for _, places in coarse] == [
        (1, 4, 16), (1, 4, 16), (1, 4, 16), (200,), (2, 8), (2, 8), (2, 8), (100,),
    ]  # fmt: skip
