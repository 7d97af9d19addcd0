"""The k-mers to which a model gives the highest weights, aligned into position weight matrices.

The highest k-mer begins a group. Every other of the list that fits it, shifted by a few bases on
either strand and with few mismatches, is added, best first; then the highest that is left begins
the next. A matrix weighs each k-mer by its own weight.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from bench.data.alphabet import reverse_complement
from bench.data.kmers import reverse_complements
from bench.data.motifs import Motif

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bench.interface.arrays import CodeArray, FloatArray, IntArray

TOP = 500
"""K-mers that are looked at, a k-mer and its other strand being one."""
SHARE = 0.1
"""Of all k-mers as many are looked at, where that is less."""
MOST_SHIFT = 3
LEAST_KMERS = 3
"""A group of fewer k-mers is no motif."""
MOST_GROUPS = 20
LEAST_COVER = 0.25
"""Share of a group's weight that stands behind a column; others are cut off its ends."""


@runtime_checkable
class TellsKmers(Protocol):
    """A fitted model that can tell the weights of k-mers."""

    def kmer_weights(self, target: int, head: str) -> FloatArray | None:
        """Return the weight of every k-mer by its number (see `bench.data.kmers`), `(4**k,)`.

        Higher for what makes a sequence more active. None where its settings leave it without.

        Args:
            target: which of the head's targets.
            head: name of the head.
        """


def kmer_motifs(weights: FloatArray, name: str, top: int = TOP) -> list[Motif]:
    """Align the k-mers with the highest weights.

    Args:
        weights: of all k-mers by their numbers, `(4**k,)`.
        name: before the number of each motif.
        top: how many k-mers are looked at.

    Returns:
        The motifs, that of the highest k-mer first; `sites` is the number of its k-mers.
    """
    numbers, heights = top_kmers(weights, top)
    words = words_of(numbers, _length(weights))
    return [
        Motif(f"{name}.{place}", probabilities, float(count))
        for place, (probabilities, count) in enumerate(_groups(words, heights), start=1)
    ]


def top_kmers(weights: FloatArray, top: int) -> tuple[IntArray, FloatArray]:
    """Return numbers and weights of the highest k-mers, those of weight 0 or less left out.

    Of a k-mer and its reverse complement that with the higher weight is taken, or the smaller.
    """
    numbers = np.arange(len(weights), dtype=np.int32)
    partners = reverse_complements(numbers, _length(weights))
    other = weights[partners]
    own = (weights > other) | ((weights == other) & (numbers <= partners))
    candidates = np.flatnonzero(own & (weights > 0))
    count = min(top, max(LEAST_KMERS, int(SHARE * own.sum())))
    order = np.argsort(-weights[candidates], kind="stable")[:count]
    return candidates[order], weights[candidates[order]]


def _length(weights: FloatArray) -> int:
    return (len(weights).bit_length() - 1) // 2


def words_of(numbers: IntArray, k: int) -> CodeArray:
    """Return k-mers as codes, `(n, k)`."""
    shifts = 2 * np.arange(k - 1, -1, -1)
    words: CodeArray = ((numbers[:, None] >> shifts) & 3).astype(np.uint8)
    return words


def _groups(words: CodeArray, heights: FloatArray) -> Iterator[tuple[NDArray[np.float64], int]]:
    """Yield the probabilities of each group and how many k-mers it has."""
    left = np.arange(len(words))
    groups = 0
    while len(left) and groups < MOST_GROUPS:
        seed, rest = words[left[0]], left[1:]
        shifts, turned, fits = _aligned(seed, words[rest])
        members = np.concatenate([left[:1], rest[fits]])
        left = rest[~fits]
        if len(members) < LEAST_KMERS:
            continue
        groups += 1
        placed = np.where(turned[fits, None], reverse_complement(words[rest[fits]]),
                          words[rest[fits]])  # fmt: skip
        yield (
            _matrix(
                np.concatenate([seed[None], placed]),
                np.concatenate([[0], shifts[fits]]),
                heights[members],
            ),
            len(members),
        )


def _aligned(
    seed: CodeArray, words: CodeArray
) -> tuple[IntArray, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return by how much each word is shifted, whether it is turned, and whether it fits.

    A word fits where at most one in five of the bases that overlap differ. The alignment with the
    fewest mismatches counts, then that with the smaller shift.
    """
    k = len(seed)
    best = np.full(len(words), np.inf)
    shifts, turned = np.zeros(len(words), dtype=np.int64), np.zeros(len(words), dtype=np.bool_)
    fits = np.zeros(len(words), dtype=np.bool_)
    most = min(MOST_SHIFT, max(1, k // 3))
    for shift in sorted(range(-most, most + 1), key=abs):
        overlap = k - abs(shift)
        own = seed[max(0, shift) : k + min(0, shift)]
        for is_turned in (False, True):
            read = reverse_complement(words) if is_turned else words
            other = read[:, max(0, -shift) : k - max(0, shift)]
            mismatches = (own != other).sum(axis=1)
            # A base that does not overlap could have been a mismatch as well.
            cost = mismatches + 0.75 * abs(shift)
            better = cost < best
            best = np.where(better, cost, best)
            shifts = np.where(better, shift, shifts)
            turned = np.where(better, is_turned, turned)
            fits = np.where(better, mismatches <= overlap // 5, fits)
    return shifts, turned, fits


def _matrix(words: CodeArray, shifts: IntArray, heights: FloatArray) -> NDArray[np.float64]:
    """Sum up shifted words by their weights; columns that few of them cover are cut off."""
    first, k = int(shifts.min()), words.shape[1]
    sums = np.zeros((k + int(shifts.max()) - first, 4))
    for word, shift, height in zip(words, (shifts - first).tolist(), heights, strict=True):
        sums[shift + np.arange(k), word] += height
    cover = sums.sum(axis=1)
    kept = np.flatnonzero(cover >= LEAST_COVER * heights.sum())
    chosen = sums[kept[0] : kept[-1] + 1]
    # Half a base's weight for what was not seen: a short list of k-mers is no certainty.
    prior = 0.5 * heights.mean() / 4
    probabilities: NDArray[np.float64] = (chosen + prior) / (chosen + prior).sum(
        axis=1, keepdims=True
    )
    return probabilities
