"""The default genome: pinned by digests, and as hard as it is meant to be."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from bench.data.components import overlapping_rows
from bench.data.kmers import count_kmers, unit_rows
from bench.simulate.accessibility import accessibility_items
from bench.simulate.binding import binding_items, occupancies
from bench.simulate.digest import codes_digest, frame_digest, items_digest
from bench.simulate.genome import simulate
from bench.simulate.spec import SIMULATION_VERSION, SimulationSpec
from bench.simulate.strength import strength_items
from bench.simulate.truth import log_odds_columns

GOLDEN = {
    3: {
        "codes": "476f9748a85ed8a667b5832ca3e512e832c4b93510688e448357084f426b090c",
        "sites": "a1fa291614fb0e8324b0a3f899e4bb94f0ecd67c69a3ddedd1d54717e7b0f297",
        "elements": "52a0bda82b879f07b0089223ebf849e91f0054e1b4b3bbe5100636b832eaeccf",
        "genes": "fcc99b21a74bbfcb599f723ae043c52b9ce17ba0020a98453b2bc981a5df5a13",
        "regions": "48985ec9479f58f1c93621c3fa118b269bb65f7245f8d57058ad765ed68691b6",
        "accessibility": "04848565fa6810a88fee125817db1e724bd328638305abc0b312866feffbaf52",
        "strength": "c1feb470155df567d551cbd9d0e6daa32f04cceb8c593b59301eee2df021a216",
        "binding": "7372b466c927f78057f1aee57cc7090d7cf2863a4002464d6d877728e0d21244",
    }
}
TEST, VALID = "sim5", "sim4"


@pytest.fixture(scope="module")
def genome():
    begun = time.perf_counter()
    made = simulate(SimulationSpec())
    assert time.perf_counter() - begun < 30, "far slower than the few seconds it should take"
    return made


@pytest.fixture(scope="module")
def items(genome):
    return {
        "accessibility": accessibility_items(genome),
        "strength": strength_items(genome),
        "binding": binding_items(genome, "SIMF07", "CT1"),
    }


def sequences(genome, frame):
    codes = np.empty((len(frame), 200), dtype=np.uint8)
    for chrom, rows in frame.groupby("chrom").indices.items():
        starts = frame["start"].to_numpy()[rows, None]
        codes[rows] = genome.chromosomes[chrom][starts + np.arange(200)]
    return codes


def kmer_auroc(codes, label, chroms):
    """AUROC on the test chromosome of a logistic regression on 6-mer counts."""
    features = unit_rows(count_kmers(codes, 6)) * 20
    test, train = chroms == TEST, ~np.isin(chroms, (TEST, VALID))
    model = LogisticRegression(C=0.02, max_iter=300).fit(features[train], label[train])
    return roc_auc_score(label[test], model.decision_function(features[test]))


def gc_auroc(codes, label):
    return roc_auc_score(label, np.isin(codes, (1, 2)).mean(axis=1))


def test_nothing_changes_unseen(genome, items):
    """A change here means that SIMULATION_VERSION must be raised and new digests entered."""
    found = {"codes": codes_digest(genome)}
    for table in ("sites", "elements", "genes", "regions"):
        found[table] = frame_digest(getattr(genome, table))
    found |= {name: items_digest(table) for name, table in items.items()}
    assert found == GOLDEN[SIMULATION_VERSION]


def test_sizes(genome, items):
    assert 6e6 < sum(len(codes) for codes in genome.chromosomes.values()) < 8e6
    assert 6_000 <= len(items["accessibility"].frame) <= 8_000
    assert len(items["strength"].frame) == len(genome.elements)


@pytest.mark.parametrize("factor", [f"SIMF{number:02}" for number in range(1, 13)])
def test_every_chromosome_has_both_classes_of_every_factor(genome, factor):
    for cell in genome.factors[factor].cell_types:
        table = binding_items(genome, factor, cell)
        assert 1_500 <= len(table.frame) <= 4_000
        counts = (
            table.frame.assign(label=table.targets[:, 0])
            .groupby("chrom")["label"]
            .agg(["size", "sum"])
        )
        assert list(counts.index) == list(genome.chromosomes)
        assert counts["size"].min() > 200
        assert (counts["sum"] * 2 == counts["size"]).all()


def test_difficulty_of_accessibility(genome, items):
    """GC is worth something, 6-mers more, and the truth leaves room above them."""
    table = items["accessibility"]
    element = table.frame["element"].to_numpy()
    truth = genome.elements[log_odds_columns(genome.spec)].to_numpy()[element]
    truth = np.where(element[:, None] >= 0, truth, genome.spec.background_log_odds)
    codes = sequences(genome, table.frame)
    chroms = table.frame["chrom"].to_numpy()
    by_gc = np.mean([gc_auroc(codes, label) for label in table.targets.T])
    oracle = np.mean(
        [roc_auc_score(y, score) for y, score in zip(table.targets.T, truth.T, strict=True)]
    )
    kmers = np.mean([kmer_auroc(codes, table.targets[:, cell], chroms) for cell in (0, 3)])
    print(f"accessibility: GC {by_gc:.3f}, 6-mers {kmers:.3f}, oracle {oracle:.3f}")
    assert 0.60 < by_gc < 0.75
    assert 0.80 < kmers < 0.92
    assert 0.93 < oracle < 0.999


def test_difficulty_of_binding(genome, items):
    table = items["binding"]
    label = table.targets[:, 0]
    element = table.frame["element"].to_numpy()
    opened = genome.elements["activity_CT1"].to_numpy()
    truth = np.where(element >= 0, (occupancies(genome, "SIMF07") * opened)[element], 0.0)
    codes = sequences(genome, table.frame)
    by_gc, oracle = gc_auroc(codes, label), roc_auc_score(label, truth)
    kmers = kmer_auroc(codes, label, table.frame["chrom"].to_numpy())
    print(f"binding: GC {by_gc:.3f}, 6-mers {kmers:.3f}, oracle {oracle:.3f}")
    assert 0.5 < by_gc < 0.65
    assert 0.75 < kmers < 0.92
    assert 0.93 < oracle < 0.999


def test_repeats_carry_nothing_from_train_to_test(genome, items):
    frame = items["accessibility"].frame
    codes = sequences(genome, frame)
    test = (frame["chrom"] == TEST).to_numpy()
    shared = overlapping_rows(list(codes[~test]), list(codes[test]), k=50)
    assert shared.mean() < 0.002


def test_a_spec_is_made_without_pandas():
    code = "import sys, bench.simulate.spec; assert 'pandas' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
