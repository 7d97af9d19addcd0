"""Nearest training sequence: how much of a score is memory of near-identical training items."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from bench.data.kmers import count_kmers, unit_rows
from bench.interface import DEFAULT_HEAD, BenchError, FitContext, Model
from bench.interface.estimator import feature_batches
from bench_baselines import NEAREST_CARD
from bench_baselines.arrays import load_heads, save_heads
from bench_baselines.prevalence import measured_means

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from scipy.sparse import csc_array, csr_array

    from bench.interface import Examples, FloatArray

LONGEST_K = 10
BLOCK_CELLS = 1 << 24
"""Similarities that are held in memory at a time."""


class Nearest(Model):
    """Mean target of the training items with the most similar k-mer counts, weighted by similarity.

    Similarity is the cosine of the counts of canonical k-mers. An item that shares no k-mer with
    any training item is given the training mean.

    Args:
        k: length of the k-mers, 1 to 10.
        neighbours: how many training items are averaged.

    Raises:
        BenchError: a setting is out of range.
    """

    card = NEAREST_CARD

    def __init__(self, *, k: int = 8, neighbours: int = 5) -> None:
        if not 1 <= k <= LONGEST_K:
            raise BenchError(f"k is {k}, expected 1 to {LONGEST_K}")
        if neighbours < 1:
            raise BenchError(f"neighbours is {neighbours}, expected 1 or more")
        self._k = k
        self._neighbours = neighbours
        self._kmers: dict[str, csr_array] = {}
        self._heads: dict[str, dict[str, NDArray[Any]]] = {}

    def fit(self, train: Examples, valid: Examples, context: FitContext) -> None:  # noqa: ARG002
        """Remember k-mers and targets of the training items.

        Raises:
            BenchError: a target has no measured value.
        """
        from scipy.sparse import vstack

        for head, shape in context.shape.heads.items():
            part = train.of_head(head)
            targets = part.targets(head)
            means = measured_means(targets, shape.targets)
            self._kmers[head] = vstack([kmers for _, kmers in self._unit_kmers(part)], "csr")
            self._heads[head] = {"targets": targets, "means": means}

    def _unit_kmers(self, examples: Examples) -> Iterator[tuple[slice, csr_array]]:
        for rows in feature_batches(examples):
            yield rows, unit_rows(count_kmers(examples[rows].windows(), self._k))

    def predict(self, examples: Examples, head: str = DEFAULT_HEAD) -> FloatArray:
        """Return probabilities or values, float64 `(n, targets)`."""
        fitted = self._heads[head]
        known = self._kmers[head].T
        block = max(1, BLOCK_CELLS // known.shape[1])
        predictions = np.empty((len(examples), len(fitted["means"])))
        for rows, kmers in self._unit_kmers(examples):
            for start in range(0, kmers.shape[0], block):
                similarity, nearest = most_similar(
                    kmers[start : start + block], known, self._neighbours
                )
                averaged = weighted_means(similarity, fitted["targets"][nearest], fitted["means"])
                first = rows.start + start
                predictions[first : first + len(averaged)] = averaged
        return predictions

    def save(self, folder: Path) -> None:
        """Write the k-mers and targets of the training items."""
        from scipy.sparse import save_npz

        save_heads(folder, self._heads)
        names = {}
        for number, (head, kmers) in enumerate(self._kmers.items()):
            names[head] = f"kmers-{number}.npz"
            save_npz(folder / names[head], kmers)
        (folder / "kmers.json").write_text(json.dumps(names))

    @classmethod
    def load(cls, folder: Path, context: FitContext) -> Self:
        """Read back what `save` wrote."""
        from scipy.sparse import csr_array, load_npz

        model = cls(**context.settings)
        model._heads = load_heads(folder)
        names: dict[str, str] = json.loads((folder / "kmers.json").read_text())
        model._kmers = {head: csr_array(load_npz(folder / name)) for head, name in names.items()}
        return model


def most_similar(
    kmers: csr_array, known: csc_array, neighbours: int
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Find the columns of `known` that are most similar to each row of `kmers`.

    Args:
        kmers: unit rows, `(m, columns)`.
        known: unit columns, `(columns, items)`.
        neighbours: how many are found, or all items where there are fewer.

    Returns:
        Cosine similarities and item numbers, both `(m, neighbours)`.
    """
    similarity = (kmers @ known).toarray()
    count = min(neighbours, similarity.shape[1])
    nearest = np.argpartition(-similarity, count - 1, axis=1)[:, :count]
    return np.take_along_axis(similarity, nearest, axis=1), nearest


def weighted_means(
    similarity: NDArray[np.float32], targets: FloatArray, means: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Average the targets of neighbours, leaving out NaN.

    Args:
        similarity: weights, `(m, neighbours)`.
        targets: the neighbours' targets, `(m, neighbours, targets)`.
        means: what stands in where all weights are 0, `(targets,)`.

    Returns:
        `(m, targets)`.
    """
    weights = similarity[:, :, None].astype(np.float64) * ~np.isnan(targets)
    totals = weights.sum(axis=1)
    sums = (weights * np.nan_to_num(targets)).sum(axis=1)
    averaged: NDArray[np.float64] = np.where(
        totals > 0, sums / np.where(totals > 0, totals, 1), means
    )
    return averaged
