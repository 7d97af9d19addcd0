"""Tables of the weights of all words of one length, as deltaSVM uses them.

A word and its reverse complement have one weight, unless the machine reads one strand only. As a
file a table has a line for each pair: the word that is first in the alphabet, a tab, and its
weight; a table that tells the strands apart has a line for each word.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from io import TextIOWrapper
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

import numpy as np

from bench.data.alphabet import decode, encode
from bench.data.fasta import open_binary
from bench.data.files import atomic_file
from bench.data.kmers import kmer_codes, reverse_complements
from bench.interface import BenchError, DataError
from bench.interface.context import silent

if TYPE_CHECKING:
    from io import BufferedReader

    from numpy.typing import NDArray

    from bench.interface import Progress
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
    def of_words(
        cls, scores: Scores, length: int, target: int = 0, progress: Progress = silent
    ) -> Self:
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
        both = scores.kernel.both_strands
        first = numbers[numbers <= partners] if both else numbers
        weights = np.zeros(4**length, dtype=np.float32)
        for start in range(0, len(first), BATCH):
            part = first[start : start + BATCH]
            values, _ = scores.of_sequences(word_codes(part, length), np.full(len(part), length))
            weights[part] = values[:, target]
            progress(start + len(part), len(first), "words")
        if both:
            weights[partners] = np.where(numbers <= partners, weights[numbers], weights[partners])
        return cls(length, weights)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a table with one line for each word, or for one word of each pair.

        Raises:
            DataError: a line is no word and weight, or a word is missing; names file and line.
        """
        import pandas as pd

        with open_binary(path) as file:
            try:
                table = pd.read_csv(
                    file, sep=r"\s+", header=None, names=["word", "weight", "more"],
                    dtype=str, comment="#", index_col=False, keep_default_na=False,
                )  # fmt: skip
                weights = pd.to_numeric(table["weight"], errors="coerce").to_numpy(np.float64)
            except (ValueError, EOFError, OSError, zlib.error) as error:
                raise _first_mistake(path) from error
        length = len(table["word"].iloc[0]) if len(table) else 0
        right = table["word"].str.fullmatch(f"[ACGTacgt]{{{length}}}") & np.isfinite(weights)
        right &= table["more"].isna() | (table["more"] == "")
        if not 1 <= length <= LONGEST or not right.all():
            raise _first_mistake(path)
        codes = np.frombuffer("".join(table["word"]).encode(), np.uint8)
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
        """Write one line for each pair of a word and its reverse complement.

        Where the strands are told apart, there is one for each word. A name that ends in `.gz` is
        compressed.
        """
        numbers = np.arange(4**self.length, dtype=np.int32)
        partners = reverse_complements(numbers, self.length)
        if np.array_equal(self.weights, self.weights[partners]):
            first = numbers[numbers <= partners]
        else:
            first = numbers
        opened = gzip.open if path.suffix == ".gz" else open
        with atomic_file(path) as part, opened(part, "wt") as file:
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


def _first_mistake(path: Path) -> DataError:
    """Return the error of the first line that is wrong."""
    length = 0
    number = 0
    try:
        with TextIOWrapper(cast("BufferedReader", open_binary(path)), encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                words = line.partition("#")[0].split()
                if not words:
                    continue
                length = length or len(words[0])
                mistake = _mistake(words, length)
                if mistake:
                    return DataError(path, mistake, number)
    except (UnicodeDecodeError, EOFError, OSError, zlib.error):
        return DataError(path, "no text, or damaged gzip; expected words and weights", number + 1)
    return DataError(path, "empty, expected words and weights")


def _mistake(words: list[str], length: int) -> str:
    """Say what is wrong with the words of a line, or nothing."""
    if len(words) != 2:
        return f"{' '.join(words)[:40]!r}, expected two columns, word and weight"
    if length > LONGEST:
        return f"{words[0][:40]!r}, expected words of at most {LONGEST} bases"
    try:
        number = float(words[1])
    except ValueError:
        number = float("nan")
    if len(words[0]) != length or set(words[0].upper()) - set("ACGT") or not isfinite(number):
        shown = words[0][:40], words[1][:40]
        return f"{shown[0]!r} and {shown[1]!r}, expected a word of {length} bases and a number"
    return ""
