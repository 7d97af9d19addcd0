"""Which l-mers stand in each of many sequences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.data.kmers import ABSENT, kmer_codes, reverse_complements
from bench_gkm_svm.places import lmers_at, places_of
from bench_gkm_svm.self_kernel import self_kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray
    from bench_gkm_svm.kernel import GkmKernel


@dataclass(frozen=True, slots=True)
class LmerIndex:
    """The l-mers of sequences; where both strands count, one of each and its reverse complement.

    Attributes:
        places: where the different l-mers stand in a table, rising, int32 `(words,)`.
        lmers: their numbers, int32 `(words,)`.
        partners: numbers of their reverse complements, which are the same for palindromes; `lmers`
            itself where one strand is read.
        words: rows of the above, sequence after sequence, int32 `(occurrences,)`.
        starts: where each sequence begins in `words`, and the end, int64 `(n + 1,)`.
        weights: of each occurrence, uint8, or None where all are 1.
        norms: root of each sequence's kernel with itself, `(n,)`; 0 without any l-mer.
    """

    places: NDArray[np.int32]
    lmers: NDArray[np.int32]
    partners: NDArray[np.int32]
    words: NDArray[np.int32]
    starts: NDArray[np.int64]
    weights: NDArray[np.uint8] | None
    norms: NDArray[np.float64]

    def __len__(self) -> int:
        """Number of sequences."""
        return len(self.norms)

    @property
    def scales(self) -> NDArray[np.float64]:
        """What normalises each sequence's products: one over its norm, 0 without any l-mer."""
        return np.divide(1.0, self.norms, out=np.zeros_like(self.norms), where=self.norms > 0)


@dataclass(frozen=True, slots=True)
class Occurrences:
    """The l-mers of some sequences.

    Attributes:
        places: in a table, sequence after sequence.
        counts: how many each sequence holds.
        weights: of each occurrence, or None where all are 1.
        norms: root of each sequence's kernel with itself.
    """

    places: NDArray[np.int32]
    counts: NDArray[np.int64]
    weights: NDArray[np.uint8] | None
    norms: NDArray[np.float64]


def occurrences(codes: CodeArray, lengths: NDArray[np.integer], kernel: GkmKernel) -> Occurrences:
    """List the l-mers of each sequence, without those that hold an N.

    Args:
        codes: bases as codes, `(n, width)`, padded beyond each sequence's length.
        lengths: of the sequences in bp, `(n,)`.
        kernel: says how long l-mers are, how places weigh, and whether both strands count.
    """
    numbers, weights = weighted_lmers(codes, lengths, kernel)
    present = weights > 0
    return Occurrences(
        places_of(numbers[present], kernel),
        present.sum(axis=1),
        weights[present] if kernel.weighs_places else None,
        np.sqrt(self_kernels(codes, weights, kernel)),
    )


def weighted_lmers(
    codes: CodeArray, lengths: NDArray[np.integer], kernel: GkmKernel
) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Return the number and the weight of the l-mer that starts at each position.

    Args:
        codes: bases as codes, `(n, width)`, padded beyond each sequence's length.
        lengths: of the sequences in bp, `(n,)`.
        kernel: says how long l-mers are and how places weigh.

    Returns:
        Two arrays `(n, max(0, width - l + 1))`; the weight is 0 where an l-mer holds an N or ends
        beyond its sequence.
    """
    numbers = kmer_codes(codes, kernel.l)
    counts = np.maximum(0, np.asarray(lengths, dtype=np.int64) - kernel.l + 1)
    present = numbers != ABSENT
    present &= np.arange(numbers.shape[1]) < counts[:, None]
    weights = present.astype(np.uint8)
    if kernel.weighs_places:
        weights *= _place_weights(counts, numbers.shape[1], kernel)
    return numbers, weights


def _place_weights(counts: NDArray[np.int64], width: int, kernel: GkmKernel) -> NDArray[np.uint8]:
    weights = np.zeros((len(counts), width), dtype=np.uint8)
    for count in np.unique(counts):
        weights[counts == count, :count] = kernel.place_weights(int(count))
    return weights


def index_lmers(parts: Iterable[Occurrences], kernel: GkmKernel) -> LmerIndex:
    """Number the different l-mers of many sequences.

    Args:
        parts: l-mers of consecutive sequences.
        kernel: what they were listed for.
    """
    listed = list(parts)
    every = np.concatenate([np.zeros(0, np.int32), *(part.places for part in listed)])
    counts = np.concatenate([np.zeros(0, np.int64), *(part.counts for part in listed)])
    norms = np.concatenate([np.zeros(0), *(part.norms for part in listed)])
    weights = None
    if kernel.weighs_places:
        weights = np.concatenate([np.zeros(0, np.uint8), *(part.weights for part in listed)])
    del listed
    occurs = np.zeros(4**kernel.l, dtype=bool)
    occurs[every] = True
    places = np.flatnonzero(occurs).astype(np.int32)
    words = (np.cumsum(occurs, dtype=np.int32) - np.int32(1))[every]
    lmers = lmers_at(places, kernel)
    partners = reverse_complements(lmers, kernel.l) if kernel.both_strands else lmers
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return LmerIndex(places, lmers, partners, words, starts, weights, norms)
