"""The largest block without gaps in a grid of rows and columns.

A block is a set of rows and a set of columns whose cells are all there; the largest has the most
cells. Such a block is closed: its columns are all those that its rows have in common, and its rows
all those that have its columns. Closed blocks are visited each once, one line of the shorter side
after the other (Kuznetsov's Close-by-One), and a branch is left where none of its blocks can have
as many cells as the best so far. The largest is hard to find in general (Peeters 2003, Discrete
Appl. Math. 131:651), so the search ends after `MOST_STEPS` at the latest, with the best so far.

Sets are whole numbers, of which each bit stands for a row or a column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

MOST_STEPS = 50_000
"""Branches that are looked at, in about a second. Grids of 25 by 20 with any gaps need fewer, and
so do larger ones with the gaps that runs have."""


@dataclass(frozen=True, slots=True, order=True)
class Block:
    """Rows and columns; the better of two blocks is the greater."""

    cells: int
    count: int
    """Of rows: of two blocks with as many cells, the one with more rows is better."""
    first: int
    """The rows, the first as the highest bit: then the one whose rows stand first is."""
    rows: int = field(compare=False)
    columns: int = field(compare=False)


def largest(rows: Sequence[int], width: int, least_rows: int = 1, least_columns: int = 1) -> Block:
    """Find the block with the most cells.

    Args:
        rows: the columns that each row has.
        width: number of columns.
        least_rows: fewest rows that the block may have, 1 or more.
        least_columns: fewest columns, 1 or more.

    Returns:
        A block without rows and columns where none has as many as are asked for.
    """
    columns = turned(rows, width)
    height = len(rows)
    # The shorter side is walked along: it has fewer sets.
    by_columns = width <= height
    walked, across = (columns, rows) if by_columns else (rows, columns)
    least = (least_columns, least_rows) if by_columns else (least_rows, least_columns)
    search = _Search(walked, across, *least)
    best = Block(0, 0, 0, 0, 0)
    for lines, others in search.blocks():
        found = _block(others, lines, height) if by_columns else _block(lines, others, height)
        if found > best:
            best = found
            search.most = found.cells
    return best


def turned(lines: Sequence[int], width: int) -> list[int]:
    """Return the lines that have each of `width` places, from the places that each line has."""
    return [
        sum(1 << number for number, line in enumerate(lines) if line >> place & 1)
        for place in range(width)
    ]


def places(bits: int) -> list[int]:
    """Return the places of the bits that are set, ascending."""
    return [place for place in range(bits.bit_length()) if bits >> place & 1]


def _block(rows: int, columns: int, height: int) -> Block:
    count = rows.bit_count()
    first = int(f"{rows:0{height}b}"[::-1], 2)
    return Block(count * columns.bit_count(), count, first, rows, columns)


@dataclass(slots=True)
class _Search:
    """Visits closed blocks; `lines` are walked along, `across` are the others."""

    lines: Sequence[int]
    across: Sequence[int]
    least_lines: int
    least_across: int
    most: int = 1
    """Cells of the best block so far: those with fewer need not be visited."""
    steps: int = 0
    place_of: list[int] = field(init=False)
    """Places of the lines in the order in which they are added, those with the fewest first."""

    def __post_init__(self) -> None:
        self.place_of = sorted(
            range(len(self.lines)), key=lambda place: self.lines[place].bit_count()
        )

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Yield lines and others of closed blocks, all that may have most cells among them."""
        yield from self._by_size()
        everything = (1 << len(self.across)) - 1
        yield from self._below(self._closed(everything), everything, 0)

    def _by_size(self) -> Iterator[tuple[int, int]]:
        """Take the lines with most first: a good beginning, so that much can be left out."""
        others = (1 << len(self.across)) - 1
        for place in reversed(self.place_of):
            others &= self.lines[place]
            yield from self._allowed(self._closed(others), others)

    def _below(self, lines: int, others: int, start: int) -> Iterator[tuple[int, int]]:
        yield from self._allowed(lines, others)
        left = [at for at in range(start, len(self.lines)) if not lines >> self.place_of[at] & 1]
        left.sort(key=lambda at: -(others & self.lines[self.place_of[at]]).bit_count())
        for at in left:
            if self.steps >= MOST_STEPS:
                return
            self.steps += 1
            fewer = others & self.lines[self.place_of[at]]
            closed = self._closed(fewer)
            # A block with another line before this one is visited from there.
            if self._is_first(closed & ~lines, at) and self._may_be_best(closed, fewer, at + 1):
                yield from self._below(closed, fewer, at + 1)

    def _allowed(self, lines: int, others: int) -> Iterator[tuple[int, int]]:
        if lines.bit_count() >= self.least_lines and others.bit_count() >= self.least_across:
            yield lines, others

    def _closed(self, others: int) -> int:
        return sum(1 << place for place, line in enumerate(self.lines) if line & others == others)

    def _is_first(self, added: int, at: int) -> bool:
        return not any(added >> place & 1 for place in self.place_of[:at])

    def _may_be_best(self, lines: int, others: int, start: int) -> bool:
        """Whether a block with these lines, more from `start` on and some of the others may be."""
        later = [place for place in self.place_of[start:] if not lines >> place & 1]
        possible = lines | sum(1 << place for place in later)
        across = sorted(
            ((possible & self.across[place]).bit_count() for place in places(others)), reverse=True
        )
        along = sorted(((others & self.lines[place]).bit_count() for place in later), reverse=True)
        along = [others.bit_count()] * lines.bit_count() + along
        return self.most <= min(
            _most_cells(across, self.least_across, self.least_lines),
            _most_cells(along, self.least_lines, self.least_across),
        )


def _most_cells(sizes: Sequence[int], least: int, least_size: int) -> int:
    """Return the most cells of a block whose lines have at most these sizes, in falling order."""
    return max(
        (
            number * size
            for number, size in enumerate(sizes, start=1)
            if number >= least and size >= least_size
        ),
        default=0,
    )
