"""A linear function of k-mer features: what a fitted linear SVM comes down to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

HEADS = "heads.json"


@dataclass(frozen=True, slots=True)
class LinearScore:
    """Scores `x @ weights.T + intercepts`.

    `weights` is `(targets, features)`, `intercepts` is `(targets,)`.
    """

    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]

    def of_features(self, features: csr_array) -> NDArray[np.float64]:
        """Return scores, `(n, targets)`."""
        scores: NDArray[np.float64] = features @ self.weights.T + self.intercepts
        return scores

    def rescaled(self, centre: NDArray[np.float64], scale: NDArray[np.float64]) -> Self:
        """Return the function whose scores are `centre + scale * score`."""
        weights = self.weights * scale[:, None]
        return type(self)(weights, self.intercepts * scale + centre)


def save_scores(folder: Path, scores: Mapping[str, LinearScore]) -> None:
    """Write the functions of all heads as `.npy` files, with the names of the heads as JSON."""
    (folder / HEADS).write_text(json.dumps(list(scores)))
    for number, score in enumerate(scores.values()):
        np.save(folder / f"weights-{number}.npy", score.weights)
        np.save(folder / f"intercepts-{number}.npy", score.intercepts)


def load_scores(folder: Path) -> dict[str, LinearScore]:
    """Read back what `save_scores` wrote."""
    heads: list[str] = json.loads((folder / HEADS).read_text())
    return {
        head: LinearScore(
            np.load(folder / f"weights-{number}.npy"), np.load(folder / f"intercepts-{number}.npy")
        )
        for number, head in enumerate(heads)
    }
