"""The gapped k-mer kernels, numbered as in LS-GKM (Lee 2016, doi:10.1093/bioinformatics/btw142)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from bench.interface import BenchError
from bench_gkm_svm.coefficients import Similarity, coefficients

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHORTEST_L, LONGEST_L = 3, 12
LARGEST_PEAK = 255
"""Weights of places are kept in one byte."""


class KernelType(IntEnum):
    """Which similarity of l-mers, whether the centre weighs more, and whether RBF is applied."""

    COUNT = 0
    """Gapped k-mer counts."""
    FULL = 1
    """Estimated l-mers, full filter."""
    TRUNCATED = 2
    """Estimated l-mers, truncated filter."""
    TRUNCATED_RBF = 3
    """The same, and a radial basis function of it."""
    CENTRE = 4
    """Truncated filter; l-mers near the centre of the sequence weigh more."""
    CENTRE_RBF = 5
    """The same, and a radial basis function of it."""


SIMILARITY = {KernelType.COUNT: Similarity.COUNT, KernelType.FULL: Similarity.FULL}
RBF_TYPES = {KernelType.TRUNCATED_RBF, KernelType.CENTRE_RBF}
CENTRE_TYPES = {KernelType.CENTRE, KernelType.CENTRE_RBF}


@dataclass(frozen=True, slots=True, kw_only=True)
class GkmKernel:
    """A kernel of two sequences.

    The sum, over all l-mers of one sequence and all l-mers of the other and of its reverse
    complement, of their similarity times the weights of their places; divided by the root of the
    product of both sequences' kernels with themselves.

    Args:
        type: which kernel.
        l: length of the l-mers, 3 to 12.
        k: informative positions of a gapped k-mer, 1 to l.
        d: most mismatches that count, 0 to l.
        gamma: the radial basis function of a normalised value K is `exp(gamma * (K - 1))`.
        peak: weight at the centre, 1 to 255.
        half_life: distance from the centre in bp over which the weight halves.
        both_strands: whether l-mers of the reverse complement count.

    Raises:
        BenchError: a value is out of range.
    """

    type: KernelType = KernelType.TRUNCATED
    l: int = 11
    k: int = 7
    d: int = 3
    gamma: float = 1.0
    peak: int = 50
    half_life: float = 50.0
    both_strands: bool = True

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        for name, value, low, high in (
            ("l", self.l, SHORTEST_L, LONGEST_L),
            ("k", self.k, 1, self.l),
            ("d", self.d, 0, self.l),
            ("peak", self.peak, 1, LARGEST_PEAK),
        ):
            if not low <= value <= high:
                raise BenchError(f"{name} is {value}, expected {low} to {high}")
        for name, number in (("gamma", self.gamma), ("half_life", self.half_life)):
            if not 0 < number < inf:
                raise BenchError(f"{name} is {number:g}, expected a positive number")

    @property
    def similarity(self) -> Similarity:
        """The similarity of two l-mers."""
        return SIMILARITY.get(self.type, Similarity.TRUNCATED)

    @property
    def coefficients(self) -> NDArray[np.float64]:
        """Similarity for 0 to l mismatches, `(l + 1,)`."""
        return coefficients(self.similarity, self.l, self.k, self.d)

    @property
    def is_rbf(self) -> bool:
        """Whether a radial basis function is applied."""
        return self.type in RBF_TYPES

    @property
    def weighs_places(self) -> bool:
        """Whether l-mers near the centre weigh more."""
        return self.type in CENTRE_TYPES

    def place_weights(self, count: int) -> NDArray[np.uint8]:
        """Return the weight of each of `count` l-mers of a sequence.

        At distance x from l-mer `count // 2` it is `peak * 2**(-x / half_life) + 1`, rounded down,
        and `peak` at most. An l-mer of the other strand has the weight of the one that it pairs.
        """
        distance = np.abs(np.arange(count) - count // 2)
        weights = np.floor(self.peak * np.exp2(-distance / self.half_life) + 1)
        bounded: NDArray[np.uint8] = np.minimum(weights, self.peak).astype(np.uint8)
        return bounded
