"""Saturation mutagenesis: every single-base change of a stretch of a sequence, and what it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import LETTERS, N
from bench.data.variant import spliced
from bench.effects.scores import Score, compare
from bench.interface.context import Progress, silent

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from bench.effects.predictor import AllelePredictor
    from bench.interface.arrays import CodeArray, FloatArray, IntArray

AT_ONCE = 1 << 20
"""Bases that are handed to a model together."""
BASES = 4


@dataclass(frozen=True, slots=True)
class Substitutions:
    """Effects of all substitutions of a stretch.

    Attributes:
        codes: the bases of the stretch, `(positions,)`.
        scores: `(positions, 4, targets)`; 0 at the base that stands there, NaN where that is an N.
        has_sign: whether a score tells more from less active.
    """

    codes: CodeArray
    scores: FloatArray
    has_sign: bool = True

    @property
    def importance(self) -> FloatArray:
        """How much activity rests on each base: minus the mean effect of its three substitutions.

        Shape `(positions, targets)`; positive where a change lowers activity, 0 at an N. Of scores
        without a sign it is the mean itself.
        """
        known = np.where(np.isnan(self.scores), 0.0, self.scores)
        mean: FloatArray = known.sum(axis=1) / (BASES - 1)
        return -mean if self.has_sign else mean

    def table(self, targets: tuple[str, ...], first: int = 0) -> pd.DataFrame:
        """Return one line for each substitution.

        Args:
            targets: names of the columns of scores.
            first: position of the stretch's first base.
        """
        import pandas as pd

        places, bases = np.nonzero(self._changes() & ~np.isnan(self.scores).any(axis=2))
        letters = np.array(list(LETTERS))
        frame = pd.DataFrame(
            {
                "position": first + places,
                "ref": letters[self.codes[places]],
                "alt": letters[bases],
            }
        )
        for column, target in enumerate(targets):
            frame[target] = self.scores[places, bases, column]
        return frame

    def _changes(self) -> NDArray[np.bool_]:
        changes: NDArray[np.bool_] = np.arange(BASES) != self.codes[:, None]
        return changes


def substitutions(
    predictor: AllelePredictor,
    window: CodeArray,
    start: int,
    end: int,
    score: Score,
    *,
    naive: bool = False,
    progress: Progress = silent,
) -> Substitutions:
    """Replace every base of `[start, end)` of a window by each of the others.

    Args:
        predictor: the model.
        window: codes, `(length,)`, as long as the model reads.
        start: 0-based.
        end: likewise, not itself part of it.
        score: how both alleles are compared.
        naive: whether the model's own way to predict changes is left alone.
        progress: told of the positions that are done.
    """
    codes = window[start:end]
    quick = None if naive else predictor.mutagenesis(window)
    known = np.flatnonzero(codes != N)
    if quick is not None and len(known):
        # From the same sums: what a change does not reach differs by nothing.
        reference = quick(start + known[:1], codes[known[:1]])
    else:
        reference = predictor.predict(window[None])
    scores = np.full((len(codes), BASES, len(predictor.targets)), np.nan)
    scores[known, codes[known]] = 0.0
    each = max(1, AT_ONCE // (len(window) * (BASES - 1)))
    for begin in range(0, len(known), each):
        places = np.repeat(known[begin : begin + each], BASES - 1)
        bases = _others(codes[known[begin : begin + each]])
        if quick is not None:
            changed = quick(start + places, bases)
        else:
            changed = predictor.predict(_replaced(window, start + places, bases))
        references = np.broadcast_to(reference, changed.shape)
        scores[places, bases] = compare(score, references, changed).scores
        progress(min(begin + each, len(known)), len(known))
    return Substitutions(codes, scores, score is not Score.L2)


def _others(codes: CodeArray) -> CodeArray:
    """Return the three other bases of each base, one after the other."""
    others: CodeArray = ((codes[:, None] + np.arange(1, BASES)) % BASES).astype(np.uint8).ravel()
    return others


def _replaced(window: CodeArray, positions: IntArray, bases: CodeArray) -> CodeArray:
    changed = np.repeat(window[None], len(positions), axis=0)
    changed[np.arange(len(positions)), positions] = bases
    return changed


@dataclass(frozen=True, slots=True)
class LengthChange:
    """A deletion or an insertion within a window: `ref` at `place` becomes `alt`."""

    place: int
    ref: str
    alt: str


def deletions(
    window: CodeArray, start: int, end: int, size: int, last: int
) -> Iterator[LengthChange]:
    """Yield every deletion of `size` bases that begins within `[start, end)`.

    Args:
        window: codes, and behind it as many as a deletion takes away.
        start: 0-based.
        end: likewise, not itself part of it.
        size: how many bases.
        last: where deletions end at the latest.
    """
    letters = "".join(LETTERS[code] for code in window)
    for place in range(start, min(end, last - size + 1)):
        yield LengthChange(place, letters[place : place + size], "")


def insertions(start: int, end: int, inserted: str) -> Iterator[LengthChange]:
    """Yield the insertion of some bases before each base of `[start, end)`."""
    for place in range(start, end):
        yield LengthChange(place, "", inserted)


def length_changes(
    predictor: AllelePredictor,
    around: CodeArray,
    length: int | None,
    changes: list[LengthChange],
    score: Score,
    progress: Progress = silent,
) -> FloatArray:
    """Return the effect of each deletion or insertion, `(n, targets)`.

    Args:
        predictor: the model.
        around: codes of the window, and behind it as many as the longest deletion takes away.
        length: of the window; None: `around` is a whole sequence, which changes its length.
        changes: within it.
        score: how both alleles are compared.
        progress: told how many are done.
    """
    reference = predictor.predict(around[None, :length])
    size = len(around) if length is None else length
    scores = np.zeros((len(changes), len(predictor.targets)))
    each = max(1, AT_ONCE // size)
    for begin in range(0, len(changes), each):
        part = changes[begin : begin + each]
        cuts = [size + len(one.alt) - len(one.ref) if length is None else length for one in part]
        pairs = (
            spliced(around, one.place, one.ref, one.alt, cut)
            for one, cut in zip(part, cuts, strict=True)
        )
        changed = predictor.predict([after for _, after in pairs])
        references = np.broadcast_to(reference, changed.shape)
        scores[begin : begin + each] = compare(score, references, changed).scores
        progress(min(begin + each, len(changes)), len(changes))
    return scores
