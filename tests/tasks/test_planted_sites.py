"""In which sites bases of items lie, against sites that are written down."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.data.alphabet import reverse_complement
from bench.data.genome import GenomeStore
from bench.data.motifs import Motif
from bench.simulate.factors import FACTORS
from bench.tasks.planted_sites import (
    Place,
    is_simulated,
    places_of,
    planted_sites,
    simulated_motifs,
)
from bench.tasks.store import GenomicSequences

SITES = pd.DataFrame(
    [
        ("sim2", 100, 109, "SIMF01", "functional"),
        ("sim1", 300, 310, "SIMF02", "repeat"),
        ("sim1", 100, 109, "SIMF01", "functional"),
        ("sim1", 120, 130, "SIMF03", "functional"),
        ("sim1", 200, 210, "SIMF04", "decoy"),
        ("sim1", 304, 314, "SIMF02", "repeat"),
    ],
    columns=["chrom", "start", "end", "factor", "role"],
)


def read(folder, targets, genome="sim1"):
    (folder / "truth").mkdir(exist_ok=True)
    SITES.to_parquet(folder / "truth" / "sites.parquet")
    return planted_sites(SimpleNamespace(genome=genome), folder, targets)


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    return read(tmp_path_factory.mktemp("planted"), ["CT1", "CT2"])


def names_at(planted, place):
    found = planted.bases(place)
    return [
        (planted.factors[factor], planted.roles[role]) if factor >= 0 else None
        for factor, role in zip(found.factors, found.roles, strict=True)
    ]


def test_bases_lie_in_sites(planted):
    # 95 to 125: a whole site and the first half of another.
    found = names_at(planted, Place("sim1", 110, 30, is_reverse=False))
    own, cut = ("SIMF01", "functional"), ("SIMF03", "functional")
    assert found == [None] * 5 + [own] * 9 + [None] * 11 + [cut] * 5
    assert names_at(planted, Place("sim1", 307, 20, is_reverse=False)).count(
        ("SIMF02", "repeat")
    ) == 14  # fmt: skip
    assert names_at(planted, Place("sim3", 110, 30, is_reverse=False)) == [None] * 30


@settings(deadline=None)
@given(st.integers(90, 320), st.integers(1, 60), st.booleans())
def test_every_base_is_where_its_coordinate_says(planted, centre, size, is_reverse):
    place = Place("sim1", centre, size, is_reverse)
    start, end = place.interval
    assert end - start == size
    found = planted.bases(place)
    for number in range(size):
        step = number - size // 2
        position = centre - step if is_reverse else centre + step
        assert start <= position < end
        rows = SITES[(SITES["chrom"] == "sim1") & (SITES["start"] <= position)
                     & (position < SITES["end"])]  # fmt: skip
        names = {planted.factors[found.factors[number]]} if found.factors[number] >= 0 else set()
        assert names == set(rows["factor"])


def test_whole_sites_of_factors_that_matter(planted):
    # SIMF01 works in all cell types, SIMF02 in CT1 and CT2, SIMF03 in CT2, SIMF04 in neither.
    matters = dict(zip(planted.factors, planted.matters.tolist(), strict=True))
    assert [matters[f"SIMF0{number}"] for number in range(1, 5)] == [
        [True, True], [True, True], [False, True], [False, False],
    ]  # fmt: skip
    around = {
        "functional": (Place("sim1", 104, 20, is_reverse=False), True, False),
        "cut": (Place("sim1", 100, 10, is_reverse=False), False, False),
        "does not matter": (Place("sim1", 205, 30, is_reverse=False), False, False),
        "idle": (Place("sim1", 305, 30, is_reverse=False), False, True),
        "nothing": (Place("sim1", 1000, 300, is_reverse=False), False, False),
    }
    for place, functional, idle in around.values():
        assert planted.holds(place, functional=True) is functional
        assert planted.holds(place, functional=False) is idle


def test_targets_of_binding_name_a_cell_type(tmp_path):
    planted = read(tmp_path, ["SIMF07_CT3"])
    active = {name for name, row in zip(planted.factors, planted.matters, strict=True) if row[0]}
    assert active == {factor.name for factor in FACTORS if "CT3" in factor.cell_types}


def test_tasks_without_known_sites(tmp_path):
    assert read(tmp_path, ["CT1"], genome="hg38") is None
    assert read(tmp_path, ["CT1"], genome=None) is None
    assert read(tmp_path, ["K562"]) is None
    empty = tmp_path / "empty"
    assert planted_sites(SimpleNamespace(genome="sim1"), empty, ["CT1"]) is None
    assert is_simulated("sim1")
    assert not is_simulated("hg38")
    assert not is_simulated(None)


def test_motifs_of_the_factors():
    motifs = simulated_motifs("hg38")
    assert [motif.name for motif in motifs] == [factor.name for factor in FACTORS]
    assert isinstance(motifs[0], Motif)
    assert motifs[0].consensus == "GATTNCCGC"
    np.testing.assert_allclose(motifs[0].probabilities.sum(axis=1), 1)


@pytest.mark.parametrize("length", [20, 21])
def test_places_are_where_items_are_read(tmp_path, length):
    codes = np.random.default_rng(0).integers(0, 4, 400, dtype=np.uint8)
    genome = GenomeStore.from_codes({"sim1": codes}, tmp_path / "genome", "sim1")
    starts = np.array([95, 200])
    intervals = np.stack([np.zeros(2, dtype=int), starts, starts + length], axis=1)
    reverse = np.array([False, True])
    np.save(tmp_path / "reverse.npy", reverse)
    frame = pd.DataFrame({"chrom": "sim1", "start": starts, "end": starts + length})
    task = SimpleNamespace(items=lambda: frame, folder=tmp_path)
    rows = np.arange(2)
    sequences = GenomicSequences(genome, intervals, reverse)
    for read in (None, 30, 7):
        windows = sequences.windows(rows, read, 0)
        for size in (5, 6):
            places = places_of(task, rows, np.full(2, size))
            start = windows.shape[1] // 2 - size // 2
            for window, place in zip(windows, places, strict=True):
                first, end = place.interval
                own = codes[first:end]
                expected = reverse_complement(own) if place.is_reverse else own
                assert np.array_equal(window[start : start + size], expected)
