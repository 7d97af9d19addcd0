"""Digests of what a simulation gives, so that no change goes unseen."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from bench.simulate.genome import SimulatedGenome
from bench.simulate.items import SimulatedItems

if TYPE_CHECKING:
    import pandas as pd

DECIMALS = 3
"""Numbers are compared to this many decimals: the last bits differ between processors."""


def codes_digest(genome: SimulatedGenome) -> str:
    """SHA-256 of the names and sequences of all chromosomes."""
    digest = hashlib.sha256()
    for chrom, codes in genome.chromosomes.items():
        digest.update(f"{chrom}:{len(codes)}\n".encode())
        digest.update(codes.tobytes())
    return digest.hexdigest()


def frame_digest(frame: pd.DataFrame) -> str:
    """SHA-256 of the column names and values of a table."""
    digest = hashlib.sha256()
    for name in frame.columns:
        values = frame[name].tolist()
        rounded = [f"{x:.{DECIMALS}f}" if isinstance(x, float) else str(x) for x in values]
        digest.update("\n".join([str(name), *rounded, ""]).encode())
    return digest.hexdigest()


def items_digest(items: SimulatedItems) -> str:
    """SHA-256 of items, names of targets and targets."""
    digest = hashlib.sha256(frame_digest(items.frame).encode())
    digest.update("\n".join(items.target_names).encode())
    scaled = np.rint(items.targets.astype(np.float64) * 10**DECIMALS).astype("<i8")
    digest.update(scaled.tobytes())
    return digest.hexdigest()
