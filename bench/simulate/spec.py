"""What a simulation is made from."""

from __future__ import annotations

from dataclasses import dataclass

from bench.interface.errors import BenchError
from bench.simulate.factors import ALL, FACTORS, Factor, Grammar

SIMULATION_VERSION = 3
"""Raised whenever the same spec would give other sequences, truth or items than before."""

CHROMOSOMES = (
    ("sim1", 1_340_000),
    ("sim2", 1_320_000),
    ("sim3", 1_300_000),
    ("sim4", 1_280_000),
    ("sim5", 1_300_000),
    ("sim6", 1_260_000),
)
SHORTEST = 60_000


@dataclass(frozen=True, kw_only=True)
class SimulationSpec:
    """All that a simulated genome depends on; the defaults are `sim1`.

    Densities are counts per Mb, lengths are in bp, log-odds are natural. Ranges of units are
    inclusive counts per element or decoy.

    Attributes:
        name: name of the genome.
        seed: source of all randomness.
        chromosome_lengths: name and length of each chromosome.
        cell_types: names of the cell types.
        factors: the transcription factors.
        gc_range: GC content of the isochores.
        isochore_length: mean length of an isochore.
        gc_preference: log-odds of a place becoming an element, per unit of GC content.
        promoter_gc_shift: GC content of promoters above that of their isochore.
        enhancer_gc_shift: the same for enhancers.
        decoy_gc_shift: the same for decoys.
        genes_per_mb: genes, hence promoters.
        enhancers_per_mb: distal enhancers.
        decoys_per_mb: regions of sites that do nothing.
        repeats_per_mb: copies of interspersed repeats.
        enhancer_units: working sites or pairs of an enhancer.
        promoter_units: the same for a promoter, the core-promoter site not counted.
        home_share: share of these that are drawn to work in one cell type, the element's home.
        core_site_share: share of promoters with the core-promoter site.
        decoy_pairs: broken pairs of a decoy.
        isolated_share: share of decoys that also hold a site that would work in an element.
        repeat_factor: factor whose motif lies in one family of repeats.
        promoter_log_odds: log-odds that a promoter without sites is open.
        enhancer_log_odds: the same for an enhancer.
        background_log_odds: the same for anything else.
        element_noise: standard deviation of activity that no site explains; part of the truth.
        assay_noise: standard deviation that each measurement adds.
    """

    name: str = "sim1"
    seed: int = 1
    chromosome_lengths: tuple[tuple[str, int], ...] = CHROMOSOMES
    cell_types: tuple[str, ...] = ALL
    factors: tuple[Factor, ...] = FACTORS

    gc_range: tuple[float, float] = (0.36, 0.54)
    isochore_length: int = 50_000
    gc_preference: float = 10.0
    promoter_gc_shift: float = 0.06
    enhancer_gc_shift: float = 0.03
    decoy_gc_shift: float = 0.02

    genes_per_mb: float = 120.0
    enhancers_per_mb: float = 380.0
    decoys_per_mb: float = 480.0
    repeats_per_mb: float = 160.0

    enhancer_units: tuple[int, int] = (3, 7)
    promoter_units: tuple[int, int] = (1, 5)
    home_share: float = 0.8
    core_site_share: float = 0.85
    decoy_pairs: tuple[int, int] = (1, 3)
    isolated_share: float = 0.7
    repeat_factor: str = "SIMF02"

    promoter_log_odds: float = -3.5
    enhancer_log_odds: float = -4.4
    background_log_odds: float = -5.0
    element_noise: float = 0.7
    assay_noise: float = 0.9

    def __post_init__(self) -> None:
        """Refuse a spec that cannot be simulated."""
        for chrom, length in self.chromosome_lengths:
            if length < SHORTEST:
                raise BenchError(
                    f"simulation {self.name}: chromosome {chrom} of {length} bp; "
                    f"expected at least {SHORTEST} bp"
                )
        for factor in self.factors:
            unknown = sorted(set(factor.cell_types) - set(self.cell_types))
            if unknown:
                raise BenchError(
                    f"simulation {self.name}: factor {factor.name} is active in {unknown}; "
                    f"expected some of {list(self.cell_types)}"
                )

    @property
    def grammars(self) -> tuple[Grammar, ...]:
        """The rules of the factors that work in pairs, each once."""
        found = [factor.grammar for factor in self.factors if factor.grammar is not None]
        return tuple(dict.fromkeys(found))

    def working_cells(self, factor: Factor) -> tuple[str, ...]:
        """Cell types in which a factor, and the partner that it needs, are active."""
        cells = set(factor.cell_types)
        if factor.grammar is not None:
            partner = self.factors[self.factor_index(factor.grammar.partner_of(factor.name))]
            cells &= set(partner.cell_types)
        return tuple(cell for cell in self.cell_types if cell in cells)

    def factor_index(self, name: str) -> int:
        """Position of a factor in `factors`.

        Raises:
            BenchError: no such factor.
        """
        names = [factor.name for factor in self.factors]
        if name not in names:
            raise BenchError(
                f"simulation {self.name}: factor {name!r}; expected one of {', '.join(names)}"
            )
        return names.index(name)


SIM1 = SimulationSpec()
SIMLONG = SimulationSpec(
    name="simlong",
    seed=2,
    chromosome_lengths=tuple((f"long{number}", 6_000_000) for number in range(1, 9)),
    gc_preference=0.0,
    genes_per_mb=360.0,
)
"""For models that read far: enough genes to learn from, and enough blocks of 200 kb to test on.

Genes are dense, as in yeast, for networks learn little of enhancers from a few thousand. Elements
lie anywhere, so that GC content around a gene does not tell of enhancers far from it.
"""
GENOMES = {spec.name: spec for spec in (SIM1, SIMLONG)}
"""The simulated genomes by name."""
