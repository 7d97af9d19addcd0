"""Predictions of many changes of a sequence, for models that know a way shorter than each anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bench.interface.arrays import CodeArray, FloatArray, IntArray


class Mutagenesis(Protocol):
    """Predicts a sequence with one base replaced."""

    def __call__(self, positions: IntArray, bases: CodeArray) -> FloatArray:
        """Return what `Model.predict` would of each changed sequence, up to rounding.

        Args:
            positions: which base is replaced, 0-based, `(n,)`.
            bases: codes of what takes its place, `(n,)`; the base that stands there leaves the
                sequence as it is.

        Returns:
            Shape `(n, targets)`, or `(n, bins, targets)` for profiles.
        """
