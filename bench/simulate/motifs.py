"""Position weight matrices: from a consensus, to scores and to sampled sites.

A matrix has shape `(4, width)`: one row for each of A, C, G and T, columns that sum to 1. Scores
are log2 likelihood ratios against four equally frequent bases, in bits.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from bench.interface.arrays import CodeArray

Matrix: TypeAlias = NDArray[np.float64]

STRONG = 0.91
WEAK = 0.70
TWOFOLD = {"R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC"}
BASES = "ACGT"


@lru_cache(maxsize=64)
def pwm_from_consensus(consensus: str) -> Matrix:
    """Build a matrix from a consensus.

    A capital base has probability 0.91, a small one 0.70; R, Y, S, W, K and M share 0.94 between
    two bases; `n` is uniform. The rest of a column is spread evenly.

    Returns:
        A read-only array of shape `(4, len(consensus))`.

    Raises:
        ValueError: a letter that is none of these.
    """
    matrix = np.empty((4, len(consensus)))
    for column, letter in enumerate(consensus):
        matrix[:, column] = _column(letter)
    matrix.flags.writeable = False
    return matrix


def _column(letter: str) -> Matrix:
    if letter == "n":
        return np.full(4, 0.25)
    if letter in TWOFOLD:
        return np.array([0.47 if base in TWOFOLD[letter] else 0.03 for base in BASES])
    if letter.upper() not in BASES:
        raise ValueError(f"consensus letter {letter!r}: expected one of ACGTacgtRYSWKMn")
    high = STRONG if letter.isupper() else WEAK
    return np.array([high if base == letter.upper() else (1 - high) / 3 for base in BASES])


def reverse_complement_pwm(pwm: Matrix) -> Matrix:
    """Return the matrix of the same sites read on the other strand."""
    return pwm[::-1, ::-1]


def information_content(pwm: Matrix) -> float:
    """Information content in bits: the mean score of a site drawn from the matrix."""
    return float((pwm * np.log2(pwm / 0.25)).sum())


def site_scores(pwm: Matrix, codes: CodeArray) -> Matrix:
    """Score sites of exactly the width of the matrix.

    Args:
        pwm: shape `(4, width)`.
        codes: shape `(..., width)`; N counts as an average base and adds nothing.

    Returns:
        Scores in bits, shape `(...)`.
    """
    bits = np.zeros((5, pwm.shape[1]))
    bits[:4] = np.log2(pwm / 0.25)
    scores: Matrix = bits[codes, np.arange(pwm.shape[1])].sum(axis=-1)
    return scores


def scan(pwm: Matrix, codes: CodeArray) -> Matrix:
    """Score every position of sequences `(..., length)`; shape `(..., length - width + 1)`."""
    return site_scores(pwm, sliding_window_view(codes, pwm.shape[1], axis=-1))


def sample_sites(pwm: Matrix, count: int, threshold: float, rng: np.random.Generator) -> CodeArray:
    """Draw sites from a matrix and draw again those that score below `threshold` bits.

    Returns:
        Codes of shape `(count, width)`.
    """
    edges = np.cumsum(pwm, axis=0)[:3].T
    sites = np.empty((count, pwm.shape[1]), dtype=np.uint8)
    missing = np.arange(count)
    while missing.size:
        draws = rng.random((missing.size, pwm.shape[1]))
        sites[missing] = (draws[..., None] >= edges).sum(axis=-1)
        missing = missing[site_scores(pwm, sites[missing]) < threshold]
    return sites
