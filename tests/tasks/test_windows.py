"""Profiles: windows that tile a genome, with tracks in bins."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from bench.interface.errors import BenchError
from bench.tasks.build import open_or_build
from bench.tasks.kinds import PROFILE, REGRESSION

WINDOWS = """
genome = "sacCer3"
[tasks.mine]
title = "t"
kind = "profile"
genome_file = "genome"
transcripts = "transcripts"
split = { method = "chromosome" }

[[tasks.mine.items]]
format = "windows"
window = 1000
bin_width = 100
translate_chromosomes = true
masked = ["chrII:1000-1201"]

[tasks.mine.items.tracks.open]
format = "fragments"
files = ["cuts"]
tn5 = false

[tasks.mine.items.tracks.plus]
format = "tags"
files = ["tags", "more"]
strand = "+"
partner = "minus"

[tasks.mine.items.tracks.minus]
format = "tags"
files = ["tags", "more"]
strand = "-"
partner = "plus"
"""

CHROMS = ("chrI", "chrIV", "chrXI", "chrII")
HEAD = "seqnames\tstart\tstrand\tscore\n"


@pytest.fixture
def files(genomic_files):
    rng = np.random.default_rng(3)
    cuts, tags, more = [], [], []
    for chrom in CHROMS:
        starts = rng.integers(0, 29_000, 600)
        cuts += [f"{chrom}\t{start}\t{start + rng.integers(50, 500)}\n" for start in starts]
        for strand in "+-":
            for rows in (tags, more):
                bases = np.sort(rng.choice(29_999, 200, replace=False)) + 1
                foreign = chrom.removeprefix("chr")
                rows += [f"{foreign}\t{b}\t{strand}\t{rng.integers(1, 9)}\n" for b in bases]
    transcripts = "".join(f"{chrom}\t2000\t2500\ta{chrom}\t0\t-\n" for chrom in CHROMS)
    return {
        "genome.fa.gz": genomic_files[1]["genome.fa.gz"],
        "cuts.bed": "".join(cuts),
        "tags.tsv": HEAD + "".join(tags),
        "more.tsv": HEAD + "".join(more),
        "transcripts.bed": transcripts,
    }


@pytest.fixture
def built(make, files):
    return lambda body=WINDOWS: open_or_build(make(body, files, PROFILE))


def test_windows_tile_the_chromosomes(built) -> None:
    task = built()
    items = task.items()
    assert (items["end"] - items["start"] == 1000).all()
    found = sorted(items["start"][items["chrom"] == "chrII"])
    assert found == list(range(0, 30_000, 1000))
    head = task.info.heads["default"]
    assert (head.bins, head.bin_width, head.strand_pairs) == (10, 100, (0, 2, 1))
    assert head.targets == ("open", "plus", "minus")
    assert task.info.metrics[0] == "pearson-bins"
    assert task.info.shape.heads["default"].bins == 10


def test_bins_hold_the_sums_of_their_bases(built, files) -> None:
    task = built()
    row = int(np.flatnonzero(task.items()["item"] == "chrIV:7000-8000")[0])
    values = task.targets()[row]
    expected = np.zeros((10, 3))
    for line in files["cuts.bed"].splitlines():
        chrom, start, end = line.split("\t")
        for base in (int(start), int(end) - 1):
            if chrom == "chrIV" and 7000 <= base < 8000:
                expected[(base - 7000) // 100, 0] += 1
    for name in ("tags.tsv", "more.tsv"):
        for line in files[name].splitlines()[1:]:
            chrom, position, strand, score = line.split("\t")
            base = int(position) - 1
            if chrom == "IV" and 7000 <= base < 8000:
                expected[(base - 7000) // 100, 1 + (strand == "-")] += int(score)
    np.testing.assert_array_equal(values, expected)


def test_masked_bins_are_left_out(built) -> None:
    task = built()
    row = int(np.flatnonzero(task.items()["item"] == "chrII:1000-2000")[0])
    unmeasured = np.isnan(task.targets()[row])
    assert unmeasured[:3].all()
    assert not unmeasured[3:].any()


def test_regions_of_files_are_left_out_or_unmappable(make, files) -> None:
    body = WINDOWS.replace(
        "masked =", 'blacklist = "black"\nunmappable = "blind"\nmasked ='
    ).replace("tn5 = false", 'tn5 = false\nunknown = "keep"\nmost_unknown = 0.5')
    regions = {
        "black.bed": "chrIV\t7150\t7151\nchrMars\t1\t2\n",
        "blind.bed": "IV\t7300\t7360\nIV\t7400\t7440\n",
    }
    task = open_or_build(make(body, {**files, **regions}, PROFILE))
    plain = open_or_build(make(WINDOWS, files, PROFILE))
    row = task.items()["item"].tolist().index("chrIV:7000-8000")
    values, before = task.targets()[row], plain.targets()[row]
    assert np.isnan(values[1]).all()
    # Cuts: 60 bases in 100 are unknown in the fourth bin and 40 in the fifth; tags are 0 there.
    assert np.isnan(values[3]).tolist() == [True, False, False]
    assert not np.isnan(values[4]).any()
    assert (values[3:5, 1:] <= before[3:5, 1:]).all()
    np.testing.assert_array_equal(values[5:], before[5:])
    wrong = {**files, **regions, "black.bed": "Mars\t1\t2\n"}
    with pytest.raises(BenchError, match=r"black\.bed: chromosome 'Mars', expected some of chrI, "):
        open_or_build(make(body, wrong, PROFILE))


def test_what_is_left_out_is_counted(built) -> None:
    body = WINDOWS.replace('masked = ["', 'masked = ["chrI:0-3000", "').replace(
        "window = 1000", 'window = 1000\nregions = ["chrI:0-9000", "chrIV:0-9000", "chrXI:0-900"]'
    )
    assert built(
        body.replace('"chrXI:0-900"', '"chrXI:0-9000", "chrXI:9000-9900"')
    ).info.excluded == {
        "window without a measured bin": 3,
        "chromosome or region shorter than a window": 1,
    }


def test_nothing_is_measured_where_bases_are_unknown(make, files) -> None:
    letters = gzip.decompress(files["genome.fa.gz"]).decode().splitlines()
    first = letters[1]
    letters[1] = first[:5000] + "N" * 1000 + first[6000:6250] + "N" + first[6251:]
    genome = gzip.compress("\n".join(letters).encode())
    task = open_or_build(make(WINDOWS, {**files, "genome.fa.gz": genome}, PROFILE))
    items = task.items()["item"].tolist()
    assert "chrI:5000-6000" not in items
    unmeasured = np.isnan(task.targets()[items.index("chrI:6000-7000")])
    assert unmeasured[2].all()
    assert unmeasured.sum() == unmeasured.shape[1]


def test_bins_have_their_own_distance_from_the_tss(built) -> None:
    task = built()
    train = task.examples("train", with_items=True)
    distances = train.tss_distances()
    assert distances.shape == (len(train), 10)
    # The transcripts run backwards, so their TSS is their last base, 2499.
    starts = train.items["start"].to_numpy()
    centres = starts[:, None] + 50 + 100 * np.arange(10)
    np.testing.assert_array_equal(distances, 2499 - centres)
    with pytest.raises(BenchError, match="uses_coordinates"):
        task.examples("train").tss_distances()


def test_regions_and_strides(built) -> None:
    body = WINDOWS.replace(
        "masked =",
        'regions = ["chrI:100-4100", "chrIV:0-5000", "chrXI:0-2500"]\nstride = 500\nmasked =',
    )
    items = built(body).items()
    assert sorted(items["start"][items["chrom"] == "chrI"]) == list(range(100, 3101, 500))
    assert set(items["chrom"]) == {"chrI", "chrIV", "chrXI"}


def test_distances_of_bins_are_part_of_the_data(make, files) -> None:
    hashes = set()
    for site in (2500, 2540):
        # No centre of an item lies nearer to the second transcript than to the first.
        more = "".join(f"{chrom}\t{site}\t{site + 1}\tx{site}{chrom}\t0\t-\n" for chrom in CHROMS)
        changed = {**files, "transcripts.bed": files["transcripts.bed"] + more}
        hashes.add(open_or_build(make(WINDOWS, changed, PROFILE)).info.dataset_hash)
    assert len(hashes) == 2


def test_profiles_have_bins_and_nothing_else_has(make, files) -> None:
    body = WINDOWS.replace('kind = "profile"', 'kind = "regression"')
    with pytest.raises(BenchError, match="kind regression, but its targets have bins"):
        open_or_build(make(body, files, REGRESSION))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("window = 1000", "window = 1050", "no multiple of bin_width"),
        ("window = 1000", "window = 40000", "longer than every chromosome"),
        ('partner = "plus"', "", "its partner 'minus' names another"),
        ('partner = "plus"', "partial = true", "partial is not for tags"),
        (
            WINDOWS[WINDOWS.index('partner = "minus"') :],
            "",
            "tracks.plus counts strand \\+, expected a partner that counts the other",
        ),
        ('partner = "minus"', 'partner = "mine"', "partner 'mine' is no track"),
        ('strand = "-"', 'strand = "."', "strand"),
        ('files = ["cuts"]', "files = []", "files"),
        ('files = ["cuts"]', 'files = ["cut"]', "names file 'cut'"),
        ("translate_chromosomes = true", "", r"tags\.tsv:2: unknown chromosome 'I'"),
        ("chrII:1000-1201", "chrII:1000-99999", "region 'chrII:1000-99999'"),
    ],
)
def test_mistakes(built, old, new, message) -> None:
    with pytest.raises(BenchError, match=message):
        built(WINDOWS.replace(old, new))
