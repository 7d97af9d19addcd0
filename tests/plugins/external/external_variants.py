"""Some variants as a task shows them, and a table of their scores."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bench.data.examples import ArrayExamples

VARIANTS = (
    ("chr1", 99, "A", "G"),
    ("1", 150, "", "TT"),
    ("chr2", 40, "CAG", ""),
    ("chrX", 7, "AC", "GT"),
)
"""As items are: 0-based, without what both alleles share."""
CADD = """## CADD GRCh38-v1.7 (c) University of Washington
#Chrom\tPos\tRef\tAlt\tRawScore\tPHRED
1\t100\tA\tC\t0.1\t1.5
1\t100\tA\tG\t0.2\t2.5
1\t150\tC\tCTT\t0.3\t3.5
2\t40\tTCAG\tT\t0.4\t4.5
X\t7\tGACC\tGGTC\t0.5\t5.5
"""
SCORES = [2.5, 3.5, 4.5, 5.5]


def variants(rows=VARIANTS):
    items = pd.DataFrame(list(rows), columns=["chrom", "start", "ref", "alt"])
    items.insert(0, "item", [f"v{row}" for row in range(len(items))])
    items.insert(3, "end", items["start"] + items["ref"].str.len())
    items.insert(4, "strand", ".")
    codes = np.zeros((len(items), 20), dtype=np.uint8)
    return ArrayExamples(codes, None, items)
