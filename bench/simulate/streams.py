"""Independent random streams, one for each named part of a simulation."""

from __future__ import annotations

import numpy as np


def stream(seed: int, *part: str) -> np.random.Generator:
    """Return the generator of one part, such as `("layout", "sim1")`.

    The name itself is the spawn key, so a stream depends on nothing but the seed and the name:
    adding, dropping or reordering parts leaves every other part as it was.
    """
    key = tuple("/".join(part).encode())
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
