"""Overlap, balance and null models of places, on items with coordinates."""

from __future__ import annotations

import numpy as np
import pytest

from bench.audit.leakage import null_models
from bench.audit.leakage.audited import AuditedTask, Side
from bench.audit.leakage.balance import balance
from bench.audit.leakage.contest import contest
from bench.audit.leakage.interval_overlap import overlaps
from bench.audit.leakage.near_duplicates import likeness
from bench.tasks.certificate import Verdict


def side(places, targets=None, seed=0):
    """Items at `(chrom, start)` of 100 bp with random sequences."""
    import pandas as pd

    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(places, columns=["chrom", "start"])
    frame["end"] = frame["start"] + 100
    frame["item"] = [f"{chrom}:{start}" for chrom, start in places]
    codes = list(rng.integers(0, 4, (len(places), 100), dtype=np.uint8))
    values = rng.integers(0, 2, (len(places), 1)) if targets is None else targets
    blocks = (frame["start"] // 5000).to_numpy()
    values = np.asarray(values, dtype=np.float32)
    return Side(frame, codes, values if values.ndim > 1 else values[:, None], blocks)


class Task(AuditedTask):
    """A task made of its sides."""

    is_classes = True
    on_genome = True

    def __init__(self, train, test, names=("y",)):
        self._sides = {"train": train, "test": test, "valid": side([], train.targets[:0])}
        self._names = names

    @property
    def target_names(self):
        return self._names

    @property
    def train(self):
        return self._sides["train"]

    @property
    def valid(self):
        return self._sides["valid"]

    @property
    def test(self):
        return self._sides["test"]

    @property
    def learnt(self):
        return self._sides["train"]


def test_overlap_of_items_and_of_what_lies_around_them():
    train = side([("chr1", 1000), ("chr2", 1000)])
    test = side([("chr1", 1099), ("chr1", 1100), ("chr1", 1400), ("chr3", 1000)])
    own, window = overlaps(Task(train, test), 400)
    assert own.figures["items"] == 1
    assert own.examples == ("chr1:1099",)
    assert own.verdict is Verdict.FAIL
    # Centres 100 bp apart overlap in 400 bp, those 400 bp apart touch.
    assert window.figures["items"] == 1
    assert window.verdict is Verdict.WARN
    assert overlaps(Task(train, test), 402)[1].figures["items"] == 2
    assert overlaps(Task(train, test), None)[1].verdict is Verdict.UNCHECKED


def test_balance_by_chromosome():
    places = [(chrom, 1000 * row) for chrom in ("chr1", "chr2") for row in range(100)]
    even = side(places, np.arange(200) % 2)
    assert balance(Task(even, even)).verdict is Verdict.PASS
    odd = side(places, [row % 2 for row in range(100)] + [row % 20 == 0 for row in range(100)])
    found = balance(Task(odd, odd))
    assert found.verdict is Verdict.WARN
    assert "chr2 0.050" in found.found
    assert "of all" not in found.found
    few = side([*places, ("chrM", 0)], [*(np.arange(200) % 2), 1])
    assert balance(Task(few, few)).verdict is Verdict.PASS


def test_balance_by_chance():
    """Of few positives half as many, or twice, are no more than chance."""
    places = [(chrom, 1000 * row) for chrom in ("chr1", "chr2") for row in range(60)]
    few = side(places, [row in {3, 70, 80, 90, 100} for row in range(120)])
    assert balance(Task(few, few)).verdict is Verdict.PASS


def test_a_chromosome_without_negatives():
    places = [(chrom, 1000 * row) for chrom in ("chr1", "chr2") for row in range(200)]
    most = side(places, [row % 2 for row in range(200)] + [1] * 200)
    found = balance(Task(most, most))
    assert "odd: chr2 1.000" in found.found
    halves = side(places, [0] * 200 + [1] * 200)
    assert "odd: chr1 0.000, chr2 1.000" in balance(Task(halves, halves)).found


def test_items_without_coordinates_are_no_chromosome():
    places = [("chr1", 1000 * row) for row in range(200)] + [("", 0)] * 200
    mixed = side(places, [row % 2 for row in range(200)] + [0] * 200)
    assert balance(Task(mixed, mixed)).verdict is Verdict.PASS
    assert (null_models.by_coordinates(mixed, mixed)[200:] == 0.25).all()


def test_balance_of_one_target_of_many():
    places = [(chrom, 1000 * row) for chrom in ("chr1", "chr2", "chr3") for row in range(200)]
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 2, (600, 40))
    classes[200:400, 7] = rng.random(200) < 0.1
    found = balance(
        Task(side(places, classes), side(places, classes), [f"t{n}" for n in range(40)])
    )
    assert found.verdict is Verdict.WARN
    assert "odd: chr2 0.095 of t7, 0.360 of all" in found.found


