"""The mean track: what is known of a profile before looking at its sequence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from bench.interface import DEFAULT_HEAD, BenchError, FitContext, Model
from bench_baselines import MEAN_TRACK_CARD
from bench_baselines.arrays import load_heads, save_heads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import Examples, FloatArray


class MeanTrack(Model):
    """The mean of each bin and target over the training items, for every item.

    Where items are centred on something, as on a TSS, that is its usual profile; else it hardly
    differs from bin to bin.
    """

    card = MEAN_TRACK_CARD

    def __init__(self) -> None:
        self._means: dict[str, NDArray[np.float64]] = {}

    def fit(self, train: Examples, valid: Examples, context: FitContext) -> None:  # noqa: ARG002
        """Take the means of what was measured.

        Raises:
            BenchError: a target has no measured value.
        """
        for head, shape in context.shape.heads.items():
            targets = train.of_head(head).targets(head)
            measured = ~np.isnan(targets)
            counts = measured.sum(axis=0)
            missing = np.flatnonzero(counts.sum(axis=0) == 0)
            if len(missing):
                name = shape.targets[missing[0]]
                raise BenchError(f"target {name!r} has no measured value in training")
            sums = np.where(measured, targets, 0.0).sum(axis=0, dtype=np.float64)
            overall = sums.sum(axis=0) / counts.sum(axis=0)
            # A bin that was never measured gets the mean of all.
            self._means[head] = np.where(counts > 0, sums / np.maximum(counts, 1), overall)

    def predict(self, examples: Examples, head: str = DEFAULT_HEAD) -> FloatArray:
        """Return rates, float64 `(n, bins, targets)`."""
        means = self._means[head]
        return np.tile(means, (len(examples), 1, 1))

    def save(self, folder: Path) -> None:
        """Write the means."""
        save_heads(folder, {head: {"means": means} for head, means in self._means.items()})

    @classmethod
    def load(cls, folder: Path, context: FitContext) -> Self:  # noqa: ARG003
        """Read back what `save` wrote."""
        model = cls()
        model._means = {head: arrays["means"] for head, arrays in load_heads(folder).items()}
        return model
