"""What a simulation is made from."""

from __future__ import annotations

from dataclasses import dataclass

from bench.interface.errors import BenchError
from bench.simulate.factors import ALL, FACTORS, Factor, Grammar

SIMULATION_VERSION = 1
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

    Densities are counts per Mb, lengths are in bp, effects and noise in natural-log odds of
    accessibility. Noise is the standard deviation of a normal: `element_noise` is activity that no
    site explains and is part of the truth, `assay_noise` is added by each measurement.
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

    enhancer_units: tuple[int, int] = (3, 6)
    promoter_units: tuple[int, int] = (1, 4)
    home_share: float = 0.8
    core_site_share: float = 0.85
    decoy_pairs: tuple[int, int] = (0, 3)
    isolated_share: float = 0.7
    repeat_factor: str = "SIMF02"

    promoter_log_odds: float = -3.6
    enhancer_log_odds: float = -4.5
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
