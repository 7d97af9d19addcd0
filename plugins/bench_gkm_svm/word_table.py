"""Tables of the weights of all words of one length, as deltaSVM uses them.

A word and its reverse complement have one weight. As a file a table has a line for each pair: the
word that is first in the alphabet, a tab, and its weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from bench.data.alphabet import decode, encode
from bench.data.files import atomic_file
from bench.data.kmers import kmer_codes, reverse_complements
from bench.interface import BenchError, DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench_gkm_svm.scores import Scores, TableScores

LONGEST = 12
BATCH = 1 << 16
"""Words that are scored at a time."""


@dataclass(frozen=True, slots=True)
class WordTable:
    """The weight of each word.

    Attributes:
        length: of the words in bp.
        weights: by their numbers in base 4, `(4**length,)`.
    """

    length: int
    weights: NDArray[np.float32]

    @classmethod
    def of_lmers(cls, scores: TableScores, target: int = 0) -> Self:
        """Return the weights of a machine's own l-mers, which its decision values sum."""
        return cls(scores.kernel.l, scores.lmer_weights(target))

    @classmethod
    def of_words(cls, scores: Scores, length: int, target: int = 0) -> Self:
        """Score each word as a sequence of its own, bias and all.

        That is how the tables of deltaSVM are made (Lee et al. 2015, doi:10.1038/ng.3331), of
        10-mers or 11-mers alike; they may be longer than the machine's l-mers.

        Raises:
            BenchError: words are shorter than the machine's l-mers, or longer than 12 bp.
        """
        if not scores.kernel.l <= length <= LONGEST:
            raise BenchError(
                f"words of {length} bp, expected {scores.kernel.l} (the machine's l) to {LONGEST}"
            )
        numbers = np.arange(4**length, dtype=np.int32)
        partners = reverse_complements(numbers, length)
        first = numbers[numbers <= partners]
        weights = np.zeros(4**length, dtype=np.float32)
        for start in range(0, len(first), BATCH):
            part = first[start : start + BATCH]
            values, _ = scores.of_sequences(word_codes(part, length), np.full(len(part), length))
            weights[part] = values[:, target]
        weights[partners] = np.where(numbers <= partners, weights[numbers], weights[partners])
        return cls(length, weights)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a table with one line for each word, or for one word of each pair.

        Raises:
            DataError: a line is no word and weight, or a word is missing; names file and line.
        """
        import pandas as pd

        table = pd.read_csv(path, sep=r"\s+", header=None, comment="#", dtype={0: str})
        if table.shape[1] != 2 or table.empty:
            raise DataError(path, "expected two columns, word and weight")
        length = len(table[0].iloc[0])
        wrong = ~table[0].str.fullmatch(f"[ACGTacgt]{{{length}}}")
        weights = pd.to_numeric(table[1], errors="coerce")
        wrong |= weights.isna()
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            word, weight = table.iloc[row]
            raise DataError(
                path,
                f"{word!r} and {str(weight)!r}, expected a word of {length} bases and a number",
                row + 1,
            )
        codes = np.frombuffer("".join(table[0]).encode(), np.uint8)
        numbers = kmer_codes(encode(codes.tobytes()).reshape(-1, length), length)[:, 0]
        found = np.full(4**length, np.nan, dtype=np.float32)
        found[reverse_complements(numbers, length)] = weights
        found[numbers] = weights
        if np.isnan(found).any():
            missing = int(np.flatnonzero(np.isnan(found))[0])
            word = decode(word_codes(np.array([missing]), length)[0])
            raise DataError(path, f"{word} and its reverse complement have no weight")
        return cls(length, found)

    def write(self, path: Path) -> None:
        """Write one line for each pair of a word and its reverse complement."""
        numbers = np.arange(4**self.length, dtype=np.int32)
        first = numbers[numbers <= reverse_complements(numbers, self.length)]
        with atomic_file(path) as part, part.open("w") as file:
            for start in range(0, len(first), BATCH):
                some = first[start : start + BATCH]
                text = decode(word_codes(some, self.length).ravel())
                file.writelines(
                    f"{text[row * self.length : (row + 1) * self.length]}\t{weight:.6g}\n"
                    for row, weight in enumerate(self.weights[some])
                )


def word_codes(numbers: NDArray[np.integer], length: int) -> NDArray[np.uint8]:
    """Return the bases of words, `(n, length)`, from their numbers in base 4."""
    places = np.arange(length - 1, -1, -1)
    codes: NDArray[np.uint8] = ((numbers[:, None] >> (2 * places)) & 3).astype(np.uint8)
    return codes
