from __future__ import annotations

import numpy as np
import pytest

from bench.data.splits import TEST, VALID
from bench.tasks.build import open_or_build
from tests.tasks.manifests import (
    GENOMIC,
    SHUFFLED,
    peaks,
)


@pytest.mark.parametrize("method", ["dinucleotide-shuffle", "mononucleotide-shuffle"])
def test_shuffled_negatives_follow_their_positive(make, method):
    task = open_or_build(make(SHUFFLED.replace("METHOD", method), {"peaks.fa": peaks()}))
    frame = task.items()
    assert task.info.items == {"train": 24 * 3, "valid": 12 * 3, "test": 12 * 3}
    assert task.info.excluded == {"chromosome left out by the genome build's split": 36}
    assert task.info.blocks == 12
    assert frame["item"].str.contains("/shuffle2").sum() == 48
    assert set(frame["chrom"][task.split == TEST]) == {"chr8"}
    assert set(frame["chrom"][task.split == VALID]) == {"chr7"}
    assert task.targets().mean() == pytest.approx(1 / 3)
    counts = np.stack([np.bincount(row, minlength=5) for row in task.examples("test").windows()])
    assert np.array_equal(counts[:12], counts[12:24])
    assert "shuffled" in task.info.negatives


def test_peaks_on_a_genome_with_matched_negatives(make, genomic_files):
    genome, files = genomic_files
    task = open_or_build(make(GENOMIC, files))
    frame = task.items()
    assert task.info.items == {"train": 16, "valid": 8, "test": 8}
    assert task.info.heads["default"].targets == ("factor",)
    assert frame["item"][0] == "chrI:970-1070:."
    test = task.examples("test")
    rows = task.rows("test")
    for length, shift in ((None, 0), (100, 0), (400, 0), (50, 7)):
        for window, row in zip(test.windows(length, shift), rows, strict=True):
            item = frame.iloc[row]
            width = length or 100
            start = (item["start"] + item["end"]) // 2 - width // 2 + shift
            assert np.array_equal(window, genome[item["chrom"]][start : start + width])
    assert task.info.block_unit == "20 kb of a chromosome"
