"""What weights were trained on: declarations, and which items lie there."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.interface.errors import DataError
from bench.run.trained_on import Places, Region, declared_regions, read_sidecar, seen_items
from tests.run.toy_models import Pretrained, card


def places(*rows):
    chroms, starts, ends = zip(*rows, strict=True)
    return Places(np.array(chroms), np.array(starts), np.array(ends))


ITEMS = places(("chr1", 90, 100), ("chr1", 100, 110), ("chr1", 199, 210), ("chr1", 200, 210),
               ("chr2", 150, 160))  # fmt: skip


@pytest.mark.parametrize(
    ("genome", "length", "expected"),
    [
        ("hg38", None, [0, 1, 1, 0, 0]),
        ("hg38", 5, [0, 1, 1, 0, 0]),
        # Windows of 12 bp begin and end one base further out.
        ("hg38", 12, [1, 1, 1, 1, 0]),
        ("hg19", None, [0, 0, 0, 0, 0]),
    ],
)
def test_items_that_overlap_with_all_that_is_read(genome, length, expected):
    regions = [Region("hg38", "chr1", 100, 200)]
    assert seen_items(regions, genome, ITEMS, length).astype(int).tolist() == expected


STRETCHES = st.lists(
    st.tuples(st.sampled_from(["chr1", "chr2"]), st.integers(0, 60), st.integers(1, 20)),
    min_size=1, max_size=12,
)  # fmt: skip


@given(STRETCHES, STRETCHES, st.integers(0, 30))
def test_every_base_is_looked_up(items, regions, length):
    found = seen_items(
        [Region("hg38", chrom, start, start + size) for chrom, start, size in regions],
        "hg38",
        places(*((chrom, start, start + size) for chrom, start, size in items)),
        length,
    )
    known = {(chrom, base) for chrom, start, size in regions for base in range(start, start + size)}
    for seen, (chrom, start, size) in zip(found, items, strict=True):
        first = start + size // 2 - length // 2
        read = {*range(start, start + size), *range(first, first + length)}
        assert seen == any((chrom, base) in known for base in read)


def test_nothing_declared_means_nothing_seen():
    assert not seen_items([], "hg38", ITEMS, None).any()


def sidecar(tmp_path, text):
    path = tmp_path / "net.pt.trained-on.bed"
    path.write_text(text)
    return path


def test_a_file_beside_the_weights(tmp_path):
    text = "# genome hg38\n# a remark\nchr1\t0\t100\tname\n\nchr2 5 6\n"
    assert read_sidecar(sidecar(tmp_path, text)) == [
        Region("hg38", "chr1", 0, 100), Region("hg38", "chr2", 5, 6),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"bed:1: '': expected '# genome BUILD', such as '# genome hg38'"),
        ("chr1\t0\t5\n", r"bed:1: 'chr1\\t0\\t5': expected '# genome BUILD'"),
        ("# genome \nchr1\t0\t5\n", r"bed:1: '# genome ': expected '# genome BUILD'"),
        ("# genome hg 38\n", r"bed:1: '# genome hg 38': expected '# genome BUILD'"),
        ("# genome hg38\nchr1\t0\n", r"bed:2: 'chr1\\t0': expected chromosome, start and end"),
        ("# genome hg38\nchr1\t0\tx\n", r"bed:2: .*: expected chromosome, start and end"),
        ("# genome hg38\nchr1\t5\t5\n", r"bed:2: .*: expected 0 <= start < end"),
        ("# genome hg38\nchr1\t-1\t5\n", r"bed:2: .*: expected 0 <= start < end"),
    ],
)
def test_bad_files(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        read_sidecar(sidecar(tmp_path, text))


def test_what_counts_as_a_model_with_weights(tmp_path):
    weights = tmp_path / "net.pt"
    assert declared_regions(Pretrained.card, {"weights": ""}) is None
    assert declared_regions(Pretrained.card, {"weights": str(weights)}) == []
    sidecar(tmp_path, "# genome hg38\nchr1\t0\t100\n")
    region = Region("hg38", "chr1", 0, 100)
    assert declared_regions(Pretrained.card, {"weights": str(weights)}) == [region]
    # A file of another kind, such as motifs, is none of weights unless it says what it has seen.
    other = card("other", {"motifs": ""}, files=("motifs",))
    assert declared_regions(other, {"motifs": str(tmp_path / "known.meme")}) is None
    assert declared_regions(other, {"motifs": str(weights)}) == [region]
    inside = dataclasses.replace(other, trained_on=(("hg19", "chr3", 1, 2),))
    assert declared_regions(inside, {"motifs": ""}) == [Region("hg19", "chr3", 1, 2)]
