"""A fitted machine as a table: the sum of the weights of a sequence's l-mers is its score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np
from numba import prange

from bench.data.compiled import compiled, compiled_parallel
from bench_gkm_svm.lmer_table import every_lmer
from bench_gkm_svm.lmers import weighted_lmers
from bench_gkm_svm.places import Places, rule_of
from bench_gkm_svm.self_kernel import self_kernels
from bench_gkm_svm.threads import threads_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray
    from bench_gkm_svm.kernel import GkmKernel


class Scores(Protocol):
    """The decision function of one or more machines."""

    @property
    def kernel(self) -> GkmKernel:
        """Which kernel."""

    @property
    def targets(self) -> int:
        """Number of machines."""

    def of_sequences(
        self, codes: CodeArray, lengths: NDArray[np.integer]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return decision values, `(n, targets)`, and which sequences hold no l-mer at all."""

    def each(self) -> Sequence[Scores]:
        """Return the functions of the machines one by one."""


@dataclass(frozen=True, slots=True)
class TableScores:
    """The decision function of machines whose kernel has no radial basis function.

    Attributes:
        kernel: which kernel.
        tables: weight of the l-mer at each place (see `places`), float32 `(places, targets)`.
        rho: what is taken from each score, `(targets,)`.
        scale: factor on each decision value, `(targets,)`: 1 for a classifier.
        centre: what is added to it, `(targets,)`: 0 for a classifier.
    """

    kernel: GkmKernel
    tables: NDArray[np.float32]
    rho: NDArray[np.float64]
    scale: NDArray[np.float64]
    centre: NDArray[np.float64]

    @classmethod
    def plain(
        cls, kernel: GkmKernel, tables: NDArray[np.float32], rho: NDArray[np.float64]
    ) -> Self:
        """Make the function whose values are not scaled."""
        return cls(kernel, tables, rho, np.ones_like(rho), np.zeros_like(rho))

    @property
    def targets(self) -> int:
        """Number of machines."""
        return len(self.rho)

    def of_sequences(
        self, codes: CodeArray, lengths: NDArray[np.integer]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return decision values, `(n, targets)`, and which sequences hold no l-mer at all.

        The value of such a sequence is the bias alone.
        """
        kernel = self.kernel
        codes = np.ascontiguousarray(codes)
        _, weights = weighted_lmers(codes, lengths, kernel)
        sums = np.zeros((len(codes), self.targets))
        if weights.shape[1]:
            with threads_for(len(codes)):
                sum_weights(codes, weights, self.tables, kernel.l, int(rule_of(kernel)), sums)
        norms = np.sqrt(self_kernels(codes, weights, kernel))
        empty = norms == 0
        values = sums / np.where(empty, 1.0, norms)[:, None] - self.rho
        return values * self.scale + self.centre, empty

    def each(self) -> Sequence[TableScores]:
        """Return the functions of the machines one by one."""
        return [
            TableScores(
                self.kernel, self.tables[:, part], self.rho[part], self.scale[part],
                self.centre[part],
            )
            for part in (slice(one, one + 1) for one in range(self.targets))
        ]  # fmt: skip

    def along(self, codes: NDArray[np.uint8], target: int = 0) -> NDArray[np.float32]:
        """Return the weight of the l-mer that starts at each position of one long sequence.

        Args:
            codes: bases as codes, `(length,)`, such as a whole chromosome.
            target: which machine.

        Returns:
            float32 `(max(0, length - l + 1),)`, 0 where an l-mer holds an N. The weights of a
            window, summed and divided by its norm, are its decision value plus rho; without the
            norm they are what deltaSVM compares.
        """
        table = np.ascontiguousarray(self.tables[:, target])
        return weights_along(
            np.ascontiguousarray(codes), table, self.kernel.l, int(rule_of(self.kernel))
        )

    def lmer_weights(self, target: int = 0) -> NDArray[np.float32]:
        """Return the weights of all `4**l` l-mers by their numbers."""
        table = np.ascontiguousarray(self.tables[:, target])
        return every_lmer(table, self.kernel).astype(np.float32)


NUMBER, SMALLER = int(Places.NUMBER), int(Places.SMALLER)
"""As plain numbers, which compiled loops compare."""
CHUNK = 1 << 16
"""Positions of a chromosome that one thread scores at a time."""


@compiled
def place_of(number: int, partner: int, l: int, rule: int) -> int:
    """Return the place of an l-mer, given its reverse complement; see `places`."""
    if rule == NUMBER:
        return number
    if rule == SMALLER:
        return min(number, partner)
    bits = 2 * (l // 2)
    given, other = number, partner
    if (number >> bits) & 3 > 1:
        given, other = partner, number
    left, right = given >> (bits + 2), other >> (bits + 2)
    return (((given >> bits) & 3) << (2 * bits)) | (left << bits) | right


@compiled_parallel
def sum_weights(
    codes: NDArray[np.uint8],
    weights: NDArray[np.uint8],
    tables: NDArray[np.float32],
    l: int,
    rule: int,
    sums: NDArray[np.float64],
) -> None:
    """Sum the weights of each sequence's l-mers, times those of their positions."""
    mask = (1 << (2 * l)) - 1
    for sequence in prange(len(codes)):
        number, partner = 0, 0
        for position in range(codes.shape[1]):
            # What is no base is read as A; its l-mers have no weight.
            code = codes[sequence, position] if codes[sequence, position] < 4 else 0
            number = ((number << 2) | code) & mask
            partner = (partner >> 2) | ((3 - code) << (2 * l - 2))
            start = position - l + 1
            if start >= 0 and weights[sequence, start] > 0:
                place = place_of(number, partner, l, rule)
                for target in range(tables.shape[1]):
                    weight = np.float64(weights[sequence, start])
                    sums[sequence, target] += weight * tables[place, target]


@compiled_parallel
def weights_along(
    codes: NDArray[np.uint8], table: NDArray[np.float32], l: int, rule: int
) -> NDArray[np.float32]:
    """Return the weight of the l-mer at each position of a sequence, 0 where it holds an N."""
    count = max(0, len(codes) - l + 1)
    found = np.zeros(count, np.float32)
    mask = (1 << (2 * l)) - 1
    for chunk in prange((count + CHUNK - 1) // CHUNK):
        first = chunk * CHUNK
        end = min(first + CHUNK, count)
        number, partner, known = 0, 0, 0
        for position in range(first, end + l - 1):
            code = codes[position]
            known = known + 1 if code < 4 else 0
            if code > 3:
                code = 0
            number = ((number << 2) | code) & mask
            partner = (partner >> 2) | ((3 - code) << (2 * l - 2))
            if known >= l:
                found[position - l + 1] = table[place_of(number, partner, l, rule)]
    return found
