"""Small genomes with genes on either strand, and a chromatin model that counts what it is asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bench.data.alphabet import encode, reverse_complement
from bench.data.genome import GenomeStore
from bench.interface import Examples, Model, ModelCard, Output, Preset, StrandPolicy, TaskKind
from bench.tasks.store import GenomicSequences

MOTIF = encode("TGACTCAGCA")


class Genes(Examples):
    """Genes of a genome store; on the strand "-" they are read there if `directed`."""

    def __init__(self, store, frame, targets=None, directed=True, shown=True):
        self._given = (store, frame, targets, directed, shown)
        self.store, self.frame, self.shown = store, frame.reset_index(drop=True), shown
        self._targets = targets
        numbers = {name: number for number, name in enumerate(store.chromosomes)}
        columns = [frame["chrom"].map(numbers), frame["start"], frame["end"]]
        turned = (frame["strand"] == "-").to_numpy()
        self._source = GenomicSequences(
            store, np.stack(columns, axis=1).astype(np.int64), turned if directed else None
        )

    def __len__(self):
        return len(self.frame)

    def __getitem__(self, rows):
        store, _, targets, directed, shown = self._given
        part = None if targets is None else targets[rows]
        return Genes(store, self.frame.iloc[rows], part, directed, shown)

    @property
    def lengths(self):
        return self._source.lengths(np.arange(len(self)))

    def windows(self, length=None, shift=0):
        return self._source.windows(np.arange(len(self)), length, shift)

    def targets(self, head="default"):
        return self._targets

    @property
    def items(self):
        if not self.shown:
            from bench.interface import BenchError

            raise BenchError("hidden")
        return self.frame.copy()

    def of_head(self, head):
        return self


def motif_hits(codes):
    """Count the motif on either strand, `(n,)`."""
    views = np.lib.stride_tricks.sliding_window_view(codes, len(MOTIF), axis=1)
    both = (MOTIF, reverse_complement(MOTIF))
    return sum((views == motif).all(axis=2).sum(axis=1) for motif in both)


def summary(codes):
    """Three numbers of windows, the same for either strand: `(n, 3)`."""
    gc = ((codes == 1) | (codes == 2)).mean(axis=1)
    unknown = (codes == 4).mean(axis=1)
    return np.stack([gc, unknown, motif_hits(codes)], axis=1).astype(np.float32)


class Counting(Model):
    """Predicts `summary` and remembers how many windows it was shown."""

    card = ModelCard(
        name="counting",
        summary="",
        family="toy",
        paper="",
        year=None,
        tasks={TaskKind.CLASSIFICATION: Output.VALUE},
        strands=StrandPolicy.INVARIANT,
        interface_version=1,
        presets={"default": Preset()},
    )

    def __init__(self):
        self.asked = 0

    def fit(self, train, valid, context):
        pass

    def predict(self, examples, head="default"):
        self.asked += len(examples)
        if not len(examples):
            return np.zeros((0, 3), dtype=np.float32)
        return summary(examples.windows())

    def save(self, folder):
        pass

    @classmethod
    def load(cls, folder, context):
        return cls()


@pytest.fixture
def upstream():
    return Counting()


@pytest.fixture
def summarise():
    return summary


def frame_of(places):
    """Make items of 1 bp from `(chrom, position, strand)`."""
    chroms, starts, strands = zip(*places, strict=True)
    return pd.DataFrame(
        {
            "item": [f"gene{row}" for row in range(len(chroms))],
            "chrom": chroms,
            "start": starts,
            "end": np.array(starts) + 1,
            "strand": strands,
        }
    )


@pytest.fixture(scope="session")
def store(tmp_path_factory):
    """Two random chromosomes with a motif every kilobase or so, and a few N."""
    rng = np.random.default_rng(3)
    chromosomes = {}
    for name, length in (("chr1", 260_000), ("chr2", 90_000)):
        codes = rng.integers(0, 4, length, dtype=np.uint8)
        for place in rng.integers(0, length - len(MOTIF), length // 1000):
            codes[place : place + len(MOTIF)] = MOTIF
        codes[rng.integers(0, length, 50)] = 4
        chromosomes[name] = codes
    return GenomeStore.from_codes(chromosomes, tmp_path_factory.mktemp("genome") / "toy", "toy")


@pytest.fixture
def genes(store):
    """Make genes at `(chrom, position, strand)`."""
    return lambda places, **more: Genes(store, frame_of(places), **more)


@pytest.fixture
def standing(context, tmp_path, upstream):
    """Make the context of a model that stands on the counting one."""

    def make(kind, names, cache=True, **settings):
        folder = tmp_path / "cache"
        folder.mkdir(exist_ok=True)
        return replace(
            context(kind, names, **settings),
            upstream={"chromatin": upstream},
            upstream_cache={"chromatin": folder} if cache else {},
        )

    return make


SMALL = {"length": 6_400, "window": 400, "step": 200}
"""Settings of 15 bins on either side."""


@pytest.fixture
def small():
    return dict(SMALL)


@pytest.fixture(scope="session")
def measured(store):
    """Genes in three splits, with motifs that count the more the nearer they are.

    Targets are two conditions: `a` counts motifs upstream, `b` on either side; `b` has gaps.
    """
    rng = np.random.default_rng(11)
    places = [
        ("chr1" if row % 4 else "chr2", int(rng.integers(5_000, 85_000)), "+-"[row % 2])
        for row in range(700)
    ]
    frame = frame_of(places)
    sequences = Genes(store, frame).windows(6_001)
    views = np.lib.stride_tricks.sliding_window_view(sequences, len(MOTIF), axis=1)
    hits = sum((views == one).all(axis=2) for one in (MOTIF, reverse_complement(MOTIF)))
    distance = np.arange(hits.shape[1]) + len(MOTIF) // 2 - 3_000
    weight = np.exp(-np.abs(distance) / 1_000)
    upstream = hits @ (weight * (distance <= 0))
    targets = np.stack([upstream, hits @ weight], axis=1) + rng.normal(0, 0.05, (len(frame), 2))
    targets[::9, 1] = np.nan
    targets = targets.astype(np.float32)

    def split(rows, truth=targets, **more):
        return Genes(store, frame.iloc[rows], truth[rows], **more)

    return split, targets
