"""A change of a genome, and the sequences before and after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import encode

if TYPE_CHECKING:
    from bench.data.genome import GenomeStore
    from bench.interface.arrays import CodeArray


@dataclass(frozen=True, slots=True)
class Variant:
    """Bases `ref` at `[start, start + len(ref))` of a chromosome (0-based) that become `alt`.

    Either may be empty: an insertion stands before `start`.
    """

    chrom: str
    start: int
    ref: str
    alt: str

    def trimmed(self) -> Variant:
        """Drop what both alleles begin with, and then what both end with.

        The anchor base that VCF demands of insertions and deletions goes with it.
        """
        ref, alt, start = self.ref.upper(), self.alt.upper(), self.start
        first = _shared(ref, alt)
        ref, alt, start = ref[first:], alt[first:], start + first
        last = _shared(ref[::-1], alt[::-1])
        return Variant(self.chrom, start, ref[: len(ref) - last], alt[: len(alt) - last])

    def swapped(self) -> Variant:
        """Return the change back."""
        return Variant(self.chrom, self.start, self.alt, self.ref)


def _shared(one: str, other: str) -> int:
    """Return how many letters both begin with."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def allele_windows(
    genome: GenomeStore, variant: Variant, length: int, shift: int = 0
) -> tuple[CodeArray, CodeArray]:
    """Return the window of either allele, codes `(length,)` each.

    The first base that changes stands at `length // 2`. Before it both windows hold the same bases;
    behind the allele each goes on as the genome does until it is full, so that an insertion pushes
    the last bases out of its window and a deletion lets further ones in.

    Args:
        genome: outside of a chromosome there is N.
        variant: as `Variant.trimmed` returns it.
        length: in bp.
        shift: bp by which the windows move towards higher coordinates.

    Raises:
        BenchError: unknown chromosome.
    """
    begin = variant.start - length // 2 + shift
    longest = max(len(variant.ref), len(variant.alt))
    around = genome.sequence(variant.chrom, begin, begin + length + longest)
    return spliced(around, variant.start - begin, variant.ref, variant.alt, length)


def spliced(
    around: CodeArray, place: int, ref: str, alt: str, length: int
) -> tuple[CodeArray, CodeArray]:
    """Return the first `length` bases of a sequence, before and after a change.

    Args:
        around: codes, at least `length` and what the change takes away.
        place: of the first base that changes, which may lie outside of the window.
        ref: what stands there.
        alt: what takes its place.
        length: in bp.
    """
    reference = around[:length]
    if not 0 <= place <= length:
        return reference, reference
    changed = np.concatenate([around[:place], encode(alt), around[place + len(ref) :]])
    return reference, changed[:length]
