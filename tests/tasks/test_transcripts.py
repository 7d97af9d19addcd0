"""Distances of items from the nearest TSS."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.interface.errors import BenchError
from bench.tasks.build import open_or_build
from bench.tasks.collected import Collected, item_frame, one_head
from bench.tasks.transcripts import read_tss, tss_distances
from tests.tasks.manifests import GENOMIC

TRANSCRIPTS = "chrI\t1100\t1500\ta\t0\t+\nchrI\t100\t1001\tb\t0\t-\nchrIV\t0\t20\tc\t0\t+\n"


def collected(places):
    chroms, starts = zip(*places, strict=True)
    frame = item_frame(
        [f"i{row}" for row in range(len(places))], list(chroms), list(starts),
        [start + 10 for start in starts],
    )  # fmt: skip
    return Collected(frame, np.zeros((len(places), 1), np.float32), one_head("t"), None)


def distances(tmp_path, places, transcripts=TRANSCRIPTS, lengths=None):
    path = tmp_path / "transcripts.bed"
    path.write_text(transcripts)
    sizes = {"chrI": 5000, "chrIV": 5000, "chrII": 5000} if lengths is None else lengths
    return tss_distances(collected(places), read_tss(path, sizes), np.zeros(1, np.int64))[:, 0]


def test_upstream_is_negative_on_both_strands(tmp_path):
    # The TSS of a is base 1100; that of b, on the other strand, is base 1000.
    places = [("chrI", start - 5) for start in (1090, 1120, 1010, 990, 1100)]
    np.testing.assert_array_equal(distances(tmp_path, places), [-10, 20, -10, 10, 0])


def test_the_left_one_of_two_at_the_same_distance(tmp_path):
    np.testing.assert_array_equal(distances(tmp_path, [("chrI", 1045)]), [-50])


def test_a_chromosome_without_transcripts(tmp_path):
    found = distances(tmp_path, [("chrII", 100), ("chrIV", 15)])
    np.testing.assert_array_equal(found, [np.nan, 20])


@given(
    sites=st.lists(st.tuples(st.integers(0, 4900), st.booleans()), min_size=1, max_size=12),
    centres=st.lists(st.integers(5, 4900), min_size=1, max_size=12),
)
def test_no_tss_is_closer(tmp_path_factory, sites, centres):
    lines = [
        f"chrI\t{site}\t{site + 50}\tx\t0\t+\n" if forward
        else f"chrI\t{max(0, site - 50)}\t{site + 1}\tx\t0\t-\n"
        for site, forward in sites
    ]  # fmt: skip
    found = distances(
        tmp_path_factory.mktemp("t"), [("chrI", centre - 5) for centre in centres], "".join(lines)
    )
    closest = [min(abs(centre - site) for site, _ in sites) for centre in centres]
    np.testing.assert_array_equal(np.abs(found), closest)


@pytest.mark.parametrize(
    ("transcripts", "message"),
    [
        ("chrI\t1\t2\ta\t0\t.\n", r"transcripts\.bed:1: strand '\.', expected \+ or -"),
        ("chrI\t1\t2\ta\t0\n", r"transcripts\.bed:1: 5 columns, expected at least 6"),
        ("chrI\t1\t9000\ta\t0\t+\n", r"transcripts\.bed:1: end 9000 lies beyond"),
    ],
)
def test_mistakes(tmp_path, transcripts, message):
    with pytest.raises(BenchError, match=message):
        distances(tmp_path, [("chrI", 10)], transcripts)


def test_items_without_a_genome(tmp_path):
    with pytest.raises(BenchError, match="transcripts need genome_file"):
        distances(tmp_path, [("chrI", 10)], lengths={})


def test_a_model_that_uses_coordinates_sees_them(make, genomic_files):
    transcripts = "chrI\t2000\t2500\ta\t0\t+\n"
    body = GENOMIC.replace('target = "factor"', 'transcripts = "transcripts"\ntarget = "factor"')
    task = open_or_build(make(body, {**genomic_files[1], "transcripts.bed": transcripts}))
    items = task.examples("train", with_items=True).items
    on_first = items["chrom"] == "chrI"
    centres = (items["start"] + items["end"]) // 2
    np.testing.assert_array_equal(items["tss_distance"][on_first], centres[on_first] - 2000)
    assert items["tss_distance"][~on_first].isna().all()
    plain = open_or_build(make(GENOMIC, genomic_files[1]))
    assert "tss_distance" not in plain.examples("train", with_items=True).items
    assert plain.info.dataset_hash != task.info.dataset_hash
