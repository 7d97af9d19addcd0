"""Discovers motifs one after the other, each where the earlier ones leave most to explain.

Instead of masking the sites of a motif, its scores are regressed out of the targets: the next word
is the one whose presence goes best with the residuals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.data.motifs import Motif
from bench_pwm.motif import SCORE_UNIT, score_table
from bench_pwm.refine import Sequences, grow, site_probability
from bench_pwm.words import candidate_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

LEAST_Z = 5.0
"""Enrichment below this is expected by chance among the hundred thousand words that are tried."""

LEAST_HELD = 5
WORDS_PER_SHAPE = 100
MOST_TARGETS = 8
MOST_MOTIFS = 32
RIDGE = 1e-3


@dataclass(frozen=True, slots=True)
class Seed:
    """A word, the target that it is enriched for, and the sign of its effect."""

    word: int
    target: int
    sign: float
    z: float


def discover(
    sequences: Sequences,
    targets: NDArray[np.floating],
    per_target: int,
    *,
    both_signs: bool,
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005
) -> list[Motif]:
    """Discover motifs.

    Args:
        sequences: what to search.
        targets: `(n, targets)`, NaN where not measured.
        per_target: most motifs for one target; there are at most `MOST_MOTIFS` for all.
        both_signs: also look for motifs that go with low targets.
        progress: called with the number of motifs found and the most there can be.

    Returns:
        Motifs in the order of discovery, named by number and consensus; at least one wherever a
        word occurs in enough sequences.
    """
    standard = standardised(summarised(targets))
    signs = (1.0, -1.0) if both_signs else (1.0,)
    seen = np.concatenate([sign * standard for sign in signs], axis=1)
    least_held = max(LEAST_HELD, len(standard) // 500)
    words = candidate_words(sequences.codes, seen, WORDS_PER_SHAPE, least_held)
    most = min(MOST_MOTIFS, per_target * standard.shape[1])
    available = np.ones((len(words.patterns), standard.shape[1]), dtype=bool)
    found: list[Motif] = []
    found_for = np.zeros(standard.shape[1], dtype=int)
    features: list[NDArray[np.float64]] = []
    residuals = standard
    while len(found) < most and available.any():
        progress(len(found), most)
        seed = best_seed(words.enrichment(residuals), available, both_signs=both_signs)
        if seed.z <= 0 or (found and seed.z < LEAST_Z):
            break
        available[seed.word] = False
        motif = grow(words.patterns[seed.word], sequences, seed.sign * residuals[:, seed.target])
        if motif is None:
            continue
        found.append(Motif(f"{len(found) + 1}-{motif.name}", motif.probabilities, motif.sites))
        found_for[seed.target] += 1
        available[:, found_for >= per_target] = False
        features.extend(motif_features(motif, sequences))
        residuals = residuals_of(standard, np.stack(features, axis=1))
    return found


def best_seed(
    scores: NDArray[np.float64], available: NDArray[np.bool_], *, both_signs: bool
) -> Seed:
    """Return the most enriched word, of those `available` for a target, both `(words, targets)`."""
    strength = np.where(available, np.abs(scores) if both_signs else scores, -np.inf)
    word, target = np.unravel_index(int(strength.argmax()), strength.shape)
    z = float(strength[word, target])
    return Seed(int(word), int(target), float(np.sign(scores[word, target])), z)


def motif_features(motif: Motif, sequences: Sequences) -> list[NDArray[np.float64]]:
    """Return what the presence of a motif explains: its best score and its probability."""
    table = score_table(motif, sequences.background)
    sites = sequences.scanner.best_sites(table)
    probability = site_probability(sites, sequences.lengths, len(table))
    return [sites.scores / SCORE_UNIT, probability]


def summarised(targets: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return at most `MOST_TARGETS` columns: the mean of all targets, then those that vary most."""
    values = targets.astype(np.float64)
    if values.shape[1] <= MOST_TARGETS:
        return values
    measured = ~np.isnan(values)
    known = np.where(measured, values, 0.0)
    mean = known.sum(axis=1) / np.maximum(1, measured.sum(axis=1))
    order = np.argsort(-standard_deviation(values), kind="stable")[: MOST_TARGETS - 1]
    return np.concatenate([mean[:, None], values[:, np.sort(order)]], axis=1)


def standardised(targets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale each column to mean 0 and deviation 1 over its measured values; NaN becomes 0."""
    measured = ~np.isnan(targets)
    centred = np.where(measured, targets - _mean(targets), 0.0)
    deviation = standard_deviation(targets)
    scaled: NDArray[np.float64] = centred / np.where(deviation > 0, deviation, 1.0)
    return scaled


def standard_deviation(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard deviation of each column over its measured values, 0 without any."""
    measured = ~np.isnan(values)
    squares = np.where(measured, values - _mean(values), 0.0) ** 2
    deviation: NDArray[np.float64] = np.sqrt(
        squares.sum(axis=0) / np.maximum(1, measured.sum(axis=0))
    )
    return deviation


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    measured = ~np.isnan(values)
    sums = np.where(measured, values, 0.0).sum(axis=0)
    mean: NDArray[np.float64] = sums / np.maximum(1, measured.sum(axis=0))
    return mean


def residuals_of(
    targets: NDArray[np.float64], features: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what a linear function of `features` `(n, f)` leaves of `targets` `(n, t)`."""
    standard = standardised(features)
    gram = standard.T @ standard + RIDGE * len(standard) * np.eye(standard.shape[1])
    coefficients = np.linalg.solve(gram, standard.T @ targets)
    left = targets - standard @ coefficients
    centred: NDArray[np.float64] = left - left.mean(axis=0)
    return centred
