"""Scores of variants, a few thousand alleles at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import LETTERS, N, decode, encode
from bench.data.variant import Variant, allele_windows
from bench.effects.scores import Comparison, Score, compare
from bench.interface.errors import BenchError, DataError

if TYPE_CHECKING:
    from pathlib import Path

    from bench.data.genome import GenomeStore
    from bench.effects.predictor import AllelePredictor, Sequences
    from bench.effects.records import AlleleRecord
    from bench.interface.arrays import CodeArray, FloatArray

BASES_AT_ONCE = 1 << 22
"""Bases of either allele that are held together."""
MOST_AT_ONCE = 4096
VALUES_AT_ONCE = 1 << 24
"""Predicted numbers of either allele that are held together."""


@dataclass(frozen=True, slots=True)
class ScoredRecord:
    """A record with the scores of its alternative alleles.

    `scores`, `references` and `alternatives` are `(alts, targets)`, NaN where an allele was left
    out.
    """

    record: AlleleRecord
    scores: FloatArray
    references: FloatArray
    alternatives: FloatArray


@dataclass(slots=True)
class LeftOut:
    """What was not scored, and why."""

    counts: Counter[str] = field(default_factory=Counter)
    lines: list[tuple[int, str]] = field(default_factory=list)
    """Line and reason of each record that does not fit the genome."""


@dataclass(frozen=True, slots=True)
class VariantScorer:
    """Scores variants with a model.

    Attributes:
        predictor: the model.
        score: how both alleles are compared.
        length: bp that the model reads.
        genome: behind the variants; None where records bring their sequences.
        shifts: bp by which the window is moved; predictions are the mean over them.
        skip_mismatch: whether records that do not fit the genome are left out and counted, and are
            not an error.
    """

    predictor: AllelePredictor
    score: Score
    length: int
    genome: GenomeStore | None
    shifts: tuple[int, ...] = (0,)
    skip_mismatch: bool = False
    whole_items: bool = False
    """Whether sequences that records bring are read whole, and not `length` bp of them."""

    def scored(
        self, records: Iterable[AlleleRecord], path: Path, left_out: LeftOut
    ) -> Iterator[ScoredRecord]:
        """Yield all records in their order, with their scores.

        Args:
            records: what to score.
            path: the file they come from, for errors.
            left_out: is told of alleles that were not scored.

        Raises:
            DataError: a record does not fit the genome; the text names line and value.
        """
        values = self.predictor.values_of_a_sequence
        at_once = max(1, min(MOST_AT_ONCE, BASES_AT_ONCE // self.length, VALUES_AT_ONCE // values))
        stream = iter(records)
        while batch := list(islice(stream, at_once)):
            yield from self._batch(batch, path, left_out)

    def _batch(
        self, batch: list[AlleleRecord], path: Path, left_out: LeftOut
    ) -> Iterator[ScoredRecord]:
        pairs: list[Variant | tuple[CodeArray, CodeArray]] = []
        places: list[tuple[int, int]] = []
        for row, record in enumerate(batch):
            for number, pair in enumerate(self._pairs(record, path, left_out)):
                if pair is not None:
                    pairs.append(pair)
                    places.append((row, number))
        targets = len(self.predictor.targets)
        empty = [np.full((self._alleles(record), targets), np.nan) for record in batch]
        filled = [[part.copy() for part in empty] for _ in range(3)]
        if pairs:
            found = self._compared(pairs)
            for kind, values in zip(
                filled, (found.scores, found.references, found.alternatives), strict=True
            ):
                for (row, number), value in zip(places, values, strict=True):
                    kind[row][number] = value
        for record, *parts in zip(batch, *filled, strict=True):
            yield ScoredRecord(record, *parts)

    @staticmethod
    def _alleles(record: AlleleRecord) -> int:
        return 1 if record.sequences is not None else len(record.variants)

    def _pairs(
        self, record: AlleleRecord, path: Path, left_out: LeftOut
    ) -> Iterator[Variant | tuple[CodeArray, CodeArray] | None]:
        if record.sequences is not None:
            self._refuse_outside(record.sequences, path, record.line)
            yield record.sequences
            return
        given = [variant for variant in record.variants if variant is not None]
        left_out.counts["no sequence of its own"] += len(record.variants) - len(given)
        # All alleles of a line share their reference.
        problem = self._problem(given[0]) if given else None
        if problem is not None:
            if not self.skip_mismatch:
                raise DataError(path, f"{problem}; --skip-mismatch leaves it out", record.line)
            left_out.counts["does not fit the genome"] += len(given)
            left_out.lines.append((record.line, problem))
        for variant in record.variants:
            yield None if variant is None or problem is not None else variant.trimmed()

    def _refuse_outside(self, pair: tuple[CodeArray, CodeArray], path: Path, line: int) -> None:
        """Refuse sequences of which the part that differs is not read."""
        if self.whole_items:
            return
        reference, alternative = pair
        shared = min(len(reference), len(alternative))
        differ = np.flatnonzero(reference[:shared] != alternative[:shared])
        first = int(differ[0]) if len(differ) else shared
        begin = len(reference) // 2 - self.length // 2
        same = not len(differ) and len(reference) == len(alternative)
        if not same and not begin <= first < begin + self.length:
            raise DataError(
                path,
                f"the alleles differ from base {first + 1} on, outside of the {self.length:,} bp "
                "in the middle of ref_sequence that the model reads",
                line,
            )

    def _problem(self, variant: Variant) -> str | None:
        """Say why a variant does not fit the genome."""
        assert self.genome is not None
        lengths = self.genome.chromosomes
        if variant.chrom not in lengths:
            other = variant.chrom.removeprefix("chr")
            other = other if other != variant.chrom else f"chr{variant.chrom}"
            hint = f", but {other!r}" if other in lengths else ""
            return f"genome {self.genome.name} has no chromosome {variant.chrom!r}{hint}"
        end = variant.start + len(variant.ref)
        if end > lengths[variant.chrom] or variant.start >= lengths[variant.chrom]:
            return (
                f"position {variant.start + 1} lies outside of {variant.chrom}, which has "
                f"{lengths[variant.chrom]:,} bp"
            )
        there = self.genome.sequence(variant.chrom, variant.start, end)
        if not np.array_equal(there, encode(variant.ref)):
            return (
                f"REF {variant.ref!r}, but genome {self.genome.name} has {decode(there)!r} at "
                f"{variant.chrom}:{variant.start + 1}"
            )
        return None

    def _compared(self, pairs: list[Variant | tuple[CodeArray, CodeArray]]) -> Comparison:
        before: FloatArray | None = None
        after: FloatArray | None = None
        for shift in self.shifts:
            references, alternatives = self._windows(pairs, shift)
            one, other = (self.predictor.predict(part) for part in (references, alternatives))
            before = one if before is None else before + one
            after = other if after is None else after + other
        assert before is not None
        assert after is not None
        return compare(self.score, before / len(self.shifts), after / len(self.shifts))

    def _windows(
        self, pairs: list[Variant | tuple[CodeArray, CodeArray]], shift: int
    ) -> tuple[Sequences, Sequences]:
        """Return the windows of both alleles, codes `(n, length)` each, or whole sequences."""
        if self.whole_items and not any(isinstance(pair, Variant) for pair in pairs):
            whole = [pair for pair in pairs if not isinstance(pair, Variant)]
            return [before for before, _ in whole], [after for _, after in whole]
        references = np.full((len(pairs), self.length), N, dtype=np.uint8)
        alternatives = references.copy()
        single = [
            row
            for row, pair in enumerate(pairs)
            if isinstance(pair, Variant) and len(pair.ref) == len(pair.alt) == 1
        ]
        if single:
            self._single_bases(pairs, single, shift, references, alternatives)
        quick = set(single)
        for row, pair in enumerate(pairs):
            if row in quick:
                continue
            if isinstance(pair, Variant):
                assert self.genome is not None
                both = allele_windows(self.genome, pair, self.length, shift)
            else:
                middle = len(pair[0]) // 2 + shift
                both = (around(pair[0], middle, self.length), around(pair[1], middle, self.length))
            references[row], alternatives[row] = both
        return references, alternatives

    def _single_bases(
        self,
        pairs: list[Variant | tuple[CodeArray, CodeArray]],
        rows: list[int],
        shift: int,
        references: CodeArray,
        alternatives: CodeArray,
    ) -> None:
        """Read the windows of single-base changes together."""
        assert self.genome is not None
        found = [pair for row in rows if isinstance(pair := pairs[row], Variant)]
        starts = np.array([variant.start for variant in found]) - self.length // 2 + shift
        windows = self.genome.windows([variant.chrom for variant in found], starts, self.length)
        references[rows] = windows
        place = self.length // 2 - shift
        if 0 <= place < self.length:
            windows[:, place] = [LETTERS.index(variant.alt) for variant in found]
        alternatives[rows] = windows


def around(codes: CodeArray, centre: int, length: int) -> CodeArray:
    """Return `length` bases of a sequence, with `centre` at `length // 2` and N beyond its ends."""
    window = np.full(length, N, dtype=np.uint8)
    first = centre - length // 2
    low, high = max(first, 0), min(first + length, len(codes))
    if low < high:
        window[low - first : high - first] = codes[low:high]
    return window


def checked_shifts(text: str, length: int) -> tuple[int, ...]:
    """Read shifts from words such as `-1,0,1`.

    Raises:
        BenchError: a word is no whole number, or moves the variant out of the window.
    """
    shifts = []
    for word in text.split(","):
        try:
            shift = int(word)
        except ValueError:
            raise BenchError(f"shift {word!r}, expected whole numbers such as -1,0,1") from None
        if abs(shift) >= length // 2:
            raise BenchError(f"shift {shift} moves a variant out of a window of {length} bp")
        shifts.append(shift)
    return tuple(dict.fromkeys(shifts))
