"""What the weights that a model begins with were trained on, and which test items lie there.

It stands in the model's card, and beside a file of weights in `FILE.trained-on.bed`: BED, 0-based
and half-open, after a first line `# genome hg38` that names the build.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.data.overlap import widened
from bench.interface.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface.arrays import IntArray
    from bench.interface.card import ModelCard, Setting

SIDECAR = ".trained-on.bed"
WEIGHTS = "weights"
"""Name of the setting that names a file of weights, whether or not its regions are declared."""
HEAD = "# genome "


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of a genome, 0-based and half-open."""

    genome: str
    chrom: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Places:
    """Where test items lie: `chroms`, `starts` and `ends`, each `(n,)`, 0-based, half-open."""

    chroms: NDArray[np.str_]
    starts: IntArray
    ends: IntArray


def declared_regions(card: ModelCard, settings: Mapping[str, Setting]) -> list[Region] | None:
    """Return what the weights of a model were trained on, empty where nobody says.

    None for a model that begins with no weights.

    Raises:
        DataError: a declaration cannot be read.
    """
    regions = [Region(*one) for one in card.trained_on]
    has_weights = bool(regions)
    for setting in card.files:
        name = str(settings.get(setting, ""))
        if not name:
            continue
        sidecar = Path(f"{name}{SIDECAR}")
        has_weights |= setting == WEIGHTS or sidecar.is_file()
        if sidecar.is_file():
            regions += read_sidecar(sidecar)
    return regions if has_weights else None


def files_are_there(card: ModelCard, settings: Mapping[str, Setting]) -> bool:
    """Whether every file that settings name is still where it was."""
    names = [str(settings.get(setting, "")) for setting in card.files]
    return all(Path(name).is_file() for name in names if name)


def read_sidecar(path: Path) -> list[Region]:
    """Read the regions beside a file of weights.

    Raises:
        DataError: no line names the genome, or a line is no region.
    """
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(path, "cannot be read as text") from error
    head = lines[0] if lines else ""
    words = head.removeprefix(HEAD).split()
    if not head.startswith(HEAD) or len(words) != 1:
        wanted = f"expected {HEAD + 'BUILD'!r}, such as {HEAD + 'hg38'!r}"
        raise DataError(path, f"{head!r}: {wanted}", 1)
    return list(_regions(path, words[0], lines[1:]))


def _regions(path: Path, genome: str, lines: Sequence[str]) -> Iterator[Region]:
    for number, line in enumerate(lines, start=2):
        if not line.strip() or line.startswith(("#", "track", "browser")):
            continue
        fields = line.split("\t") if "\t" in line else line.split()
        try:
            region = Region(genome, fields[0], int(fields[1]), int(fields[2]))
        except (IndexError, ValueError):
            raise DataError(path, f"{line!r}: expected chromosome, start and end", number) from None
        if not 0 <= region.start < region.end:
            raise DataError(path, f"{line!r}: expected 0 <= start < end", number)
        yield region


def seen_items(
    regions: Sequence[Region], genome: str, places: Places, length: int | None
) -> NDArray[np.bool_]:
    """Tell which items overlap a region with what a model reads around them.

    Args:
        regions: of any genome.
        genome: build of the items.
        places: where they lie.
        length: bp around an item's centre that the model reads, where that is more than the item;
            None: the item alone.

    Returns:
        Shape `(n,)`.
    """
    low, high = widened(places.starts, places.ends, length or 0)
    known = [region for region in regions if region.genome == genome]
    chroms = np.array([region.chrom for region in known], dtype=str)
    starts = np.array([region.start for region in known], dtype=np.int64)
    ends = np.array([region.end for region in known], dtype=np.int64)
    seen = np.zeros(len(low), dtype=bool)
    for chrom in np.unique(chroms):
        here = np.flatnonzero(places.chroms == chrom)
        there = chroms == chrom
        # The number of regions that begin before our end, less those that end before our start.
        begun = np.searchsorted(np.sort(starts[there]), high[here], side="left")
        ended = np.searchsorted(np.sort(ends[there]), low[here], side="right")
        seen[here] = begun > ended
    return seen
