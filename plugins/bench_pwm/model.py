"""The motif scan: how far one gets with the best site of each of some motifs.

An item is described by the log-odds of the best site of each motif on either strand, as far as they
exceed a threshold, and a linear function of these is fitted to each target. Motifs come from a file
or are discovered in the training items; thresholds are learnt from the training items.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from bench.data.motifs import Motif, read_motifs, write_meme
from bench.interface import BenchError, EstimatorModel, FitContext
from bench_pwm import CARD
from bench_pwm.discovery import discover
from bench_pwm.motif import SCORE_UNIT, base_frequencies, score_table
from bench_pwm.refine import Sequences
from bench_pwm.sample import Sample, sampled
from bench_pwm.scan import Scanner, best_scores
from bench_pwm.thresholds import best_thresholds

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.base import BaseEstimator

    from bench.interface import Examples, FloatArray

SHOWN = 32
"""How many motifs are named in the log."""


class Pwm(EstimatorModel):
    """Logistic or ridge regression on the best sites of motifs.

    Args:
        motifs: path of a MEME or JASPAR file; empty to discover motifs.
        n_motifs: most motifs to discover for one target.
        c: inverse strength of the regularisation.

    Attributes:
        motifs: the motifs, once fitted.
        background: base frequencies of the training items, `(4,)`.
        tables: score table of each motif, see `score_table`.
        thresholds: where the score of each motif begins to count, in thousandths of a bit.

    Raises:
        BenchError: a setting is out of range.
    """

    card = CARD

    def __init__(self, *, motifs: str = "", n_motifs: int = 8, c: float = 1.0) -> None:
        if n_motifs < 1:
            raise BenchError(f"n_motifs is {n_motifs}, expected 1 or more")
        if c <= 0:
            raise BenchError(f"c is {c:g}, expected a positive number")
        self._motif_file = motifs
        self._n_motifs = n_motifs
        self._c = c
        self.motifs: list[Motif] = []
        self.background = np.full(4, 0.25)
        self.tables: list[NDArray[np.int32]] = []
        self.thresholds = np.zeros(0, dtype=np.int32)

    def fit(self, train: Examples, valid: Examples, context: FitContext) -> None:
        """Find motifs, thresholds and weights.

        Raises:
            DataError: the motif file is not usable.
            BenchError: no motif was discovered, or a target cannot be learnt from.
        """
        heads = list(context.shape.heads)
        first = sampled(train, heads[0])
        self.background = base_frequencies(first.codes)
        if self._motif_file:
            found = [(first, read_motifs(Path(self._motif_file)))]
        else:
            samples = [first, *(sampled(train, head) for head in heads[1:])]
            found = [(sample, self._discovered(sample, context)) for sample in samples]
        self.motifs = [motif for _, motifs in found for motif in motifs]
        if not self.motifs:
            raise BenchError("no motif found: no word of 6 bases stands in enough training items")
        named = " ".join(motif.name for motif in self.motifs[:SHOWN])
        context.log.info("%d motifs: %s", len(self.motifs), named)
        self.tables = [score_table(motif, self.background) for motif in self.motifs]
        self.thresholds = np.concatenate([self._thresholds(*each) for each in found])
        super().fit(train, valid, context)

    def _discovered(self, sample: Sample, context: FitContext) -> list[Motif]:
        scanner = Scanner(sample.codes, sample.lengths)
        return discover(
            Sequences(sample.codes, sample.lengths, scanner, self.background),
            sample.targets,
            self._n_motifs,
            both_signs=context.shape.kind.has_values,
            progress=context.progress,
        )

    def _thresholds(self, sample: Sample, motifs: list[Motif]) -> NDArray[np.int32]:
        """Learn thresholds from the head whose motifs they are."""
        tables = [score_table(motif, self.background) for motif in motifs]
        return best_thresholds(best_scores(sample.codes, sample.lengths, tables), sample.targets)

    def features(self, examples: Examples) -> FloatArray:
        """Return how far the best site of each motif exceeds its threshold, in bits."""
        scores = best_scores(examples.windows(), examples.lengths, self.tables)
        excess: FloatArray = np.maximum(scores - self.thresholds, 0) / SCORE_UNIT
        return excess

    def estimator(self, context: FitContext) -> BaseEstimator:
        """Regression on standardised features."""
        from sklearn.linear_model import LogisticRegression, Ridge
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        if context.shape.kind.has_values:
            return make_pipeline(StandardScaler(), Ridge(alpha=1 / self._c))
        return make_pipeline(StandardScaler(), LogisticRegression(C=self._c, max_iter=1000))

    def save(self, folder: Path) -> None:
        """Write estimators, score tables, and the motifs for others to read as `motifs.meme`."""
        super().save(folder)
        write_meme(folder / "motifs.meme", self.motifs, self.background)
        # The text is rounded; these are exact.
        np.save(folder / "tables.npy", np.concatenate(self.tables))
        np.save(folder / "widths.npy", [len(table) for table in self.tables])
        np.save(folder / "thresholds.npy", self.thresholds)

    @classmethod
    def load(cls, folder: Path, context: FitContext) -> Self:
        """Read back what `save` wrote."""
        model = super().load(folder, context)
        model.motifs = read_motifs(folder / "motifs.meme")
        widths = np.load(folder / "widths.npy")
        model.tables = np.split(np.load(folder / "tables.npy"), np.cumsum(widths)[:-1])
        model.thresholds = np.load(folder / "thresholds.npy")
        return model
