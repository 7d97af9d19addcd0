"""Items as they come from their sources, before they are split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.interface.context import DEFAULT_HEAD
from bench.interface.errors import BenchError, DataError

if TYPE_CHECKING:
    import pandas as pd

    from bench.interface.arrays import CodeArray, FloatArray, IntArray

VARIANT_COLUMNS = ("ref", "alt", "block")
"""What only variants have: their bases at `[start, end)`, what takes their place, and what is
resampled together."""
COLUMNS = ("item", "chrom", "start", "end", "strand", "group", "split", "head", *VARIANT_COLUMNS)


@dataclass(frozen=True, slots=True)
class CollectedHead:
    """Targets that some items share, in their order.

    Attributes:
        name: of the head.
        targets: names.
        genome: build that its items lie on, where there is one.
        bin_width: bp of a bin, for profiles.
        strand_pairs: see `bench.interface.HeadShape`.
    """

    name: str
    targets: tuple[str, ...]
    genome: str | None = None
    bin_width: int | None = None
    strand_pairs: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Collected:
    """Items with targets and, where no genome stands behind them, sequences.

    `frame` has the columns of `COLUMNS`: a unique `item` id; `chrom`, `start`, `end` (0-based,
    half-open), with `chrom` empty where an item has no coordinates; `strand` "+", "-" or ".";
    `group` and `split`, empty where nothing was given; `head`, whose targets it has; `ref`, `alt`
    and `block`, empty unless it is a variant. `targets` is
    float32 `(n, targets)` or `(n, bins, targets)`, those of all heads side by side, with NaN where
    an item is of another head.
    `parents` holds, for an item that was derived from another (a shuffled negative), the row of the
    other, and for every other item its own row. `left_out` counts what the source has and is no
    item, by reason.
    """

    frame: pd.DataFrame
    targets: FloatArray
    heads: tuple[CollectedHead, ...]
    sequences: list[CodeArray] | None
    parents: IntArray | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    block_unit: str = ""
    """What a block is, where items name theirs."""
    alternatives: list[CodeArray] | None = None
    """Of variants that come as sequences: the other allele; `sequences` holds the reference."""

    def __len__(self) -> int:
        """Number of items."""
        return len(self.frame)

    @property
    def target_names(self) -> tuple[str, ...]:
        """Names of the targets of all heads, one for each column."""
        return tuple(name for head in self.heads for name in head.targets)

    @property
    def bin_offsets(self) -> IntArray | None:
        """Centres of the bins less that of their item, in bp; None where there are no bins."""
        width = self.heads[0].bin_width
        if width is None:
            return None
        bins = self.targets.shape[1]
        offsets: IntArray = np.arange(bins) * width + width // 2 - bins * width // 2
        return offsets

    def columns_of(self, head: str) -> slice:
        """Return which columns of `targets` are those of a head."""
        first = 0
        for one in self.heads:
            if one.name == head:
                return slice(first, first + len(one.targets))
            first += len(one.targets)
        raise KeyError(head)

    @property
    def origins(self) -> IntArray:
        """`parents`, or each item's own row where nothing was derived."""
        return np.arange(len(self)) if self.parents is None else self.parents

    @property
    def has_coordinates(self) -> bool:
        """Whether every item has coordinates."""
        return bool((self.frame["chrom"] != "").all())


def item_frame(
    items: list[str],
    chroms: list[str] | None = None,
    starts: list[int] | None = None,
    ends: list[int] | None = None,
    **columns: list[str],
) -> pd.DataFrame:
    """Make a frame with all `COLUMNS`; those not given hold their empty value."""
    import pandas as pd

    count = len(items)
    frame = pd.DataFrame(
        {
            "item": items,
            "chrom": chroms if chroms is not None else [""] * count,
            "start": np.asarray(starts if starts is not None else [0] * count, dtype=np.int64),
            "end": np.asarray(ends if ends is not None else [0] * count, dtype=np.int64),
            "strand": columns.get("strand", ["."] * count),
            "group": columns.get("group", [""] * count),
            "split": columns.get("split", [""] * count),
            "head": columns.get("head", [DEFAULT_HEAD] * count),
            **{name: columns.get(name, [""] * count) for name in VARIANT_COLUMNS},
        }
    )
    return frame[list(COLUMNS)]


