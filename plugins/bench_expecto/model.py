"""ExPecto (Zhou et al. 2018, doi:10.1038/s41588-018-0160-6).

A chromatin model is read every 200 bp within 20 kb of the TSS. Its predictions are summed with
weights that fade with distance, upstream and downstream apart, and a linear model for each
condition takes these sums to expression, in the units of the task: the authors' targets are
natural logarithms.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.interface import DEFAULT_HEAD
from bench.interface.estimator import learnable
from bench.training.chromatin.boosters import load_boosters, matrix, save_boosters
from bench.training.chromatin.model import ChromatinModel
from bench_expecto import CARD
from bench_expecto.geometry import expecto_geometry
from bench_expecto.linear import Scaling, fit_linear
from bench_expecto.settings import ExpectoSettings
from bench_expecto.variants import chromatin_changes, variant_features

if TYPE_CHECKING:
    import xgboost
    from numpy.typing import NDArray

    from bench.interface import CodeArray, FitContext, FloatArray, IntArray
    from bench.training.chromatin.geometry import Geometry

SCALING = "scaling.npz"


class Expecto(ChromatinModel[ExpectoSettings]):
    """One linear booster for each condition."""

    card = CARD
    settings_class = ExpectoSettings
    _boosters: list[xgboost.Booster]
    _scaling: Scaling | None

    def geometry(self) -> Geometry:
        """Return 200 bins and ten sums, as published."""
        return expecto_geometry(self.settings.bins, self.settings.step)

    @property
    def needs_valid(self) -> bool:
        """The number of rounds is fixed."""
        return False

    def learn(
        self,
        train: NDArray[np.float32],
        valid: NDArray[np.float32],  # noqa: ARG002
        targets: tuple[FloatArray, FloatArray],
        context: FitContext,
    ) -> None:
        """Fit each condition to the genes in which it was measured.

        Raises:
            BenchError: a condition has no measured value.
        """
        names = context.shape.heads[DEFAULT_HEAD].targets
        self._scaling = Scaling.of(train) if self.settings.standardise else None
        scaled = self._scaled(train)
        self._boosters = []
        for column, name in enumerate(names):
            context.progress(column, len(names), name)
            truth = targets[0][:, column]
            measured = ~np.isnan(truth)
            values = learnable(truth[measured], name, context.shape.kind)
            rows = scaled if measured.all() else scaled[measured]
            self._boosters.append(fit_linear(rows, values, self.settings, self.threads))
        context.progress(len(names), len(names))

    def _scaled(self, features: FloatArray) -> FloatArray:
        return features if self._scaling is None else self._scaling.apply(features)

    def predicted(self, features: FloatArray) -> NDArray[np.float64]:
        """Return values, `(n, conditions)`."""
        data = matrix(self._scaled(features), threads=self.threads)
        columns = [booster.predict(data) for booster in self._boosters]
        return np.stack(columns, axis=1).astype(np.float64)

    def variant_effects(
        self, changes: FloatArray, distances: IntArray, strands: IntArray
    ) -> NDArray[np.float64]:
        """Return changes of expression with the alternative allele, `(variants, conditions)`.

        The arguments are those of `variant_features`.
        """
        delta = variant_features(changes, distances, strands, self.settings.step)
        nothing = np.zeros((1, delta.shape[1]))
        return self.predicted(delta) - self.predicted(nothing)

    def allele_effects(
        self,
        reference: CodeArray,
        alternative: CodeArray,
        distances: IntArray,
        strands: IntArray,
    ) -> NDArray[np.float64]:
        """Return changes of expression with the alternative allele, `(variants, conditions)`.

        Args:
            reference: bases of the genome's forward strand, codes
                `(variants, window + 8 * step)`, 3,600 bp as published, with the variant at the
                last one before the middle, index 1,799.
            alternative: the same with the other allele.
            distances: bp from the TSS to each variant, towards higher coordinates, `(variants,)`.
            strands: 1 or -1 for each variant's gene, `(variants,)`.

        Raises:
            BenchError: the sequences are not as long as the windows need.
        """
        window, step = self.settings.window, self.settings.step
        predict = self.features.predicted
        changes = chromatin_changes(predict, reference, alternative, window, step)
        return self.variant_effects(changes, distances, strands)

    def parameter_count(self) -> int:
        """Count a weight for each feature and a constant, for each condition."""
        return (self.features.columns + 1) * len(self._boosters)

    def save(self, folder: Path) -> None:
        """Write the boosters and the units of the features."""
        save_boosters(folder, self._boosters)
        if self._scaling is not None:
            np.savez(folder / SCALING, centre=self._scaling.centre, scale=self._scaling.scale)

    def read(self, folder: Path) -> None:
        """Read back what `save` wrote."""
        self._boosters = load_boosters(folder, self.targets, self.threads)
        self._scaling = None
        if not self.settings.standardise:
            return
        with np.load(folder / SCALING, allow_pickle=False) as arrays:
            self._scaling = Scaling(arrays["centre"], arrays["scale"])
