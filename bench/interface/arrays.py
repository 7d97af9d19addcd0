"""Names for the array types that cross the interface."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

CodeArray: TypeAlias = NDArray[np.uint8]
"""Bases as codes: A 0, C 1, G 2, T 3, N 4."""

FloatArray: TypeAlias = NDArray[np.floating]
"""Targets, predictions and scores."""

IntArray: TypeAlias = NDArray[np.integer]
"""Row numbers, positions and counts."""
