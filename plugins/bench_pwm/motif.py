"""Log-odds of motifs against a background."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.data.motifs import Motif

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray

UNIFORM = np.full(4, 0.25)

SCORE_UNIT = 1000
"""Scores are whole thousandths of a bit: sums are exact, whatever their order and strand."""


def base_frequencies(codes: CodeArray) -> NDArray[np.float64]:
    """Return the frequencies of A, C, G, T in both strands of `codes`, N left out.

    One count is added to each base, so that none is 0.
    """
    counts = np.bincount(codes.ravel(), minlength=5)[:4] + 1.0
    both = counts + counts[::-1]
    frequencies: NDArray[np.float64] = both / both.sum()
    return frequencies


def score_table(
    motif: Motif, background: NDArray[np.float64], pseudocount: float = 1.0
) -> NDArray[np.int32]:
    """Return log-odds of a motif in thousandths of a bit.

    With `n` sites, the probability of a base is taken to be
    `(n p + pseudocount b) / (n + pseudocount)`, where `b` is its background frequency.

    Args:
        motif: base probabilities, `(width, 4)`.
        background: base frequencies, `(4,)`, all above 0.
        pseudocount: weight of the background in sites, above 0.

    Returns:
        int32 of shape `(width, 4)`; positive where a base is more likely than in the background.
    """
    counts = motif.sites * motif.probabilities + pseudocount * background
    bits = np.log2(counts / (motif.sites + pseudocount) / background)
    return np.asarray(np.rint(SCORE_UNIT * bits), dtype=np.int32)


def reverse_complement_table(table: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the table that gives, on one strand, the scores of `table` on the other."""
    return table[::-1, ::-1]


def trimmed(
    motif: Motif, background: NDArray[np.float64], least_bits: float, least_width: int
) -> Motif:
    """Cut off edges whose information against the background is below `least_bits`."""
    probabilities = np.maximum(motif.probabilities, 1e-12)
    bits = (probabilities * np.log2(probabilities / background)).sum(axis=1)
    start, end = 0, len(bits)
    while end - start > least_width and min(bits[start], bits[end - 1]) < least_bits:
        if bits[start] < bits[end - 1]:
            start += 1
        else:
            end -= 1
    return Motif(motif.name, motif.probabilities[start:end], motif.sites)
