"""MENTR (Koido et al. 2022, doi:10.1038/s41551-022-00961-8).

A chromatin model is read at 1,000 bins of 200 bp within 100 kb of the TSS of a promoter or
enhancer. Its predictions are summed with weights that fade with distance, both sides together, and
boosted trees for each cell type tell from these sums whether there is transcription.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.interface import DEFAULT_HEAD
from bench.interface.estimator import learnable
from bench.training.chromatin.boosters import load_boosters, matrix, save_boosters
from bench.training.chromatin.model import ChromatinModel
from bench_mentr import CARD
from bench_mentr.calibration import Calibration
from bench_mentr.geometry import mentr_geometry
from bench_mentr.settings import MentrSettings
from bench_mentr.trees import fit_trees, has_both

if TYPE_CHECKING:
    import xgboost
    from numpy.typing import NDArray

    from bench.interface import Examples, FitContext, FloatArray
    from bench.training.chromatin.geometry import Geometry

CALIBRATION = "calibration.npz"


class Mentr(ChromatinModel[MentrSettings]):
    """One ensemble of trees for each cell type, with its calibration."""

    card = CARD
    settings_class = MentrSettings
    _boosters: list[xgboost.Booster]
    _calibrations: list[Calibration]

    def geometry(self) -> Geometry:
        """Return 1,000 bins and five sums, as published."""
        return mentr_geometry(self.settings.bins, self.settings.step)

    def learn(
        self,
        train: NDArray[np.float32],
        valid: NDArray[np.float32],
        targets: tuple[FloatArray, FloatArray],
        context: FitContext,
    ) -> None:
        """Fit each cell type to the items in which it was measured.

        Raises:
            BenchError: a cell type has no measured value, or one class only.
        """
        names = context.shape.heads[DEFAULT_HEAD].targets
        self._boosters, self._calibrations = [], []
        for column, name in enumerate(names):
            context.progress(column, len(names), name)
            truth, checks = (split[:, column] for split in targets)
            known, checked = ~np.isnan(truth), ~np.isnan(checks)
            values = learnable(truth[known], name, context.shape.kind)
            held_out = valid[checked], checks[checked].astype(np.float64)
            if not has_both(held_out[1]):
                context.log.warning("target %s: one class in validation, not calibrated", name)
            booster = fit_trees(
                (train[known], values), held_out, self.settings, context.seed, self.threads
            )
            self._boosters.append(booster)
            self._calibrations.append(self._calibration(booster, *held_out))
        context.progress(len(names), len(names))

    def _calibration(
        self,
        booster: xgboost.Booster,
        features: NDArray[np.float32],
        truth: NDArray[np.float64],
    ) -> Calibration:
        if not (self.settings.calibrate and has_both(truth)):
            return Calibration.none()
        scores = booster.predict(matrix(features, threads=self.threads))
        return Calibration.fit(scores.astype(np.float64), truth)

    def predicted(self, features: FloatArray) -> NDArray[np.float64]:
        """Return probabilities, `(n, cell types)`."""
        data = matrix(features, threads=self.threads)
        pairs = zip(self._boosters, self._calibrations, strict=True)
        columns = [calibration.apply(booster.predict(data)) for booster, calibration in pairs]
        return np.stack(columns, axis=1)

    def allele_effects(self, reference: Examples, alternative: Examples) -> NDArray[np.float64]:
        """Return changes of the probabilities with the alternative allele, `(n, cell types)`.

        Both are the same items, whose sequences differ by their variants; each is read at all bins.
        """
        return self.predict(alternative) - self.predict(reference)

    def save(self, folder: Path) -> None:
        """Write the boosters and the points of the calibrations."""
        save_boosters(folder, self._boosters)
        points = {
            f"{axis}-{number}": getattr(calibration, axis)
            for number, calibration in enumerate(self._calibrations)
            for axis in ("x", "y")
        }
        with (folder / CALIBRATION).open("wb") as stream:
            np.savez(stream, allow_pickle=False, **points)

    def read(self, folder: Path) -> None:
        """Read back what `save` wrote."""
        self._boosters = load_boosters(folder, self.targets, self.threads)
        with np.load(folder / CALIBRATION, allow_pickle=False) as arrays:
            self._calibrations = [
                Calibration(arrays[f"x-{number}"], arrays[f"y-{number}"])
                for number in range(self.targets)
            ]
