"""Manifests of small tasks, and the files that they name."""

from __future__ import annotations

import numpy as np

from bench.data.alphabet import decode

HEAD = """
schema = 1
name = "mine"
title = "t"
licence = "l"
citation = "c"
"""

PAIR = """
[tasks.mine]
title = "t"
kind = "classification"
split = { method = "component", valid = 0.2, test = 0.3 }
items = [
  { file = "pos", format = "fasta", label = 1 },
  { file = "neg", format = "fasta", label = 0 },
]
"""

GIVEN = """
[tasks.mine]
title = "t"
kind = "classification"
split = { method = "given", valid = 0.2 }
items = [
  { file = "train", format = "fasta", label_from = "header", split = "train" },
  { file = "test", format = "fasta", label_from = "header", split = "test" },
]
"""

SHUFFLED = """
genome = "hg19"
[tasks.mine]
title = "t"
kind = "classification"
split = { method = "chromosome" }
negatives = { method = "METHOD", per_positive = 2 }
items = [{ file = "peaks", format = "fasta", label = 1, coordinates = "0-based" }]
"""

GENOMIC = """
genome = "sacCer3"
[tasks.mine]
title = "t"
kind = "classification"
genome_file = "genome"
target = "factor"
split = { method = "chromosome" }
negatives = { method = "matched-windows", gc_tolerance = 0.1 }
items = [{ file = "peaks", format = "narrowpeak", label = 1, window = 100 }]
"""

TABLE = """
[tasks.mine]
title = "t"
kind = "regression"
split = { method = "group", valid = 0.2, test = 0.3 }
items = [ITEMS]
""".replace(
    "ITEMS",
    '{ file = "table", format = "table", sequence = "seq", item = "id", group = "gene", '
    'targets = ["x", "y"] }',
)

SIMULATED = """
genome = "sim1"
[tasks.mine]
title = "t"
kind = "classification"
split = { method = "chromosome" }
items = [{ format = "simulated", simulation = "binding" }]
"""


def random_fasta(count, length=60, seed=0, name="s"):
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 4, (count, length), dtype=np.uint8)
    return "".join(f">{name}{row}\n{decode(codes)}\n" for row, codes in enumerate(rows))


def pair(positives=None, negatives=None):
    return {
        "pos.fa": random_fasta(40) if positives is None else positives,
        "neg.fa": random_fasta(40, seed=1) if negatives is None else negatives,
    }


def labelled(count, seed):
    lines = random_fasta(count, seed=seed).splitlines()[1::2]
    return "".join(f">{row % 2}\n{line}\n" for row, line in enumerate(lines))


def peaks(count=60, length=60):
    lines = random_fasta(count, length).splitlines()[1::2]
    chroms = ["chr1", "chr7", "chr8", "chrM", "chr2"]
    return "".join(
        f">{chroms[row % 5]}:{row * 500_000}-{row * 500_000 + length}\n{line}\n"
        for row, line in enumerate(lines)
    )


def table(change=lambda row, line: line):
    lines = random_fasta(60, 30).splitlines()[1::2]
    rows = [
        f"i{row}\t{line}\tg{row // 3}\t{row}\t{row % 7 or 'NA'}" for row, line in enumerate(lines)
    ]
    rows = [change(row, line) for row, line in enumerate(rows)]
    return "id\tseq\tgene\tx\ty\n" + "\n".join(rows) + "\n"
