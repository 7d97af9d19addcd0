"""Background sequence: isochores, and a second-order Markov chain that is the same on both strands.

The chain is the stationary one whose words have weight `g(a) g(b) g(c) d(ab) d(bc) t(abc)`, with
weights that are equal for a word and its reverse complement. Dividing by the right eigenvector of
the weights (Doob's transform) turns them into transition probabilities without breaking the
symmetry, which a per-column normalisation would.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.interface.arrays import CodeArray

Floats: TypeAlias = NDArray[np.float64]

LANE = 1_000
"""Stretch of background, in bp, that has one GC content."""
GC_GRID = np.arange(0.25, 0.7501, 0.005)
GENOMIC_CPG = 0.25
ISLAND_CPG = 0.6
"""Weight of CG against other dinucleotides, in the genome at large and in promoters."""


@dataclass(frozen=True, slots=True)
class MarkovChain:
    """Cumulative probabilities at each GC content of `GC_GRID`.

    `first` of shape `(levels, 16)` is for the first two bases as `4 * a + b`; `following`, of shape
    `(levels * 16, 3)`, is for the base after them.
    """

    first: Floats
    following: Floats

    @classmethod
    def with_cpg(cls, cpg: float) -> MarkovChain:
        """Solve the chain for a weight of the dinucleotide CG."""
        strengths = np.exp(np.linspace(-2.5, 2.5, 401))
        _, pairs = _solve(_word_weights(strengths, cpg))
        wanted = np.interp(GC_GRID, _gc_of_pairs(pairs), strengths)
        steps, pairs = _solve(_word_weights(wanted, cpg))
        # Rounding makes a draw fall the same way whatever the last bits of the solution.
        following = np.cumsum(steps, axis=-1)[..., :3].round(6).reshape(-1, 3)
        return cls(np.cumsum(pairs, axis=-1).round(6), following)

    def sample(self, gc: Floats, length: int, rng: np.random.Generator) -> CodeArray:
        """Draw one sequence for each GC content.

        Args:
            gc: shape `(n,)`; rounded to `GC_GRID`.
            length: bp, at least 2.
            rng: source of randomness.

        Returns:
            Codes of shape `(n, length)`.
        """
        step = GC_GRID[1] - GC_GRID[0]
        level = np.clip(np.rint((gc - GC_GRID[0]) / step), 0, len(GC_GRID) - 1).astype(np.intp)
        codes = np.empty((length, len(gc)), dtype=np.uint8)
        pair = (rng.random(len(gc))[:, None] >= self.first[level, :15]).sum(axis=1)
        codes[0], codes[1] = pair // 4, pair % 4
        row = level * 16
        for position in range(2, length):
            edges = self.following[row + pair]
            base = (rng.random(len(gc))[:, None] >= edges).sum(axis=1)
            codes[position] = base
            pair = (pair % 4) * 4 + base
        return np.ascontiguousarray(codes.T)


def _word_weights(strengths: Floats, cpg: float) -> Floats:
    """Weights of the words abc, shape `(levels, 4, 4, 4)`, for weights of C and G."""
    base = np.ones((len(strengths), 4))
    base[:, 1] = base[:, 2] = np.cbrt(strengths)
    pair = np.ones((4, 4))
    pair[1, 2] = cpg
    pair[1, 0] = pair[3, 2] = 1.15
    pair[3, 0] = 0.8
    pair = np.sqrt(pair)
    triple = np.ones((4, 4, 4))
    triple[0, 0, 0] = triple[3, 3, 3] = 1.2
    words: Floats = np.einsum("la,lb,lc,ab,bc,abc->labc", base, base, base, pair, pair, triple)
    return words


def _solve(words: Floats) -> tuple[Floats, Floats]:
    """Return probabilities of steps `(levels, 16, 4)` and of pairs of bases `(levels, 16)`."""
    levels = len(words)
    matrix = np.zeros((levels, 4, 4, 4, 4))
    for middle in range(4):
        matrix[:, :, middle, middle, :] = words[:, :, middle, :]
    power = matrix.reshape(levels, 16, 16)
    for _ in range(7):
        power = power @ power
        power = power / power.max(axis=(1, 2), keepdims=True)
    right, left = power.sum(axis=2), power.sum(axis=1)
    steps = words.reshape(levels, 16, 4) * np.tile(right.reshape(levels, 4, 4), (1, 4, 1))
    pairs = left * right
    return (
        steps / steps.sum(axis=-1, keepdims=True),
        pairs / pairs.sum(axis=-1, keepdims=True),
    )


def _gc_of_pairs(pairs: Floats) -> Floats:
    first = pairs.reshape(-1, 4, 4).sum(axis=2)
    total: Floats = first[:, 1] + first[:, 2]
    return total


def isochore_gc(
    length: int, gc_range: tuple[float, float], isochore_length: int, rng: np.random.Generator
) -> Floats:
    """Draw the GC content of every lane of a chromosome.

    Isochores are 0.6 to 1.4 times `isochore_length` long and uniform in `gc_range`; lanes scatter
    around their isochore by 0.01.

    Returns:
        Shape `(lanes,)`, where lane `i` is `[i * LANE, (i + 1) * LANE)`.
    """
    lanes = -(-length // LANE)
    mean = isochore_length / LANE
    count = int(lanes / (0.6 * mean)) + 1
    lengths = np.rint(rng.uniform(0.6, 1.4, count) * mean).astype(np.intp)
    levels = np.repeat(rng.uniform(*gc_range, count), np.maximum(lengths, 1))[:lanes]
    return levels + rng.normal(0.0, 0.01, lanes)
