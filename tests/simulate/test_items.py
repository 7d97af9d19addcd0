"""Items of a small simulated genome: coordinates, classes and refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bench.interface.errors import BenchError
from bench.simulate.accessibility import accessibility_items
from bench.simulate.binding import binding_items, occupancies
from bench.simulate.genome import simulate
from bench.simulate.items import COLUMNS, JITTER, free_centres, overlaps
from bench.simulate.spec import SimulationSpec
from bench.simulate.strength import DEPTH, strength_items
from bench.simulate.truth import activity_columns

SMALL = SimulationSpec(name="small", chromosome_lengths=(("a", 400_000), ("b", 300_000)))


@pytest.fixture(scope="module")
def genome():
    return simulate(SMALL)


@pytest.fixture(scope="module")
def tables(genome):
    return {
        "accessibility": accessibility_items(genome),
        "strength": strength_items(genome),
        "lone": binding_items(genome, "SIMF02", "CT1"),
        "paired": binding_items(genome, "SIMF07", "CT3"),
    }


NAMES = ("accessibility", "strength", "lone", "paired")


@pytest.mark.parametrize("name", NAMES)
def test_items_are_well_formed(tables, name):
    items = tables[name]
    frame = items.frame
    assert list(frame.columns) == COLUMNS
    assert frame["item"].is_unique
    assert (frame["end"] - frame["start"] == 200).all()
    assert (frame["start"] >= 0).all()
    assert items.targets.shape == (len(frame), len(items.target_names))
    assert items.targets.dtype == np.float32
    assert np.isfinite(items.targets).all()
    first = frame.iloc[0]
    assert first["item"] == f"{first['chrom']}:{first['start']}-{first['end']}"
    for _, part in frame.groupby("chrom"):
        assert part["start"].is_monotonic_increasing
        assert (part["start"].to_numpy()[1:] >= part["end"].to_numpy()[:-1]).all()


@pytest.mark.parametrize("name", NAMES)
def test_items_of_elements_are_centred_with_jitter(genome, tables, name):
    frame = tables[name].frame
    inside = frame[frame["element"] >= 0]
    elements = genome.elements.loc[inside["element"]]
    assert inside["chrom"].tolist() == elements["chrom"].tolist()
    centres = (elements["start"] + elements["end"]).to_numpy() // 2
    shift = (inside["start"] + inside["end"]).to_numpy() // 2 - centres
    assert np.abs(shift).max() == JITTER
    assert abs(shift.mean()) < 4


@pytest.mark.parametrize("name", ["accessibility", "lone", "paired"])
def test_other_items_touch_no_element(genome, tables, name):
    frame = tables[name].frame
    outside = frame[frame["element"] < 0]
    assert len(outside) > 50
    for chrom, part in outside.groupby("chrom"):
        elements = genome.elements[genome.elements["chrom"] == chrom]
        assert not overlaps(part["start"].to_numpy(), part["end"].to_numpy(), elements).any()


def test_accessibility_has_every_element_and_as_much_background(genome, tables):
    frame = tables["accessibility"].frame
    inside = frame[frame["element"] >= 0]
    assert sorted(inside["element"]) == genome.elements["id"].tolist()
    assert len(frame) == 2 * len(inside)
    on = {}
    for kind in ("decoy", "repeat"):
        regions = genome.regions[genome.regions["kind"] == kind]
        on[kind] = sum(
            overlaps(
                part["start"].to_numpy(), part["end"].to_numpy(), regions[regions["chrom"] == chrom]
            ).sum()
            for chrom, part in frame[frame["element"] < 0].groupby("chrom")
        )
    assert on["decoy"] == pytest.approx(0.4 * len(inside), abs=2)
    assert on["repeat"] == pytest.approx(0.15 * len(inside), abs=2)


def test_labels_follow_activity(genome, tables):
    items = tables["accessibility"]
    assert items.target_names == SMALL.cell_types
    assert set(np.unique(items.targets)) == {0, 1}
    element = items.frame["element"].to_numpy()
    activities = genome.elements[activity_columns(SMALL)].to_numpy()[element]
    inside = element >= 0
    opened, closed = activities > 0.9, activities < 0.1
    assert items.targets[inside][opened[inside]].mean() > 0.95
    assert items.targets[inside][closed[inside]].mean() < 0.05
    assert items.targets[~inside].mean() < 0.01
    assert 0.15 < items.targets.mean() < 0.4


def test_strength_is_activity_on_a_log_scale(genome, tables):
    items = tables["strength"]
    activities = genome.elements[activity_columns(SMALL)].to_numpy()
    signal = np.log2(1 + DEPTH * activities)[items.frame["element"]]
    noise = items.targets - signal
    assert noise.std() == pytest.approx(0.5, rel=0.05)
    assert abs(noise.mean()) < 0.05


@pytest.mark.parametrize(
    ("name", "factor", "cell"), [("lone", "SIMF02", "CT1"), ("paired", "SIMF07", "CT3")]
)
def test_binding_needs_a_site_and_an_open_element(genome, tables, name, factor, cell):
    items = tables[name]
    assert items.target_names == (f"{factor}_{cell}",)
    label = items.targets[:, 0] == 1
    assert label.mean() == 0.5
    element = items.frame["element"].to_numpy()
    assert (element[label] >= 0).all()
    occupied = occupancies(genome, factor)[element]
    opened = genome.elements[f"activity_{cell}"].to_numpy()[element]
    assert (occupied[label] > 0).mean() > 0.9
    assert opened[label].mean() > 0.7
    unbound = ~label & (element >= 0)
    assert (occupied[unbound] == 0).all()
    assert (opened[unbound] > 0.5).all()
    assert unbound.sum() == pytest.approx(label.sum() / 3, rel=0.05)


def test_a_third_of_the_unbound_carry_the_motif(genome, tables):
    sites = genome.sites
    for name, factor in (("lone", "SIMF02"), ("paired", "SIMF07")):
        frame = tables[name].frame
        background = frame[frame["element"] < 0]
        idle = sites[(sites["factor"] == factor) & (sites["role"] != "functional")]
        pairs = background.merge(idle, on="chrom", suffixes=("", "_site"))
        inside = (pairs["start_site"] >= pairs["start"]) & (pairs["end_site"] <= pairs["end"])
        carriers = pairs.loc[inside, "item"].nunique()
        assert carriers > 0.2 * (len(frame) / 2)


def test_background_matches_the_gc_of_what_is_bound(genome, tables):
    def gc(frame):
        parts = [genome.chromosomes[row.chrom][row.start : row.end] for row in frame.itertuples()]
        return np.isin(np.stack(parts), (1, 2)).mean(axis=1)

    items = tables["paired"]
    frame, label = items.frame, items.targets[:, 0] == 1
    free = frame[~label & (frame["element"] < 0).to_numpy()]
    touched = pd.concat(
        [
            part[
                overlaps(
                    part["start"].to_numpy(),
                    part["end"].to_numpy(),
                    genome.regions[genome.regions["chrom"] == chrom],
                )
            ]
            for chrom, part in free.groupby("chrom")
        ]
    )
    matched = free.drop(touched.index)
    assert gc(matched).mean() == pytest.approx(gc(frame[label]).mean(), abs=0.015)


def test_more_negatives_come_from_the_background(genome):
    items = binding_items(genome, "SIMF02", "CT1", negatives_per_positive=3)
    assert items.targets.mean() == 0.25
    assert items.frame["item"].is_unique


@pytest.mark.parametrize("length", [50, 201, 600])
def test_other_lengths(genome, length):
    for items in (accessibility_items(genome, length), strength_items(genome, length)):
        assert (items.frame["end"] - items.frame["start"] == length).all()
        assert items.frame["item"].is_unique
    frame = accessibility_items(genome, length).frame
    outside = frame[frame["element"] < 0]
    for chrom, part in outside.groupby("chrom"):
        elements = genome.elements[genome.elements["chrom"] == chrom]
        assert not overlaps(part["start"].to_numpy(), part["end"].to_numpy(), elements).any()


def test_free_windows_are_in_random_order_and_apart(genome):
    centres = free_centres(genome, "a", 200, 100, np.random.default_rng(1))
    assert len(centres) >= 100
    assert (np.diff(centres) < 0).any()
    assert np.diff(np.sort(centres)).min() >= 200 + 2 * JITTER


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda g: accessibility_items(g, 20_000), "of 20000 bp: expected 50 to 600"),
        (lambda g: strength_items(g, 10), "of 10 bp: expected 50 to 600"),
        (lambda g: binding_items(g, "SIMF99", "CT1"), "'SIMF99'; expected one of SIMF01"),
        (lambda g: binding_items(g, "SIMF03", "CT1"), "active: CT2, CT3, CT4"),
        (lambda g: binding_items(g, "SIMF03", "liver"), "'liver'; expected one in which"),
        (lambda g: binding_items(g, "SIMF02", "CT1", negatives_per_positive=0), "1 or more"),
        (
            lambda g: binding_items(g, "SIMF02", "CT1", negatives_per_positive=99),
            "expected fewer negatives or",
        ),
    ],
)
def test_what_cannot_be_had_is_refused(genome, call, message):
    with pytest.raises(BenchError, match=message):
        call(genome)
