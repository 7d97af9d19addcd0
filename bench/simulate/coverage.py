"""Coverage: reads of accessibility along the simulated chromosomes, counted in bins."""

from __future__ import annotations

from math import erf, sqrt
from typing import TYPE_CHECKING

import numpy as np

from bench.interface.errors import BenchError
from bench.simulate.background import Floats
from bench.simulate.genome import SimulatedGenome
from bench.simulate.items import COLUMNS, SimulatedItems, centres_of, on_chrom
from bench.simulate.streams import stream
from bench.simulate.truth import activity_columns

if TYPE_CHECKING:
    import pandas as pd

READS = 120.0
"""Expected reads of an element that is open in every cell."""
BACKGROUND = 0.002
"""Expected reads of a bp outside of elements."""
SPREAD = 0.25
"""Standard deviation of the places of an element's reads, in lengths of the element."""
TAIL = 6
"""Standard deviations beyond which an element has no reads."""


def coverage_items(
    genome: SimulatedGenome, window: int = 16_384, bin_width: int = 32
) -> SimulatedItems:
    """Windows that tile the chromosomes, with the reads in their bins for each cell type.

    Reads fall around the centres of elements as often as these are open, and evenly elsewhere;
    their number in a bin is Poisson's.

    Args:
        genome: the simulated genome.
        window: length of the items in bp.
        bin_width: bp of a bin.

    Raises:
        BenchError: the window is no whole number of bins, or longer than a chromosome.
    """
    if bin_width < 1 or window < bin_width or window % bin_width:
        raise BenchError(f"window of {window} bp, expected a multiple of bin_width {bin_width}")
    bins, frames, targets = window // bin_width, [], []
    for chrom, codes in genome.chromosomes.items():
        count = len(codes) // window
        if not count:
            raise BenchError(f"window of {window} bp, but {chrom} has {len(codes)} bp")
        rates = expected_reads(genome, chrom, bin_width)[: count * bins]
        rng = stream(genome.spec.seed, "items", "coverage", chrom, str(bin_width))
        targets.append(rng.poisson(rates).reshape(count, bins, -1))
        frames.append(_tiles(chrom, count, window))
    import pandas as pd

    frame = pd.concat(frames, ignore_index=True)
    values = np.concatenate(targets).astype(np.float32)
    return SimulatedItems(frame, values, genome.spec.cell_types, bin_width)


def expected_reads(genome: SimulatedGenome, chrom: str, bin_width: int) -> Floats:
    """Expected reads in the whole bins of a chromosome, shape `(bins, cell types)`."""
    elements = on_chrom(genome.elements, chrom)
    activities = elements[activity_columns(genome.spec)].to_numpy()
    bins = len(genome.chromosomes[chrom]) // bin_width
    reads = np.full((bins, activities.shape[1]), BACKGROUND * bin_width)
    lengths = (elements["end"] - elements["start"]).to_numpy()
    rows = zip(centres_of(elements).tolist(), (SPREAD * lengths).tolist(), activities, strict=True)
    for centre, spread, active in rows:
        first = max(0, int((centre - TAIL * spread) // bin_width))
        last = min(bins, int((centre + TAIL * spread) // bin_width) + 1)
        edges = (np.arange(first, last + 1) * bin_width - centre) / spread
        below = np.array([0.5 * (1 + erf(edge / sqrt(2))) for edge in edges])
        reads[first:last] += READS * np.diff(below)[:, None] * active
    return reads


def _tiles(chrom: str, count: int, window: int) -> pd.DataFrame:
    import pandas as pd

    starts = np.arange(count) * window
    frame = pd.DataFrame({"chrom": chrom, "start": starts, "end": starts + window, "strand": "."})
    frame["item"] = [f"{chrom}:{start}-{start + window}" for start in starts]
    frame["element"] = -1
    return frame[COLUMNS]
