"""Predictions of single-base changes by the l-mers that a change replaces.

With u the l-mers of a sequence, w the weights of their places and k the similarity of two l-mers
(on both strands where both count), a decision value is `sum(w T[u]) / sqrt(K) - rho`, where `K` is
the sum of `w w' k(u, u')` over all pairs. A change replaces the at most l l-mers C that overlap it,
so that the sum of table entries changes by theirs, and K by their rows:

    K' = K - 2 sum_C(w R) + sum_CC(w w' k(u, u'))
           + 2 sum_C,rest(v w k(new, u)) + sum_CC(v v' k(new, new'))

with `R` the sum of a row of `w k` and v the weights of the new l-mers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import prange

from bench.data.alphabet import N
from bench.data.compiled import compiled, compiled_parallel
from bench_gkm_svm.lmers import weighted_lmers
from bench_gkm_svm.places import rule_of
from bench_gkm_svm.scores import place_of
from bench_gkm_svm.threads import threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray, IntArray
    from bench_gkm_svm.scores import TableScores


LONGEST = 10_000
"""Bases of a sequence whose l-mers are compared pair by pair, which takes some seconds."""


class GkmMutagenesis:
    """See `bench.interface.Mutagenesis`.

    Args:
        scores: the decision function.
        codes: the sequence, `(length,)`.
        used_threads: threads to compute with.
    """

    def __init__(self, scores: TableScores, codes: CodeArray, used_threads: int) -> None:
        kernel = scores.kernel
        self._scores, self._threads = scores, used_threads
        self._codes = np.ascontiguousarray(codes)
        lengths = np.array([len(codes)])
        numbers, weights = weighted_lmers(self._codes[None], lengths, kernel)
        # What places weigh where no N is in the way.
        _, unhindered = weighted_lmers(np.zeros((1, len(codes)), np.uint8), lengths, kernel)
        self._numbers = np.maximum(numbers[0], 0).astype(np.int64)
        self._weights = weights[0].astype(np.float64)
        self._places = unhindered[0].astype(np.float64)
        self._similarity = np.ascontiguousarray(kernel.coefficients)
        with threads(used_threads):
            self._rows = similarity_rows(
                self._numbers, self._weights, self._similarity, kernel.l, kernel.both_strands
            )

    def __call__(self, positions: IntArray, bases: CodeArray) -> NDArray[np.float64]:
        """Return decision values, `(n, targets)`."""
        scores = self._scores
        kernel = scores.kernel
        sums = np.zeros((len(positions), scores.targets))
        squares = np.zeros(len(positions))
        with threads(self._threads):
            change_each(
                self._codes, self._numbers, self._weights, self._places, self._rows,
                np.asarray(positions, np.int64), np.asarray(bases, np.int64), self._similarity,
                scores.tables, kernel.l, kernel.both_strands, int(rule_of(kernel)), sums, squares,
            )  # fmt: skip
        norms = np.sqrt(np.maximum(squares, 0.0))
        values = sums / np.where(norms == 0, 1.0, norms)[:, None] - scores.rho
        return values * scores.scale + scores.centre


@compiled
def mismatches(one: int, other: int) -> int:
    """Count the letters at which two l-mers differ."""
    differing = one ^ other
    differing = (differing | (differing >> 1)) & 0x555555
    count = 0
    while differing:
        differing &= differing - 1
        count += 1
    return count


@compiled
def other_strand(number: int, l: int) -> int:
    """Return the number of the reverse complement of an l-mer."""
    turned = 0
    for _ in range(l):
        turned = (turned << 2) | (3 - (number & 3))
        number >>= 2
    return turned


@compiled
def similar(
    one: int, other: int, turned: int, similarity: NDArray[np.float64], both_strands: bool
) -> float:
    """Return the similarity of two l-mers, the second also as its reverse complement `turned`."""
    value: float = similarity[mismatches(one, other)]
    if both_strands:
        value += similarity[mismatches(one, turned)]
    return value


@compiled_parallel
def similarity_rows(
    numbers: NDArray[np.int64],
    weights: NDArray[np.float64],
    similarity: NDArray[np.float64],
    l: int,
    both_strands: bool,
) -> NDArray[np.float64]:
    """Return for each l-mer the sum of its similarities to all, times their weights."""
    count = len(numbers)
    turned = np.empty(count, np.int64)
    for place in range(count):
        turned[place] = other_strand(numbers[place], l)
    rows = np.zeros(count)
    for place in prange(count):
        if weights[place] == 0:
            continue
        total = 0.0
        for other in range(count):
            if weights[other] > 0:
                total += weights[other] * similar(
                    numbers[place], numbers[other], turned[other], similarity, both_strands
                )
        rows[place] = total
    return rows


@compiled_parallel
def change_each(
    codes: NDArray[np.uint8],
    numbers: NDArray[np.int64],
    weights: NDArray[np.float64],
    places: NDArray[np.float64],
    rows: NDArray[np.float64],
    positions: NDArray[np.int64],
    bases: NDArray[np.int64],
    similarity: NDArray[np.float64],
    tables: NDArray[np.float32],
    l: int,
    both_strands: bool,
    rule: int,
    sums: NDArray[np.float64],
    squares: NDArray[np.float64],
) -> None:
    """Fill in the weighted sum of table entries, and the kernel with itself, of each change."""
    count = len(numbers)
    whole = 0.0
    turned = np.empty(count, np.int64)
    unchanged = np.zeros(tables.shape[1])
    for place in range(count):
        turned[place] = other_strand(numbers[place], l)
        whole += weights[place] * rows[place]
        if weights[place] > 0:
            row = place_of(numbers[place], turned[place], l, rule)
            for target in range(tables.shape[1]):
                unchanged[target] += weights[place] * tables[row, target]
    for change in prange(len(positions)):
        first = max(0, positions[change] - l + 1)
        last = min(positions[change], count - 1)
        size = max(0, last - first + 1)
        new, new_turned = np.zeros(size, np.int64), np.zeros(size, np.int64)
        new_weights = np.zeros(size)
        read_new(
            codes, places, positions[change], bases[change], first, l, new, new_turned, new_weights
        )
        for target in range(tables.shape[1]):
            sums[change, target] = unchanged[target]
        for slot in range(size):
            place = first + slot
            gone = place_of(numbers[place], turned[place], l, rule)
            come = place_of(new[slot], new_turned[slot], l, rule)
            for target in range(tables.shape[1]):
                sums[change, target] += new_weights[slot] * tables[come, target]
                sums[change, target] -= weights[place] * tables[gone, target]
        old = slice(first, first + size)
        square = whole - 2 * (weights[old] * rows[old]).sum()
        square += all_pairs(numbers[old], turned[old], weights[old], similarity, both_strands)
        square += all_pairs(new, new_turned, new_weights, similarity, both_strands)
        for slot in range(size):
            for other in range(count):
                weight = new_weights[slot] * weights[other]
                if weight > 0 and not first <= other <= last:
                    square += (
                        2
                        * weight
                        * similar(
                            new[slot], numbers[other], turned[other], similarity, both_strands
                        )
                    )
        squares[change] = square


@compiled
def read_new(
    codes: NDArray[np.uint8],
    places: NDArray[np.float64],
    position: int,
    base: int,
    first: int,
    l: int,
    new: NDArray[np.int64],
    new_turned: NDArray[np.int64],
    new_weights: NDArray[np.float64],
) -> None:
    """Fill in the l-mers from place `first` on that a change makes, and their weights."""
    for slot in range(len(new)):
        number, known = 0, True
        for offset in range(l):
            place = first + slot + offset
            code = base if place == position else int(codes[place])
            if code >= N:
                known, code = False, 0
            number = (number << 2) | code
        new[slot] = number
        new_turned[slot] = other_strand(number, l)
        new_weights[slot] = places[first + slot] if known else 0.0


@compiled
def all_pairs(
    numbers: NDArray[np.int64],
    turned: NDArray[np.int64],
    weights: NDArray[np.float64],
    similarity: NDArray[np.float64],
    both_strands: bool,
) -> float:
    """Return the sum of the similarities of all pairs of some l-mers, times their weights."""
    total = 0.0
    for place in range(len(numbers)):
        for other in range(len(numbers)):
            weight = weights[place] * weights[other]
            if weight > 0:
                total += weight * similar(
                    numbers[place], numbers[other], turned[other], similarity, both_strands
                )
    return total
