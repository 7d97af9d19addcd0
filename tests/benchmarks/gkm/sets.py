"""Sequences that the cost of gapped k-mer SVMs is measured on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data.alphabet import N, decode, encode
from bench_gkm_svm.lsgkm import padded_codes

MOTIF = encode("ATGAGTCAGCAC")
FASTSK = ("CTCF", "EP300", "JUND", "RAD21", "SIN3A", "EP300_47848", "ZBTB33")


@dataclass(frozen=True, slots=True)
class Part:
    """Sequences and their labels, 1 and 0."""

    sequences: list[str]
    labels: NDArray[np.float64]

    def codes(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Return padded codes and lengths; an N is read as A, as LS-GKM does."""
        codes, lengths = padded_codes(self.sequences)
        codes[codes == N] = 0
        return codes, lengths


def read_fasta(path: Path) -> list[tuple[str, str]]:
    """Return header and sequence of each record."""
    records = path.read_text().split(">")[1:]
    lines = [record.splitlines() for record in records]
    return [(first, "".join(rest).upper()) for first, *rest in lines]


def nfe2(mirror: Path) -> tuple[Part, Part]:
    """Return LS-GKM's example, training and test."""

    def part(positives: str, negatives: str) -> Part:
        folder = mirror / "lsgkm_nfe2"
        given = [[text for _, text in read_fasta(folder / name)] for name in (positives, negatives)]
        labels = np.repeat([1.0, 0.0], [len(one) for one in given])
        return Part(given[0] + given[1], labels)

    return part("tr.fa", "neg.tr.fa"), part("test.fa", "neg.test.fa")


def fastsk(mirror: Path, name: str) -> tuple[Part, Part]:
    """Return one of the sets distributed with FastSK, training and test."""

    def part(split: str) -> Part:
        records = read_fasta(mirror / "fastsk_tf" / f"{name}.{split}.fasta")
        labels = np.array([float(head.split()[0]) > 0 for head, _ in records], dtype=float)
        return Part([text for _, text in records], labels)

    return part("train"), part("test")


def simulated(count: int, length: int = 300, seed: int = 0) -> tuple[Part, Part]:
    """Return random sequences, every second of them with a worn motif; 1,000 of them are a test."""
    generator = np.random.default_rng(seed)
    codes = generator.integers(0, 4, (count + 1000, length), dtype=np.uint8)
    for row in range(0, len(codes), 2):
        start = generator.integers(0, length - len(MOTIF) + 1)
        kept = generator.random(len(MOTIF)) < 0.85
        drawn = generator.integers(0, 4, len(MOTIF), dtype=np.uint8)
        codes[row, start : start + len(MOTIF)] = np.where(kept, MOTIF, drawn)
    text = decode(codes.ravel())
    sequences = [text[row * length : (row + 1) * length] for row in range(len(codes))]
    labels = (np.arange(len(codes)) % 2 == 0).astype(float)
    return Part(sequences[:count], labels[:count]), Part(sequences[count:], labels[count:])


def of_name(name: str, mirror: Path) -> tuple[Part, Part]:
    """Return the set of a name: `nfe2`, `fastsk-CTCF`, `simulated-5000`."""
    kind, _, rest = name.partition("-")
    if kind == "simulated":
        return simulated(int(rest))
    return nfe2(mirror) if kind == "nfe2" else fastsk(mirror, rest)