def concatenate(parts: list[Collected], task: str) -> Collected:
    """Join the items of all sources of a task.

    Raises:
        BenchError: sources disagree about targets, or an id stands in two of them.
    """
    import pandas as pd

    heads = _heads(parts, task)
    if len(heads) == 1 and heads[0].name != DEFAULT_HEAD:
        # Models of one head are not told its name.
        parts = [
            replace(
                part,
                frame=part.frame.assign(head=DEFAULT_HEAD),
                heads=(replace(part.heads[0], name=DEFAULT_HEAD),),
            )
            for part in parts
        ]
        heads = parts[0].heads
    if len({part.sequences is None for part in parts}) > 1:
        raise BenchError(f"task {task}: some items have sequences and some only coordinates")
    frame = pd.concat([part.frame for part in parts], ignore_index=True)
    twice = frame["item"].duplicated()
    if twice.any():
        raise BenchError(f"task {task}: duplicate id {frame['item'][twice].iloc[0]!r}")
    sequences = None
    if parts[0].sequences is not None:
        sequences = [codes for part in parts for codes in part.sequences or []]
    alternatives = None
    if parts[0].alternatives is not None:
        alternatives = [codes for part in parts for codes in part.alternatives or []]
    left_out: Counter[str] = Counter()
    for part in parts:
        left_out.update(part.left_out)
    return Collected(
        frame,
        _targets(parts, heads, task),
        heads,
        sequences,
        left_out=dict(+left_out),
        alternatives=alternatives,
        block_unit=parts[0].block_unit,
    )


def _heads(parts: list[Collected], task: str) -> tuple[CollectedHead, ...]:
    heads: dict[str, CollectedHead] = {}
    for part in parts:
        for head in part.heads:
            known = heads.setdefault(head.name, head)
            if known.targets != head.targets:
                raise BenchError(
                    f"task {task}: its sources have targets {list(known.targets)} and "
                    f"{list(head.targets)}, expected the same in all of a head"
                )
            if known != head:
                raise BenchError(
                    f"task {task}: its sources disagree about genome, bin width or strands of head "
                    f"{head.name!r}"
                )
    widths = {head.bin_width for head in heads.values()}
    if len(widths) > 1:
        raise BenchError(f"task {task}: bins of {sorted(map(str, widths))} bp, expected one width")
    return tuple(heads.values())


def _targets(parts: list[Collected], heads: tuple[CollectedHead, ...], task: str) -> FloatArray:
    """Put the columns of all heads side by side."""
    shapes = {part.targets.shape[1:-1] for part in parts}
    if len(shapes) > 1:
        bins = sorted(shape[0] if shape else 0 for shape in shapes)
        raise BenchError(f"task {task}: items have {bins} bins, expected the same in all")
    if len(heads) == 1:
        return np.concatenate([part.targets for part in parts])
    count = sum(len(head.targets) for head in heads)
    rows = sum(len(part) for part in parts)
    targets = np.full((rows, *shapes.pop(), count), np.nan, dtype=np.float32)
    joined = Collected(parts[0].frame, targets, heads, None)
    first = 0
    for part in parts:
        for head in part.heads:
            place = slice(first, first + len(part))
            targets[place, ..., joined.columns_of(head.name)] = part.targets[
                ..., part.columns_of(head.name)
            ]
        first += len(part)
    return targets


def refuse_duplicate(seen: dict[str, int], item: str, path: Path, line: int) -> None:
    """Remember where an id stands; an id that stands twice in a file is an error."""
    if item in seen:
        raise DataError(path, f"duplicate id {item!r}, first in line {seen[item]}", line)
    seen[item] = line


def one_head(*targets: str, **facts: Any) -> tuple[CollectedHead, ...]:  # noqa: ANN401
    """Return the heads of a task that has one; `facts` are further fields of it."""
    return (CollectedHead(DEFAULT_HEAD, targets, **facts),)
