"""What a change of the sequence does to the sum of its words' weights: deltaSVM.

The score of an allele is the sum of the weights of all words that overlap it; deltaSVM is the
alternative allele's less the reference's (Lee et al. 2015, doi:10.1038/ng.3331): positive where the
alternative is more active.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numba import prange

from bench.data.alphabet import encode
from bench.data.compiled import compiled, compiled_parallel
from bench.interface import BenchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray
    from bench_gkm_svm.word_table import WordTable


def sum_of_words(table: WordTable, codes: NDArray[np.uint8]) -> float:
    """Return the sum of the weights of all words of a sequence, without those that hold an N."""
    return float(word_sum(np.ascontiguousarray(codes), table.weights, table.length))


def delta_of_sequences(
    table: WordTable, references: Sequence[str], alternatives: Sequence[str]
) -> NDArray[np.float64]:
    """Return deltaSVM of pairs of sequences, `(n,)`.

    Args:
        table: weights of words.
        references: each with the reference allele and the same flanks as its alternative; flanks
            of `length - 1` bp hold every word that overlaps the allele.
        alternatives: the same with the alternative allele.

    Raises:
        BenchError: there are not as many of both.
    """
    if len(references) != len(alternatives):
        raise BenchError(
            f"{len(references)} reference and {len(alternatives)} alternative sequences, expected "
            "as many of both"
        )
    return np.array(
        [
            sum_of_words(table, encode(alternative)) - sum_of_words(table, encode(reference))
            for reference, alternative in zip(references, alternatives, strict=True)
        ],
        dtype=np.float64,
    )


def delta_of_variant(
    table: WordTable, codes: NDArray[np.uint8], position: int, reference: str, alternative: str
) -> float:
    """Return deltaSVM of a change within a longer sequence, such as a chromosome.

    Args:
        table: weights of words.
        codes: the sequence, `(length,)`.
        position: where the reference allele begins, 0-based.
        reference: bases that stand there; empty for an insertion before `position`.
        alternative: bases that take their place; empty for a deletion.

    Raises:
        BenchError: an allele is not made of bases, lies outside of the sequence, or is not what
            stands there.
    """
    alleles = [_codes_of(allele, position) for allele in (reference, alternative)]
    end = position + len(reference)
    if not 0 <= position <= end <= len(codes):
        raise BenchError(f"position {position} lies outside of a sequence of {len(codes)} bp")
    if not np.array_equal(codes[position:end], alleles[0]):
        raise BenchError(f"position {position}: the sequence does not hold {reference!r} there")
    flank = table.length - 1
    left = codes[max(0, position - flank) : position]
    right = codes[end : end + flank]
    before = np.concatenate([left, codes[position:end], right])
    after = np.concatenate([left, alleles[1], right])
    return sum_of_words(table, after) - sum_of_words(table, before)


def _codes_of(allele: str, position: int) -> CodeArray:
    try:
        return encode(allele)
    except ValueError as error:
        raise BenchError(f"position {position}: allele {allele!r}, expected bases") from error


def every_substitution(table: WordTable, codes: CodeArray) -> NDArray[np.float32]:
    """Return deltaSVM of every substitution of every base.

    Args:
        table: weights of words.
        codes: sequences, `(n, length)`.

    Returns:
        float32 `(n, length, 4)` in the order A, C, G, T; 0 for the base that stands there, NaN
        where an N does.
    """
    deltas = np.zeros((*codes.shape, 4), dtype=np.float32)
    substitutions(np.ascontiguousarray(codes), table.weights, table.length, deltas)
    return deltas


def importance(deltas: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how much each base raises the score over the mean of the three other bases.

    Args:
        deltas: of every substitution, `(n, length, 4)`.

    Returns:
        float32 `(n, length)`, NaN where an N stands.
    """
    mean: NDArray[np.float32] = -deltas.sum(axis=2) / np.float32(3)
    return mean


@compiled
def word_sum(codes: NDArray[np.uint8], weights: NDArray[np.float32], length: int) -> float:
    """Sum the weights of the words of a sequence."""
    mask = (1 << (2 * length)) - 1
    number, known, total = 0, 0, 0.0
    for position in range(len(codes)):
        code = codes[position]
        known = known + 1 if code < 4 else 0
        number = ((number << 2) | (code & 3)) & mask
        if known >= length:
            total += weights[number]
    return total


@compiled_parallel
def substitutions(
    codes: NDArray[np.uint8],
    weights: NDArray[np.float32],
    length: int,
    deltas: NDArray[np.float32],
) -> None:
    """Write deltaSVM of every substitution: the change of the words that overlap each base."""
    width = codes.shape[1]
    for sequence in prange(len(codes)):
        given = codes[sequence]
        for first in range(width - length + 1):
            number = 0
            known = True
            for place in range(first, first + length):
                known = known and given[place] < 4
                number = (number << 2) | (given[place] & 3)
            if known:
                for place in range(length):
                    shift = 2 * (length - 1 - place)
                    here = (number >> shift) & 3
                    for base in range(4):
                        other = number + ((base - here) << shift)
                        deltas[sequence, first + place, base] += weights[other] - weights[number]
        for position in range(width):
            if given[position] > 3:
                deltas[sequence, position] = np.nan
