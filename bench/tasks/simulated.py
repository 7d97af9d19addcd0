"""Items read off the simulated genome."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from bench.data.item_sources import SimulatedSource
from bench.interface.errors import BenchError
from bench.interface.names import nearest
from bench.simulate.accessibility import accessibility_items
from bench.simulate.binding import binding_items
from bench.simulate.coverage import coverage_items
from bench.simulate.expression import expressed_items, expression_items
from bench.simulate.genome import SimulatedGenome
from bench.simulate.items import SimulatedItems
from bench.simulate.strength import strength_items
from bench.simulate.variants import variant_items
from bench.tasks.collected import Collected, item_frame, one_head

READERS: dict[str, Callable[..., SimulatedItems]] = {
    "binding": binding_items,
    "accessibility": accessibility_items,
    "strength": strength_items,
    "coverage": coverage_items,
    "expression": expression_items,
    "expressed": expressed_items,
    "variants": variant_items,
}


def read_items(genome: SimulatedGenome, source: SimulatedSource) -> Collected:
    """Read the items that a manifest asks for.

    Raises:
        BenchError: an option that the simulation does not have or a value out of range.
    """
    reader = READERS[source.simulation]
    known = [name for name in inspect.signature(reader).parameters if name != "genome"]
    for option in source.options:
        if option not in known:
            raise BenchError(
                f"simulation {source.simulation!r} has no option {option!r}; "
                f"{nearest(option, known)}"
            )
    try:
        items = reader(genome, **source.options)
    except TypeError as error:
        raise BenchError(f"simulation {source.simulation!r}: {error}") from error
    frame = items.frame
    collected = item_frame(
        frame["item"].tolist(),
        frame["chrom"].tolist(),
        frame["start"].tolist(),
        frame["end"].tolist(),
        strand=frame["strand"].tolist(),
        split=[source.split or ""] * len(frame),
        **{name: frame[name].tolist() for name in ("ref", "alt") if name in frame},
    )
    return Collected(
        collected, items.targets, one_head(*items.target_names, bin_width=items.bin_width), None
    )
