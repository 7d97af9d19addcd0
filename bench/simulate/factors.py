"""The transcription factors of the simulated genome and the grammar that some of them need.

All are invented. Motifs are written as a consensus (see `pwm_from_consensus`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from bench.simulate.motifs import Matrix, information_content, pwm_from_consensus


class Orientation(StrEnum):
    """How the two sites of a pair point, read along the strand where `first` lies left."""

    TANDEM = "tandem"
    """`first` then `second`, both on that strand."""
    CONVERGENT = "convergent"
    """Towards each other: `first` on that strand, `second` on the other."""
    DIVERGENT = "divergent"
    """Away from each other: `first` on the other strand, `second` on that strand."""

    @property
    def strands(self) -> tuple[int, int]:
        """Strands of `first` and `second` where `first` lies left: 1 or -1."""
        return {"tandem": (1, 1), "convergent": (1, -1), "divergent": (-1, 1)}[self.value]


@dataclass(frozen=True, slots=True)
class Grammar:
    """The rule under which two factors work: each does nothing without the other.

    `min_gap` and `max_gap` are the bp between the two sites, both inclusive.
    """

    first: str
    second: str
    orientation: Orientation
    min_gap: int
    max_gap: int

    def partner_of(self, factor: str) -> str:
        """Name of the other factor."""
        return self.second if factor == self.first else self.first

    def allows(self, first: tuple[int, int, str], second: tuple[int, int, str]) -> bool:
        """Say whether two sites `(start, end, strand)` obey the rule, read on either strand.

        Args:
            first: 0-based half-open interval and strand (`+` or `-`) of the site of `first`.
            second: the same for the site of `second`.
        """
        strands = tuple(1 if strand == "+" else -1 for strand in (first[2], second[2]))
        if first[0] > second[0]:
            gap, strands = first[0] - second[1], (-strands[0], -strands[1])
        else:
            gap = second[0] - first[1]
        return strands == self.orientation.strands and bool(self.min_gap <= gap <= self.max_gap)


@dataclass(frozen=True, slots=True)
class Factor:
    """A transcription factor.

    `effect` is the log-odds (natural logarithm) that a fully occupied site adds to the
    accessibility of its element in each of `cell_types`. `core_promoter` marks the factor that
    sits at a fixed distance from the start of genes, on their strand.
    """

    name: str
    consensus: str
    effect: float
    cell_types: tuple[str, ...]
    grammar: Grammar | None = None
    core_promoter: bool = False

    @property
    def pwm(self) -> Matrix:
        """Base probabilities, shape `(4, width)`."""
        return pwm_from_consensus(self.consensus)

    @property
    def width(self) -> int:
        """Width of a site in bp."""
        return len(self.consensus)

    @property
    def threshold(self) -> float:
        """Score in bits at which a site is half occupied; no planted site scores less."""
        return 0.6 * information_content(self.pwm)

    def occupancy(self, scores: Matrix) -> Matrix:
        """Occupancy of sites with these scores in bits, between 0 and 1."""
        return 1.0 / (1.0 + np.exp(self.threshold - scores))

    def site_effect(self, scores: Matrix) -> Matrix:
        """Log-odds that sites with these scores in bits add, their partner being in place."""
        return self.effect * self.occupancy(scores)


ALL = ("CT1", "CT2", "CT3", "CT4", "CT5", "CT6")
TANDEM = Grammar("SIMF07", "SIMF08", Orientation.TANDEM, 8, 12)
CONVERGENT = Grammar("SIMF09", "SIMF10", Orientation.CONVERGENT, 4, 8)
DIVERGENT = Grammar("SIMF11", "SIMF12", Orientation.DIVERGENT, 14, 18)

FACTORS = (
    Factor("SIMF01", "GATTWCCGC", 1.4, ALL, core_promoter=True),
    Factor("SIMF02", "aGTCAAGTGc", 1.6, ("CT1", "CT2", "CT6")),
    Factor("SIMF03", "TTCnnGACAa", 1.6, ("CT2", "CT3", "CT4")),
    Factor("SIMF04", "CACTRGGTt", 1.6, ("CT4", "CT5", "CT6")),
    Factor("SIMF05", "gATGYTAACt", 1.6, ("CT1", "CT4", "CT6")),
    Factor("SIMF06", "ACTGnnCAGT", 1.6, ("CT2", "CT3", "CT5")),
    Factor("SIMF07", "GTAGCWAt", 1.6, ("CT1", "CT3", "CT5"), TANDEM),
    Factor("SIMF08", "TGGAKTTa", 1.6, ("CT1", "CT3", "CT5"), TANDEM),
    Factor("SIMF09", "cAAGGCTa", 1.6, ("CT2", "CT4", "CT5"), CONVERGENT),
    Factor("SIMF10", "AGCGTMTc", 1.6, ("CT2", "CT4", "CT5"), CONVERGENT),
    Factor("SIMF11", "TACGAYct", 1.6, ("CT1", "CT3", "CT6"), DIVERGENT),
    Factor("SIMF12", "gCTTGTSa", 1.6, ("CT1", "CT3", "CT6"), DIVERGENT),
)
"""The twelve factors of `sim1`: six that work alone and three pairs."""
