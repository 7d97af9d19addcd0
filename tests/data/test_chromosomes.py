from __future__ import annotations

import pytest

from bench.data.chromosomes import CHROMOSOME_SPLITS, chromosome_split
from bench.interface.errors import BenchError
from bench.simulate.spec import SimulationSpec


@pytest.mark.parametrize(
    ("build", "valid", "test"),
    [
        ("hg19", {"chr7"}, {"chr8", "chr9"}),
        ("hg38", {"chr7"}, {"chr8", "chr9"}),
        ("mm10", {"chr7"}, {"chr8", "chr9"}),
        ("sacCer3", {"chrIX", "chrXI"}, {"chrIV", "chrXIII"}),
        ("sim1", {"sim4"}, {"sim5"}),
    ],
)
def test_the_lists_are_those_that_results_rely_on(build, valid, test):
    split = chromosome_split(build)
    assert split.build == build
    assert set(split.valid) == valid
    assert set(split.test) == test


def test_no_chromosome_is_in_two_sets():
    for split in CHROMOSOME_SPLITS.values():
        names = (*split.train, *split.valid, *split.test)
        assert len(set(names)) == len(names)


def test_every_chromosome_is_in_a_set():
    counts = {build: len(split.train) for build, split in CHROMOSOME_SPLITS.items()}
    assert counts == {"hg19": 21, "hg38": 21, "mm10": 18, "sacCer3": 12, "sim1": 4, "simlong": 5}
    simulated = {name for name, _ in SimulationSpec().chromosome_lengths}
    split = chromosome_split("sim1")
    assert {*split.train, *split.valid, *split.test} == simulated


def test_mitochondria_and_contigs_are_left_out():
    for name in ("chrM", "chrUn_KI270302v1", "chr8_KI270821v1_alt", "chr1_GL456210_random"):
        assert chromosome_split("hg38").leaves_out(name)
        assert chromosome_split("mm10").leaves_out(name)
    assert chromosome_split("sacCer3").leaves_out("chrM")
    assert chromosome_split("sacCer3").leaves_out("chrMito")
    assert not chromosome_split("sacCer3").leaves_out("chrI")
    assert not chromosome_split("sim1").leaves_out("sim_1")


@pytest.mark.parametrize(
    ("build", "name", "own"),
    [
        ("hg38", "8", "chr8"),
        ("hg19", "X", "chrX"),
        ("mm10", "19", "chr19"),
        ("sacCer3", "chr4", "chrIV"),
        ("sacCer3", "13", "chrXIII"),
        ("sacCer3", "IX", "chrIX"),
    ],
)
def test_a_name_of_another_convention_is_refused(build, name, own):
    with pytest.raises(BenchError, match=f"'{name}'.*{build}.*'{own}'"):
        chromosome_split(build).check(name)


def test_own_names_pass_the_check():
    for split in CHROMOSOME_SPLITS.values():
        for name in (*split.train, *split.valid, *split.test, "chrM"):
            split.check(name)


@pytest.mark.parametrize("name", ["Chr8", "CHR8", "chr08", "chr8 ", "NC_000008.11", "chr23"])
def test_an_unknown_name_is_refused(name):
    with pytest.raises(BenchError, match="is not one of genome build hg38; "):
        chromosome_split("hg38").check(name)


def test_an_unknown_build_names_the_nearest():
    with pytest.raises(BenchError, match=r"'GRCh38'.*'hg38'"):
        chromosome_split("GRCh38")
    with pytest.raises(BenchError, match=r"known: .*hg19.*sacCer3"):
        chromosome_split("zebrafish")