def test_a_null_model_that_wins_on_one_target_of_many():
    rng = np.random.default_rng(0)
    starts = rng.permutation(4000)[:1200] * 300
    places = [("chr1", int(start)) for start in starts]
    classes = rng.integers(0, 2, (1200, 20))
    classes[:, 13] = (starts // 30_000) % 2
    train, test = side(places[:800], classes[:800]), side(places[800:], classes[800:], seed=1)
    task = Task(train, test, [f"t{n}" for n in range(20)])
    _, _, findings = contest(task, likeness(task))
    judged = {one.check: one for one in findings}
    assert judged["null-coordinates"].verdict is Verdict.FAIL
    assert "of t13 0.9" in judged["null-coordinates"].found
    assert judged["null-gc"].verdict is Verdict.PASS


@pytest.mark.parametrize("positives", [1, 3, 6])
def test_rare_targets_win_nothing_by_luck(positives):
    rng = np.random.default_rng(1)
    places = [("chr1", 5000 * row) for row in range(600)]
    classes = np.zeros((600, 30))
    for column in classes.T:
        column[rng.choice(400, 6, replace=False)] = 1
        column[400 + rng.choice(200, positives, replace=False)] = 1
    classes[:, 0] = rng.integers(0, 2, 600)
    train, test = side(places[:400], classes[:400]), side(places[400:], classes[400:], seed=1)
    task = Task(train, test, [f"t{n}" for n in range(30)])
    _, _, findings = contest(task, likeness(task))
    assert all(one.verdict is not Verdict.FAIL for one in findings), findings


def test_a_contest_on_next_to_nothing():
    places = [("chr1", 5000 * row) for row in range(300)]
    task = Task(side(places, np.arange(300) % 2), side(places, np.arange(300) < 3, seed=1))
    reference, nulls, (found,) = contest(task, likeness(task))
    assert reference is None
    assert nulls == ()
    assert found.verdict is Verdict.UNCHECKED
    assert found.found == "too few test items of either class, or with a value"


def test_a_contest_without_intervals_is_a_warning():
    """Of one block nothing can be drawn."""
    places = [("chr1", 10 * row) for row in range(400)]
    classes = np.arange(400) // 100 % 2
    task = Task(side(places, classes), side(places, classes, seed=1))
    _, _, findings = contest(task, likeness(task))
    found = {one.check: one for one in findings}["null-coordinates"]
    assert found.verdict is Verdict.WARN
    assert "no interval, for want of test blocks" in found.found


def test_a_class_that_lies_in_stretches_is_told_by_coordinates():
    rng = np.random.default_rng(0)
    starts = rng.permutation(4000)[:1200] * 300
    classes = (starts // 30_000) % 2
    places = [("chr1", int(start)) for start in starts]
    train, test = side(places[:800], classes[:800]), side(places[800:], classes[800:], seed=1)
    task = Task(train, test)
    reference, nulls, findings = contest(task, likeness(task))
    judged = {one.check: one for one in findings}
    scores = {one.null: one.value for one in nulls}
    assert scores["coordinates"] > 0.95
    assert reference.value < 0.6
    assert judged["null-coordinates"].verdict is Verdict.FAIL
    assert judged["null-gc"].verdict is Verdict.PASS
    assert judged["null-neighbour"].verdict is Verdict.PASS


def test_coordinates_of_other_chromosomes_and_far_ones_say_nothing():
    train = side([("chr1", 0), ("chr1", 10_000), ("chr2", 0)], [1, 0, 1])
    test = side([("chr1", 1000), ("chr1", 5_000_000), ("chr9", 0), ("chr1", 9000)])
    found = null_models.by_coordinates(train, test)[:, 0]
    mean = pytest.approx(2 / 3)
    assert found[0] > 0.85
    assert found[1] == mean
    assert found[2] == mean
    assert found[3] < 0.15


def test_means_along_a_feature_are_not_a_line():
    """A class told by being in the middle is told."""
    rng = np.random.default_rng(0)
    feature = rng.random(4000)
    targets = np.stack([np.abs(feature - 0.5) < 0.2, feature > 0.5], axis=1).astype(float)
    targets[::7, 1] = np.nan
    found = null_models.along(feature, targets, np.array([0.01, 0.5, 0.99]))
    assert found == pytest.approx(np.array([[0, 0], [1, 0.5], [0, 1]]), abs=0.1)
    same = null_models.along(np.ones(10), np.arange(10.0)[:, None], np.array([1.0, 2.0]))
    assert same == pytest.approx(np.full((2, 1), 4.5))


def test_the_reference_is_a_ridge_regression():
    from scipy.sparse import csr_array
    from sklearn.linear_model import Ridge

    rng = np.random.default_rng(0)
    x = csr_array(rng.poisson(0.3, (300, 40)).astype(np.float32))
    y = rng.normal(3, 1, (300, 5))
    for penalty, fit in zip((0.01, 10.0), null_models.ridge(x, y, (0.01, 10.0)), strict=True):
        expected = Ridge(penalty).fit(x.toarray().astype(float), y).predict(x.toarray())
        assert fit.predict(x) == pytest.approx(expected, abs=1e-4)
