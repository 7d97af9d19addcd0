"""Functions of the distance between two positions, which attention weighs.

Those of Enformer (Avsec et al. 2021, doi:10.1038/s41592-021-01252-x, Methods): exponential decays,
indicators of near positions and densities of gamma distributions, each once as it is and once with
the sign of the distance.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from bench_enformer.settings import FEATURE_KINDS

SHORTEST_HALF_LIFE = 3
"""Base 2 logarithm of the shortest half-life, in positions."""
LEAST_DENSITY = 1e-8
"""Added to densities, so that none is 0."""


def position_features(length: int, features: int) -> Tensor:
    """Return features of all distances of a sequence.

    Args:
        length: positions of the sequence.
        features: a multiple of 6.

    Returns:
        `(2 * length - 1, features)` in double precision, on the CPU: rows are the distances
        `-(length - 1)` to `length - 1` of a key from its query, in positions; columns are the
        three families and then the three times the sign of the distance.
    """
    count = features // FEATURE_KINDS
    # Logarithms of the gamma function of arguments above 1,000 need double precision. The CPU is
    # named because a network may be made on a device that holds no values.
    signed = torch.arange(-length + 1, length, dtype=torch.float64, device="cpu")[:, None]
    distances = signed.abs()
    families = (
        exponential(distances, count, length),
        central_mask(distances, count),
        gamma(distances, count, length),
    )
    symmetric = torch.cat(families, dim=1)
    return torch.cat((symmetric, signed.sign() * symmetric), dim=1)


def exponential(distances: Tensor, count: int, length: int) -> Tensor:
    """Return decays with half-lives from 8 positions to the sequence's length.

    Args:
        distances: `(n, 1)`, 0 or more, in positions.
        count: decays.
        length: positions of the sequence.

    Returns:
        `(n, count)`, 1 at distance 0.
    """
    half_lives = 2 ** _steps(SHORTEST_HALF_LIFE, math.log2(length), count)
    return torch.exp2(-distances / half_lives)


def central_mask(distances: Tensor, count: int) -> Tensor:
    """Return 1 for distances, `(n, 1)`, below 1, 3, 7 ..., and 0 for others: `(n, count)`."""
    widths = 2 ** torch.arange(1, count + 1, dtype=torch.float64, device="cpu") - 1
    return (distances < widths).double()


def gamma(distances: Tensor, count: int, length: int) -> Tensor:
    """Return densities of gamma distributions whose means are evenly spaced over the length.

    Each curve is divided by its largest value over all distances, as in the released weights'
    own features; a division by the largest of the curves at each distance is another function.

    Args:
        distances: `(n, 1)`, 0 or more, in positions; all that occur in the sequence.
        count: curves.
        length: positions of the sequence.

    Returns:
        `(n, count)`, 1 where a curve is largest.
    """
    means = _steps(length / count, length, count)
    deviation = length / (2 * count)
    shape, rate = (means / deviation) ** 2, means / deviation**2
    scale = torch.lgamma(shape) - shape * rate.log()
    density = torch.exp(torch.xlogy(shape - 1, distances) - rate * distances - scale)
    density = density + LEAST_DENSITY
    return density / density.amax(dim=0)


def _steps(first: float, last: float, count: int) -> Tensor:
    return torch.linspace(first, last, count, dtype=torch.float64, device="cpu")
