"""The genome behind the items of a task: read from a file, or simulated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench.data.cache import cache_folder
from bench.data.files import sha256_of
from bench.data.genome import GenomeStore
from bench.data.item_sources import SimulatedSource
from bench.data.manifest import TaskManifest
from bench.interface.errors import BenchError
from bench.interface.names import nearest
from bench.tasks.collected import Collected
from bench.tasks.transcripts import TssSites

if TYPE_CHECKING:
    from bench.simulate.genome import SimulatedGenome


@dataclass(frozen=True, slots=True)
class Genome:
    """A genome store with the SHA-256 of its codes and, for a simulated one, its truth."""

    store: GenomeStore
    folder: Path
    sha256: str
    simulated: SimulatedGenome | None = field(default=None)

    def simulated_items(self, source: SimulatedSource) -> Collected:
        """Read items off the simulated genome."""
        from bench.tasks.simulated import read_items

        assert self.simulated is not None
        return read_items(self.simulated, source)

    def simulated_tss(self) -> TssSites:
        """TSS of the simulated genes."""
        assert self.simulated is not None
        genes = self.simulated.genes
        forward = (genes["strand"] == "+").to_numpy()
        return TssSites(genes["chrom"].to_numpy(), genes["tss"].to_numpy(), forward)

    def write_truth(self, folder: Path) -> None:
        """Keep the planted truth of a simulated genome beside the task."""
        if self.simulated is None:
            return
        folder.mkdir()
        for name in ("sites", "elements", "genes"):
            getattr(self.simulated, name).to_parquet(folder / f"{name}.parquet", index=False)


def genome_of(task: TaskManifest, files: Mapping[str, Path], build: str | None) -> Genome | None:
    """Return the genome behind a task, built in the cache on first use, or None."""
    if any(source.format == "simulated" for source in task.items):
        return _simulated(build or "sim1")
    if task.genome_file is None:
        return None
    return stored_genome(files[task.genome_file], build or task.genome_file)


def simulation_version(task: TaskManifest) -> int | None:
    """Version of the simulation behind a task; None where its data are real."""
    if not any(source.format == "simulated" for source in task.items):
        return None
    from bench.simulate.spec import SIMULATION_VERSION

    return SIMULATION_VERSION


def stored_genome(path: Path, name: str) -> Genome:
    """Return the store of a FASTA or 2bit file, built in the cache on first use."""
    folder = cache_folder() / "genomes" / f"{name}-{sha256_of(path)[:16]}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        GenomeStore.build(path, folder, name)
    return Genome(GenomeStore.open(folder), folder, sha256_of(folder / "codes.u8"))


def simulated_store(name: str) -> GenomeStore | None:
    """Return the bases of a simulated genome; None where there is none of that name."""
    from bench.simulate.spec import GENOMES

    return _simulated(name).store if name in GENOMES else None


def _simulated(name: str) -> Genome:
    from bench.simulate.genome import simulate
    from bench.simulate.spec import GENOMES, SIMULATION_VERSION

    if name not in GENOMES:
        raise BenchError(f"no simulated genome {name!r}; {nearest(name, GENOMES)}")
    folder = cache_folder() / "genomes" / f"{name}-v{SIMULATION_VERSION}"
    genome = simulate(GENOMES[name])
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        GenomeStore.from_codes(genome.chromosomes, folder, name)
    return Genome(GenomeStore.open(folder), folder, sha256_of(folder / "codes.u8"), genome)
