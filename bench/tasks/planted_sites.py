"""Where the sites of a simulated task's items lie, and for which targets they matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.data.motifs import Motif
from bench.simulate.spec import GENOMES, SIM1

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from bench.interface.arrays import IntArray
    from bench.tasks.info import TaskInfo
    from bench.tasks.store import BuiltTask

FUNCTIONAL = "functional"


@dataclass(frozen=True, slots=True)
class Place:
    """Bases of an item: base `i` of `size` stands `i - size // 2` bp from the centre as it is read.

    Attributes:
        chrom: its chromosome.
        centre: 0-based, `(start + end) // 2`.
        size: how many bases.
        is_reverse: whether they are read on the other strand.
    """

    chrom: str
    centre: int
    size: int
    is_reverse: bool

    @property
    def interval(self) -> tuple[int, int]:
        """0-based half-open interval on the forward strand."""
        before = self.size // 2
        # Read on the other strand, the base at `size // 2` is still the centre.
        start = self.centre - (self.size - 1 - before if self.is_reverse else before)
        return start, start + self.size


@dataclass(frozen=True, slots=True)
class SiteBases:
    """Which bases of a place lie in which sites; each array has shape `(bases,)`.

    Attributes:
        factors: number of the factor whose site it is, -1 outside of sites.
        roles: number of the site's role in `PlantedSites.roles`, -1 outside of sites.
    """

    factors: NDArray[np.int64]
    roles: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PlantedSites:
    """The sites of a simulated genome.

    Attributes:
        factors: names of all factors.
        roles: of sites: `functional`, `decoy` or `repeat`.
        matters: whether a site of a factor can change a target, `(factors, targets)`.
        sites: `start end factor role`, by chromosome, in order of their starts; factor and role
            are numbers.
    """

    factors: tuple[str, ...]
    roles: tuple[str, ...]
    matters: NDArray[np.bool_]
    sites: dict[str, NDArray[np.int64]]

    def within(self, place: Place) -> NDArray[np.int64]:
        """Return the sites that share a base with a place, `(sites, 4)`."""
        start, end = place.interval
        sites = self.sites.get(place.chrom, np.zeros((0, 4), dtype=np.int64))
        # Sites are far shorter than what they are looked for in front of.
        first = np.searchsorted(sites[:, 0], start - self._longest(sites))
        near = sites[first : np.searchsorted(sites[:, 0], end)]
        return near[near[:, 1] > start]

    def bases(self, place: Place) -> SiteBases:
        """Say of each base of a place in which site it lies; a functional one before others."""
        start, _ = place.interval
        factors, roles = (np.full(place.size, -1, dtype=np.int64) for _ in range(2))
        functional = self.roles.index(FUNCTIONAL)
        found = self.within(place)
        for first, end, factor, role in found[np.argsort(found[:, 3] == functional)].tolist():
            covered = slice(max(0, first - start), end - start)
            factors[covered], roles[covered] = factor, role
        if place.is_reverse:
            factors, roles = factors[::-1], roles[::-1]
        return SiteBases(factors, roles)

    def holds(self, place: Place, *, functional: bool) -> bool:
        """Whether a whole site of a factor that matters to any target lies in a place."""
        start, end = place.interval
        found = self.within(place)
        whole = (found[:, 0] >= start) & (found[:, 1] <= end)
        is_functional = found[:, 3] == self.roles.index(FUNCTIONAL)
        matters = np.asarray(self.matters.any(axis=1))[found[:, 2]]
        return bool((whole & matters & (is_functional == functional)).any())

    @staticmethod
    def _longest(sites: NDArray[np.int64]) -> int:
        return int((sites[:, 1] - sites[:, 0]).max(initial=0))


def planted_sites(info: TaskInfo, folder: Path, targets: Sequence[str]) -> PlantedSites | None:
    """Read the sites that were planted behind a built task.

    None where it was not simulated, or where a target is no cell type and no factor in one.

    Args:
        info: the task.
        folder: of the built task.
        targets: of the model; a cell type, or a factor and a cell type with `_` between them.
    """
    path = folder / "truth" / "sites.parquet"
    spec = GENOMES.get(info.genome or "")
    if spec is None or not path.is_file():
        return None
    cells = [target.rpartition("_")[2] for target in targets]
    if not set(cells) <= set(spec.cell_types):
        return None
    import pandas as pd

    matters = np.array(
        [[cell in spec.working_cells(factor) for cell in cells] for factor in spec.factors]
    )
    frame = pd.read_parquet(path)
    factors = tuple(factor.name for factor in spec.factors)
    roles = tuple(sorted(set(frame["role"])))
    return PlantedSites(factors, roles, matters, _by_chrom(frame, factors, roles))


def _by_chrom(
    frame: pd.DataFrame, factors: Sequence[str], roles: Sequence[str]
) -> dict[str, NDArray[np.int64]]:
    numbers = {name: number for names in (factors, roles) for number, name in enumerate(names)}
    table = np.stack(
        [
            frame["start"].to_numpy(),
            frame["end"].to_numpy(),
            frame["factor"].map(numbers).to_numpy(),
            frame["role"].map(numbers).to_numpy(),
        ],
        axis=1,
    ).astype(np.int64)
    chroms = frame["chrom"].to_numpy()
    table = table[np.argsort(table[:, 0], kind="stable")]
    order = np.argsort(frame["start"].to_numpy(), kind="stable")
    return {str(chrom): table[chroms[order] == chrom] for chrom in sorted(set(chroms))}


def places_of(task: BuiltTask, rows: IntArray, sizes: IntArray) -> list[Place]:
    """Return where the middle bases of some items lie, as many of each as `sizes` says."""
    frame = task.items().iloc[rows]
    strands = task.folder / "reverse.npy"
    reverse = np.load(strands)[rows] if strands.is_file() else np.zeros(len(rows), dtype=np.bool_)
    centres = (frame["start"].to_numpy() + frame["end"].to_numpy()) // 2
    columns = (frame["chrom"].tolist(), centres.tolist(), sizes.tolist(), reverse.tolist())
    return [Place(*row) for row in zip(*columns, strict=True)]


def is_simulated(genome: str | None) -> bool:
    """Whether a genome is one of those that are simulated."""
    return genome in GENOMES


def simulated_motifs(genome: str | None) -> list[Motif]:
    """Return the motifs of the factors of a simulated genome; of another, those of `sim1`."""
    spec = GENOMES.get(genome or "", SIM1)
    return [Motif(factor.name, factor.pwm.T) for factor in spec.factors]
