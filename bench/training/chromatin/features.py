"""Features of genes: predictions of a chromatin model, summed over bins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.data.examples import ArrayExamples
from bench.interface import BenchError, Model
from bench.interface.context import silent
from bench.training.chromatin.keys import window_keys
from bench.training.chromatin.places import Loci
from bench.training.chromatin.store import PredictionStore
from bench.training.chromatin.windows import Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray, Examples, Progress
    from bench.training.chromatin.geometry import Geometry

WINDOW_BASES = 1 << 25
"""bp that the chromatin model is shown in one call."""
BATCH_BASES = 1 << 22
"""bp around genes that are held in memory at a time; fingerprints take 24 bytes for each."""
BATCH_VALUES = 1 << 23
"""Predictions that are summed at a time."""


class ChromatinFeatures:
    """Computes the features of items.

    Args:
        upstream: the chromatin model, fitted.
        geometry: bins and sums.
        span: what is read, and the windows that the chromatin model is shown.
        grid: bp to which places are rounded, with predictions kept; 0 for neither.
        folder: where predictions are kept; None for in memory, during one call.
        directed: whether items are read in the direction of transcription.

    Raises:
        BenchError: the chromatin model reads more than it would be shown, or predicts profiles.
    """

    def __init__(
        self,
        upstream: Model,
        geometry: Geometry,
        *,
        span: Span,
        grid: int,
        folder: Path | None = None,
        directed: bool,
    ) -> None:
        refuse_longer(upstream, span.window)
        self._upstream = upstream
        self._geometry = geometry
        self._span = span
        self._grid = grid
        self._folder = folder
        self._directed = directed
        self.targets = self.predicted(np.zeros((0, span.window), dtype=np.uint8)).shape[1]

    @property
    def columns(self) -> int:
        """Number of features."""
        return len(self._geometry.weights) * int(self.targets)

    def of(self, examples: Examples, progress: Progress = silent) -> NDArray[np.float32]:
        """Return the features of all items, `(n, columns)`."""
        loci = Loci.of(examples, directed=self._directed)
        places = loci.places(self._geometry.offsets, self._grid, self._span)
        if not self._grid:
            return self._exact(examples, loci, places, progress)
        keys = self._keys(examples, loci, places)
        store = PredictionStore(self._folder, self.targets)
        self._fill(store, examples, loci, places, keys, progress)
        features = np.empty((len(examples), self.columns), dtype=np.float32)
        for rows in self._batches(examples):
            features[rows] = self._geometry.features(store.get(keys[rows]))
        return features

    def _exact(
        self, examples: Examples, loci: Loci, places: NDArray[np.int64], progress: Progress
    ) -> NDArray[np.float32]:
        features = np.empty((len(examples), self.columns), dtype=np.float32)
        for rows in self._batches(examples):
            progress(rows.start, len(examples), "chromatin")
            every = np.ones(places[rows].shape, dtype=bool)
            predicted = self.predicted(self._windows(examples, loci, places, rows, every))
            by_gene = predicted.reshape(*every.shape, self.targets)
            features[rows] = self._geometry.features(by_gene)
        return features

    def _keys(
        self, examples: Examples, loci: Loci, places: NDArray[np.int64]
    ) -> NDArray[np.uint64]:
        """Fingerprint all windows, `(n, bins)`."""
        keys = np.empty(places.shape, dtype=np.uint64)
        for rows in self._batches(examples):
            codes = self._span.read(examples[rows], loci[rows])
            begins = self._span.begins(loci[rows], places[rows])
            keys[rows] = window_keys(codes, begins, self._span.window)
        return keys

    def _fill(
        self,
        store: PredictionStore,
        examples: Examples,
        loci: Loci,
        places: NDArray[np.int64],
        keys: NDArray[np.uint64],
        progress: Progress,
    ) -> None:
        """Predict the windows that the store does not have, each once."""
        store.refresh()
        distinct, first = np.unique(keys, return_index=True)
        missing = np.zeros(keys.shape, dtype=bool)
        missing.reshape(-1)[first[~store.has(distinct)]] = True
        total, done = int(missing.sum()), 0
        waiting: list[tuple[CodeArray, NDArray[np.uint64]]] = []
        for rows in self._batches(examples):
            if missing[rows].any():
                windows = self._windows(examples, loci, places, rows, missing[rows])
                waiting.append((windows, keys[rows][missing[rows]]))
            count = sum(len(windows) for windows, _ in waiting)
            if waiting and (count * self._span.window >= WINDOW_BASES or done + count == total):
                progress(done, total, "chromatin")
                codes, names = (np.concatenate(parts) for parts in zip(*waiting, strict=True))
                store.add(names, self.predicted(codes))
                done, waiting = done + count, []
        store.refresh()

    def _windows(
        self,
        examples: Examples,
        loci: Loci,
        places: NDArray[np.int64],
        rows: slice,
        chosen: NDArray[np.bool_],
    ) -> CodeArray:
        """Read chosen windows of some items: `chosen` `(items, bins)` to codes `(m, window)`."""
        used = np.flatnonzero(chosen.any(axis=1))
        items = used + rows.start
        codes = self._span.read(examples[items], loci[items])
        begins = self._span.begins(loci[items], places[items])
        which, bins = np.nonzero(chosen[used])
        return self._span.cut(codes, which, begins[which, bins])

    def predicted(self, codes: CodeArray) -> NDArray[np.float32]:
        """Return the chromatin model's predictions for windows: `(m, window)` to `(m, targets)`."""
        predicted = np.asarray(self._upstream.predict(ArrayExamples(codes)), dtype=np.float32)
        if predicted.ndim != 2:
            raise BenchError(
                f"model {self._upstream.card.name} predicts profiles, expected one value for each "
                "target"
            )
        return predicted

    def _batches(self, examples: Examples) -> Iterator[slice]:
        """Yield slices of items that fit into memory together."""
        values = len(self._geometry.offsets) * max(1, self.targets, self._span.window // 8)
        size = max(1, min(BATCH_BASES // self._span.length, BATCH_VALUES // values))
        for start in range(0, len(examples), size):
            yield slice(start, min(start + size, len(examples)))


def refuse_longer(upstream: Model, window: int) -> None:
    """Refuse a chromatin model that would read beyond the window it is shown.

    Raises:
        BenchError: it would.
    """
    card = upstream.card
    own = getattr(upstream, "settings", None)
    reads = getattr(own, card.length_setting, 0) if card.length_setting else 0
    if reads > window:
        raise BenchError(
            f"window is {window}, expected at least {reads}, which model {card.name} reads"
        )
