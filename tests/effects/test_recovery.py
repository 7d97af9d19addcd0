"""Recovery of planted bases: by an oracle, by chance, and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

from bench.effects.called import called_shares, factor_shares
from bench.effects.recovery import ItemBases, RankedBases, recoveries
from bench.interface import BenchError

TARGETS = ("one", "two")


def planted(rng, items=60, length=50, share=0.2):
    """Which bases lie inside sites, for two targets; some items have none for the second."""
    inside = [rng.random((length, 2)) < share for _ in range(items)]
    for mask in inside[::4]:
        mask[:, 1] = False
    return inside


def bases_of(inside, importance):
    return [ItemBases(values, mask) for values, mask in zip(importance, inside, strict=True)]


def test_an_oracle_finds_all():
    inside = planted(np.random.default_rng(0))
    scales = np.array([1.0, 30.0])
    found = recoveries(bases_of(inside, [mask * scales for mask in inside]), TARGETS, draws=20)
    assert [one.target for one in found] == ["one", "two", "pooled"]
    assert [one.items for one in found] == [60, 45, 60]
    for one in found:
        for name in ("auroc", "auprc", "equal", "precision", "recall", "f1"):
            estimate = getattr(one, name)
            assert (estimate.value, estimate.low, estimate.high) == (1, 1, 1)
    assert found[0].equal_threshold == found[0].f1_threshold == 1
    assert found[1].equal_threshold == 30


def test_chance_finds_as_many_as_there_are():
    rng = np.random.default_rng(1)
    inside = planted(rng, items=200)
    found = recoveries(bases_of(inside, [rng.normal(size=(50, 2)) for _ in inside]), TARGETS)
    for one in found:
        assert one.prevalence == pytest.approx(0.2, abs=0.01)
        assert one.auroc.low < 0.5 < one.auroc.high
        assert one.auprc.value == pytest.approx(one.prevalence, abs=0.02)
        assert one.equal.value == pytest.approx(one.prevalence, abs=0.03)
        assert one.f1.value == pytest.approx(2 * one.prevalence / (1 + one.prevalence), abs=0.02)


def test_importance_that_tells_nothing():
    inside = planted(np.random.default_rng(2))
    one, *_ = recoveries(bases_of(inside, [np.zeros((50, 2)) for _ in inside]), TARGETS, draws=10)
    assert one.auroc.value == 0.5
    assert one.auprc.value == pytest.approx(one.prevalence)
    assert one.equal.value == pytest.approx(one.prevalence)
    assert one.recall.value == 1


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_scores_are_those_of_scikit_learn(seed, levels):
    rng = np.random.default_rng(seed)
    importance = rng.integers(0, levels, 200).astype(float)
    inside = rng.random(200) < 0.3
    items = np.repeat(np.arange(20), 10)
    weights = rng.integers(0, 3, 20).astype(float)
    scores, _, threshold = RankedBases(importance, inside, items).scores(weights)
    given_weights = {"sample_weight": weights[items]}
    assert scores[0] == pytest.approx(roc_auc_score(inside, importance, **given_weights))
    assert scores[1] == pytest.approx(average_precision_score(inside, importance, **given_weights))
    precision, recall, _ = precision_recall_curve(inside, importance, **given_weights)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    assert scores[5] == pytest.approx(f1.max())
    called = importance >= threshold
    hits = (weights[items] * (called & inside)).sum()
    assert scores[3] == pytest.approx(hits / (weights[items] * called).sum())
    assert scores[4] == pytest.approx(hits / (weights[items] * inside).sum())


def test_as_many_are_called_as_lie_inside():
    importance = np.array([9.0, 8, 7, 6, 5, 4, 3, 2])
    inside = np.array([1, 0, 1, 1, 0, 0, 0, 1], dtype=bool)
    ranked = RankedBases(importance, inside, np.zeros(8, dtype=int))
    scores, threshold, _ = ranked.scores(np.ones(1))
    assert scores[2] == 3 / 4
    assert threshold == 6
    # Of equally important bases a part is called, as many of each sort as chance would.
    tied = RankedBases(np.array([2.0, 1, 1, 1, 0]), inside[[0, 1, 2, 1, 1]], np.zeros(5, dtype=int))
    assert tied.scores(np.ones(1))[0][2] == pytest.approx((1 + 1 / 3) / 2)


def test_a_draw_without_one_of_both_sorts_has_no_score():
    ranked = RankedBases(np.arange(4.0), np.array([0, 0, 1, 1], dtype=bool), np.array([0, 0, 1, 1]))
    assert np.isnan(ranked.scores(np.array([1.0, 0.0]))[0]).all()
    assert np.isnan(ranked.scores(np.array([0.0, 1.0]))[0]).all()


def test_an_item_drawn_twice_counts_twice():
    rng = np.random.default_rng(3)
    inside = rng.random(60) < 0.4
    importance, items = rng.normal(size=60), np.repeat(np.arange(3), 20)
    drawn = RankedBases(importance, inside, items).scores(np.array([2.0, 0.0, 1.0]))[0]
    rows = np.concatenate([np.arange(20), np.arange(20), np.arange(40, 60)])
    again = RankedBases(importance[rows], inside[rows], np.zeros(60, dtype=int))
    np.testing.assert_allclose(drawn, again.scores(np.ones(1))[0])


def test_intervals_widen_with_dependence():
    rng = np.random.default_rng(4)
    inside = [rng.random((50, 1)) < 0.3 for _ in range(40)]
    noise = [rng.normal(size=(50, 1)) for _ in inside]
    alone = bases_of(inside, [mask + values for mask, values in zip(inside, noise, strict=True)])
    # Whole items in which the model sees nothing.
    seen = rng.random(40) < 0.5
    together = bases_of(
        inside,
        [2 * mask * see + values for mask, see, values in zip(inside, seen, noise, strict=True)],
    )
    widths = []
    for items in (alone, together):
        (one,) = recoveries(items, ("one",), draws=300)
        assert one.auroc.low < one.auroc.value < one.auroc.high
        widths.append(one.auroc.high - one.auroc.low)
    assert widths[1] > 1.5 * widths[0]


def test_the_scale_of_a_target_does_not_matter_to_all_together():
    rng = np.random.default_rng(5)
    inside = planted(rng)
    values = [mask + rng.normal(size=mask.shape) for mask in inside]
    plain, scaled = (
        recoveries(bases_of(inside, [one * np.array(scale) for one in values]), TARGETS, draws=5)
        for scale in ([1.0, 1.0], [1.0, 1000.0])
    )
    assert plain[-1].auroc.value == pytest.approx(scaled[-1].auroc.value)
    assert plain[-1].equal.value == pytest.approx(scaled[-1].equal.value)


def test_nothing_inside_is_an_error():
    empty = [ItemBases(np.zeros((5, 1)), np.zeros((5, 1), dtype=bool))]
    with pytest.raises(BenchError, match="no item has a base inside a site"):
        recoveries(empty, ("one",))


def test_shares_of_idle_sites_and_of_factors():
    mask = np.zeros((10, 1), dtype=bool)
    first, idle, other = mask.copy(), mask.copy(), mask.copy()
    first[:4], idle[4:6], other[:5] = True, True, True
    importance = np.array([9.0, 8, 7, 6, 7, 0, 0, 0, 8, 0])[:, None]
    functional = [ItemBases(importance, first, {}, {"F1": first[:, 0], "F2": other[:, 0]})] * 3
    found = recoveries(functional, ("one",), draws=10)
    assert found[0].equal_threshold == 7
    factors = factor_shares(functional, found, ("one",), draws=10)
    assert [(one.bases, one.count, one.equal.value) for one in factors] == [
        ("F1", 12, 3 / 4),
        ("F2", 15, 4 / 5),
    ]
    assert [(one.items, one.kind) for one in factors] == [(3, "functional"), (3, "functional")]
    around = [ItemBases(importance, mask, {"decoy": idle, "repeat": mask}, {})] * 2
    shares = called_shares(around, found, ("one",), draws=10)
    assert [(one.kind, one.bases, one.items, one.count) for one in shares] == [
        ("decoy", "all decoys", 2, 4),
        ("outside", "beside decoys", 2, 16),
        ("repeat", "all repeats", 0, 0),
        ("outside", "beside repeats", 0, 0),
    ]
    assert shares[0].equal.value == 1 / 2
    assert shares[1].equal.value == 4 / 8
    assert np.isnan(shares[2].equal.value)


def test_factors_that_do_not_matter_are_told_apart():
    rng = np.random.default_rng(6)
    inside = planted(rng, items=5)
    items = [
        ItemBases(mask.astype(float), mask, {}, {"F1": mask[:, 0], "F2": ~mask.any(axis=1)})
        for mask in inside
    ]
    found = recoveries(items, TARGETS, draws=5)
    kinds = {(one.target, one.bases): one.kind for one in factor_shares(items, found, TARGETS)}
    assert kinds["one", "F1"] == "functional"
    assert kinds["one", "F2"] == kinds["two", "F2"] == "functional elsewhere"
    shares = {(one.target, one.bases): one for one in factor_shares(items, found, TARGETS)}
    assert (shares["one", "F1"].equal.value, shares["one", "F2"].equal.value) == (1, 0)
