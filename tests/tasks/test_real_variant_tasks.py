"""The tasks of suite `variants`, built from the files that their manifests name."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from bench.data.alphabet import LETTERS, decode
from bench.registry.discovery import discover
from bench.tasks.build import open_or_build
from bench.tasks.catalogue import TaskCatalogue

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def catalogue():
    return TaskCatalogue(discover())


def test_sites_that_share_a_30_mer_with_a_peak(catalogue, mirror):
    """Counted plainly, beside what the suite leaves out."""
    every, unseen = (open_or_build(catalogue[name]) for name in ("ctcf-asb", "ctcf-asb-unseen"))
    assert every.info.items["test"] == 396
    assert unseen.info.items["test"] == 122
    text = gzip.decompress((mirror / "ctcf_pu1/ctcf.fa.gz").read_bytes()).decode().upper()
    peaks = [line for line in text.splitlines() if not line.startswith(">")]
    turn = str.maketrans("ACGT", "TGCA")
    known = {
        strand[place : place + 30]
        for peak in peaks
        for strand in (peak, peak[::-1].translate(turn))
        for place in range(len(peak) - 29)
    }
    alleles = [[decode(codes) for codes in side] for side in every.alleles(np.arange(396), 100)]
    shared = [
        any(text[place : place + 30] in known for text in pair for place in range(71))
        for pair in zip(*alleles, strict=True)
    ]
    assert sum(shared) == 274
    names = every.items()["item"].to_numpy()
    assert set(unseen.items()["item"]) == set(names[~np.array(shared)])
    assert set(every.targets()[:, 0]) == {1.0, -1.0}


def test_what_models_are_fitted_on_holds_no_allele(catalogue, mirror):
    task = open_or_build(catalogue["ctcf-peaks"])
    assert task.info.excluded["shares a 30-mer with ctcf-asb"] == 287
    assert task.info.split_method == "chromosome"


@pytest.mark.parametrize(("name", "items"), [("dsqtl", 5668), ("h3k27ac-qtl", 2452)])
def test_qtls_have_the_effect_of_their_alternative_allele(catalogue, mirror, name, items):
    task = open_or_build(catalogue[name])
    assert task.info.items["test"] == items
    before, after = task.alleles(np.arange(items), 100)
    assert ((before != after).sum(axis=1) == 1).all()
    assert (before[:, 49] != after[:, 49]).all()
    table = {"dsqtl": "dsQTL.vcf", "h3k27ac-qtl": "H3K27ac.vcf"}[name]
    lines = (mirror / "maggie_qtl" / table).read_text().splitlines()[1:]
    rows = {f"{row[0]}.{row[1]}": row for row in (line.split("\t") for line in lines)}
    ids = task.items()["item"].str.partition(":")[2]
    for number, (one, effect) in enumerate(zip(ids, task.targets()[:, 0], strict=True)):
        _, _, _, ref, alt, beta = rows[one][:6]
        assert LETTERS[before[number, 49]] == ref
        assert LETTERS[after[number, 49]] == alt
        assert effect == pytest.approx(float(beta), rel=1e-5)


def test_saturation_mutagenesis(catalogue, mirror):
    task = open_or_build(catalogue["satmut"])
    assert len(task.info.target_names) == 29
    assert task.info.excluded == {
        "no position": 11, "in a masked region": 11, "fewer than 10 barcodes": 2922,
    }  # fmt: skip
    frame = task.items()
    assert (frame["alt"] == "").sum() > 2000
    apart = open_or_build(catalogue["satmut-sort1"])
    assert set(apart.info.target_names) == {"SORT1", "SORT1.2", "SORT1-flip"}
    site = apart.items()["start"] == 109_274_967
    # All changes of rs12740374 lower the activity, also that to the allele known to raise it.
    assert site.sum() > 8
    assert np.nanmax(apart.targets()[site.to_numpy()]) < -1
    pooled = open_or_build(catalogue["satmut-pooled"])
    assert pooled.info.block_unit == "locus"
    assert pooled.info.items["valid"] > 9000


def test_mutants(catalogue, mirror):
    crx, drift = (open_or_build(catalogue[name]) for name in ("crx-mutants", "yeast-drift"))
    assert crx.info.items["test"] == 815
    assert drift.info.items["test"] == 2577
    before, after = drift.alleles(np.arange(2577), 110)
    assert set((before != after).sum(axis=1)) == {1, 2, 3}
    training = open_or_build(catalogue["yeast-promoters"])
    learnt = np.concatenate([training.rows("train"), training.rows("valid")])
    seen = {codes.tobytes() for codes in training.sequences.windows(learnt, None, 0)}
    assert not seen & {codes.tobytes() for codes in (*before, *after)}
