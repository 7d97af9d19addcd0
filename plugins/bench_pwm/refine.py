"""Grows a word into a motif by expectation maximisation over its best sites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import N
from bench.data.motifs import LETTERS, Motif
from bench_pwm.motif import SCORE_UNIT, score_table, trimmed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray, IntArray
    from bench_pwm.scan import Scanner, Sites

FLANK = 4
"""Positions that are added on either side of a word."""

SEED_PROBABILITY = 0.85
ROUNDS = 4
SEED_SITES = 100.0
LEAST_BITS = 0.25
LEAST_WIDTH = 5


@dataclass(frozen=True, slots=True)
class Sequences:
    """Sequences to discover motifs in.

    `codes` is `(n, width)`, `lengths` the bases of each row that belong to the sequence, and
    `scanner` reads both; `background` are base frequencies.
    """

    codes: CodeArray
    lengths: IntArray
    scanner: Scanner
    background: NDArray[np.float64]


def seed_motif(pattern: NDArray[np.uint8], background: NDArray[np.float64]) -> Motif:
    """Return a motif that prefers the letters of a word, and nothing in its gap and flanks."""
    padded = np.pad(pattern, FLANK, constant_values=N)
    probabilities = np.tile(background, (len(padded), 1))
    for place in np.flatnonzero(padded != N):
        probabilities[place] = (1 - SEED_PROBABILITY) / 3
        probabilities[place, padded[place]] = SEED_PROBABILITY
    return Motif("seed", probabilities, SEED_SITES)


def grow(
    pattern: NDArray[np.uint8], sequences: Sequences, residuals: NDArray[np.float64]
) -> Motif | None:
    """Grow a word into the motif whose presence goes best with `residuals` `(n,)`.

    In each round every sequence gives its best site, weighed by how probable a site it is and by
    how much of its target is left to explain; sequences with residuals below 0 give none. Of all
    rounds, the motif whose site probabilities correlate most with the residuals is returned, its
    name being its consensus; None if not even the word occurs.
    """
    motif = seed_motif(pattern, sequences.background)
    weights = np.maximum(residuals, 0.0)
    weights /= max(float(weights.max()), np.finfo(np.float64).tiny)
    best: Motif | None = None
    best_quality = 0.0
    for _ in range(ROUNDS):
        sites = sequences.scanner.best_sites(score_table(motif, sequences.background))
        probability = site_probability(sites, sequences.lengths, len(motif.probabilities))
        motif = _estimated(sequences, sites, weights * probability, len(motif.probabilities))
        quality = _correlation(probability, residuals)
        if quality > best_quality:
            best, best_quality = motif, quality
    if best is None:
        return None
    core = trimmed(best, sequences.background, LEAST_BITS, LEAST_WIDTH)
    return Motif(core.consensus, core.probabilities, core.sites)


def site_probability(sites: Sites, lengths: IntArray, width: int) -> NDArray[np.float64]:
    """Return how probable it is that each best site is one, `(n,)`.

    Half of the sequences are expected to hold a site, at any place on either strand, so that the
    odds are the likelihood ratio over the number of places.
    """
    places = 2.0 * np.maximum(1, lengths - width + 1)
    log_odds = sites.scores / SCORE_UNIT * np.log(2.0) - np.log(places)
    probability = 1.0 / (1.0 + np.exp(-np.clip(log_odds, -500, 500)))
    return np.where(sites.starts < 0, 0.0, probability)


def _estimated(
    sequences: Sequences, sites: Sites, weights: NDArray[np.float64], width: int
) -> Motif:
    """Estimate a motif from weighted sites, with the background as one site more."""
    rows = np.flatnonzero((weights > 1e-6) & (sites.starts >= 0))
    places = sites.starts[rows, None] + np.arange(width)
    bases = sequences.codes[rows[:, None], places]
    other = np.where(bases == N, N, 3 - np.minimum(bases, 3))[:, ::-1]
    bases = np.where(sites.is_reverse[rows, None], other, bases)
    counts = np.tile(sequences.background, (width, 1))
    for base in range(len(LETTERS)):
        counts[:, base] += weights[rows] @ (bases == base)
    probabilities = counts / counts.sum(axis=1, keepdims=True)
    return Motif("estimated", probabilities, float(weights[rows].sum()) + 1.0)


def _correlation(left: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    deviations = left.std() * right.std()
    if deviations < 1e-12:
        return 0.0
    return float(((left - left.mean()) * (right - right.mean())).mean() / deviations)
