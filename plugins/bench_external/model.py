"""Scores that others have computed, looked up by chromosome, place and alleles.

Nothing is learnt. Every target is predicted the same, since a file has one score for a variant.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from bench.interface import DEFAULT_HEAD, BenchError, FitContext, Model
from bench_external import CARD
from bench_external.look_up import look_up, open_scores, shown
from bench_external.scored import Key, variant_key
from bench_external.settings import ScoreSettings

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from bench.interface import Examples

SETTINGS = "settings.json"
SAME_BUILD = {"grch37": "hg19", "grch38": "hg38", "grcm38": "mm10"}
"""Names of builds whose chromosomes are the same, the mitochondrial one apart."""


class ExternalScore(Model):
    """Looks up the scores of variants in a file.

    Args:
        file: path of the file.
        column: where scores stand in it.
        missing: the score of a variant that has none, or `error`.
        sign: 1 or -1, by which scores are multiplied.
        build: genome build of the file.

    Raises:
        BenchError: a setting is out of range.
    """

    card = CARD
    _context: FitContext

    def __init__(
        self,
        *,
        file: str = "",
        column: str = "",
        missing: str = "0",
        sign: int = 1,
        build: str = "",
    ) -> None:
        self._settings = ScoreSettings(
            file=file, column=column, missing=missing, sign=sign, build=build
        )

    def fit(self, train: Examples, valid: Examples, context: FitContext) -> None:  # noqa: ARG002
        """Check that the file can be read; nothing is learnt.

        Raises:
            BenchError: no file is named, or it is of another genome build than the task.
            DataError: no such file, or its header does not fit.
        """
        self._settings.refuse_no_file()
        for head in context.shape.heads.values():
            refuse_other_build(self._settings.build, head.genome)
        open_scores(Path(self._settings.file), self._settings.column)
        self._context = context

    def predict(self, examples: Examples, head: str = DEFAULT_HEAD) -> NDArray[np.float32]:
        """Return the score of each variant in every column, float32 `(n, targets)`.

        Raises:
            BenchError: an item is no variant of a genome, has no score where that is an error, or
                no item has one.
            DataError: a malformed line, or two lines with different scores of a variant.
        """
        targets = len(self._context.shape.heads[head].targets)
        if not len(examples):
            return np.zeros((0, targets), dtype=np.float32)
        items = examples.items
        keys = _keys(items)
        file = open_scores(Path(self._settings.file), self._settings.column)
        scores = look_up(file, keys, self._context.progress)
        filled = self._filled(scores, keys) * self._settings.sign
        return np.repeat(filled.astype(np.float32)[:, None], targets, axis=1)

    def _filled(self, scores: NDArray[np.float64], keys: list[Key]) -> NDArray[np.float64]:
        """Give variants that have no score the one for missing ones, and tell how many they are."""
        lacking = np.flatnonzero(np.isnan(scores))
        if not len(lacking):
            return scores
        told = (
            f"{len(lacking):,} of {len(keys):,} variants have no score in {self._settings.file}, "
            f"such as {shown(keys[lacking[0]])}"
        )
        missing = self._settings.missing_score
        if missing is None:
            raise BenchError(told)
        if len(lacking) == len(keys):
            raise BenchError(f"{told}; expected scores of this genome build, of some at least")
        self._context.log.warning("%s; they count as %g", told, missing)
        return np.where(np.isnan(scores), missing, scores)

    def save(self, folder: Path) -> None:
        """Write the settings, with the file's path from the root; its content stays where it is."""
        settings = replace(self._settings, file=str(Path(self._settings.file).absolute()))
        (folder / SETTINGS).write_text(json.dumps(dict(settings.as_preset()), indent=1) + "\n")

    @classmethod
    def load(cls, folder: Path, context: FitContext) -> Self:
        """Read back what `save` wrote.

        Raises:
            DataError: the file of scores is gone, or another header stands in it.
        """
        model = cls(**json.loads((folder / SETTINGS).read_text()))
        open_scores(Path(model._settings.file), model._settings.column)
        model._context = context
        return model


def _keys(items: pd.DataFrame) -> list[Key]:
    """Return under what each item is looked up.

    Raises:
        BenchError: items are no variants, or lie on no genome.
    """
    if not {"ref", "alt"} <= set(items):
        raise BenchError("items have no ref and alt: precomputed scores are of variants")
    columns = ["item", "chrom", "start", "ref", "alt"]
    keys = []
    for item, chrom, start, ref, alt in items[columns].itertuples(index=False, name=None):
        if not chrom or not (ref or alt):
            raise BenchError(
                f"variant {item!r} has no place on a genome: precomputed scores are looked up by it"
            )
        keys.append(variant_key(chrom, int(start), ref, alt))
    return keys


def refuse_other_build(build: str, genome: str | None) -> None:
    """Refuse scores of another genome build than that of the task.

    Raises:
        BenchError: both are told and differ.
    """
    names = [SAME_BUILD.get(name.lower(), name) for name in (build, genome or "")]
    if all(names) and names[0] != names[1]:
        raise BenchError(f"scores are of build {build}, the task is of {genome}")
