"""Motifs as base probabilities; reads MEME and JASPAR files of them, and writes MEME files.

Understood are the letter-probability matrices of the MEME format, versions 4 and 5; JASPAR files
with one row per base, with or without letters and brackets; and files with `>name` followed by one
row of four numbers, A C G T, per position. A matrix without letters that is four rows by four
columns is read as the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.interface.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LETTERS = "ACGT"
SUM_TOLERANCE = 0.02
VERSION = re.compile(r"MEME version\s+(\S+)")
VERSIONS = ("4", "5")
HEADER_VALUE = re.compile(r"(\w+)\s*=\s*(\S+)")
NUMBERS_START = re.compile(r"\s*[-+.\d]")

MEME_SITES = 20.0
"""How many sites stand behind a matrix that does not say so, as in the MEME format."""


@dataclass(frozen=True, slots=True)
class Motif:
    """Base probabilities `(width, 4)`, columns A, C, G, T, estimated from `sites` sites."""

    name: str
    probabilities: NDArray[np.float64]
    sites: float = MEME_SITES

    @property
    def consensus(self) -> str:
        """The base of each position that is more probable than the others together, or N."""
        bases = np.where(self.probabilities.max(axis=1) > 0.5, self.probabilities.argmax(axis=1), 4)
        return "".join("ACGTN"[base] for base in bases)

    @property
    def bits(self) -> NDArray[np.float64]:
        """Information of each position against four equally frequent bases, 0 to 2, `(width,)`."""
        known = np.maximum(self.probabilities, 1e-12)
        bits: NDArray[np.float64] = 2.0 + (known * np.log2(known)).sum(axis=1)
        return np.clip(bits, 0.0, 2.0)

    def reverse_complement(self) -> Motif:
        """Return the motif of the same sites read on the other strand."""
        return Motif(self.name, self.probabilities[::-1, ::-1], self.sites)


@dataclass(slots=True)
class _Block:
    """The lines of one motif: its name and the numbers below it."""

    name: str
    line: int
    sites: float | None = None
    width: int | None = None
    rows: list[list[float]] = field(default_factory=list)
    letters: str = ""


def read_motifs(path: Path) -> list[Motif]:
    """Read all motifs of a file, in its order.

    Raises:
        DataError: the file is missing, is neither MEME nor JASPAR, holds no motif or a matrix that
            is none; the text names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise DataError(path, "no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(path, f"cannot be read as text: {error}") from error
    place = next((at for at, line in enumerate(lines) if line.strip() and line[0] != "#"), 0)
    first = lines[place] if lines else ""
    if first.startswith("MEME version"):
        _check_version(path, first, place + 1)
        blocks = _meme_blocks(path, lines)
    elif first.startswith(">"):
        blocks = _jaspar_blocks(path, lines)
    else:
        raise DataError(path, "expected 'MEME version' or '>' and a name on the first line", 1)
    motifs = [_motif(path, block) for block in blocks]
    if not motifs:
        raise DataError(path, "holds no motif")
    return motifs


def _meme_blocks(path: Path, lines: Sequence[str]) -> Iterator[_Block]:
    block: _Block | None = None
    in_matrix = False
    for number, line in enumerate(lines, start=1):
        if line.startswith("ALPHABET="):
            _check_alphabet(path, line, number)
        elif line.startswith("MOTIF"):
            if block is not None:
                yield block
            block = _Block(line.removeprefix("MOTIF").strip(), number)
            in_matrix = False
        elif line.startswith("letter-probability matrix"):
            if block is None:
                raise DataError(path, "a matrix before the first MOTIF line", number)
            block.sites, block.width = _meme_header(path, line, number)
            in_matrix = True
        elif in_matrix and block is not None and NUMBERS_START.match(line):
            block.rows.append(_numbers(path, line.split(), number))
        elif block is None or block.rows or line.strip():
            in_matrix = False
    if block is not None:
        yield block


def _check_version(path: Path, line: str, number: int) -> None:
    match = VERSION.match(line)
    version = match[1] if match else ""
    if version.partition(".")[0] not in VERSIONS:
        raise DataError(path, f"MEME version {version!r}, expected 4 or 5", number)


def _check_alphabet(path: Path, line: str, number: int) -> None:
    alphabet = line.removeprefix("ALPHABET=").strip()
    if alphabet != LETTERS:
        raise DataError(path, f"alphabet {alphabet!r}, expected {LETTERS!r}", number)


def _meme_header(path: Path, line: str, number: int) -> tuple[float, int | None]:
    """Return the sites and, where it is given, the width of the matrix below `line`."""
    values = dict(HEADER_VALUE.findall(line))
    if values.get("alength", "4") != "4":
        raise DataError(path, f"alength is {values['alength']}, expected 4", number)
    sites = _numbers(path, [values.get("nsites", "0")], number)[0]
    width = _numbers(path, [values["w"]], number)[0] if "w" in values else None
    return sites or MEME_SITES, None if width is None else int(width)


def _jaspar_blocks(path: Path, lines: Sequence[str]) -> Iterator[_Block]:
    block: _Block | None = None
    for number, line in enumerate(lines, start=1):
        if line.startswith(">"):
            if block is not None:
                yield block
            block = _Block(line[1:].strip(), number)
        elif block is not None and line.strip() and not line.startswith("#"):
            fields = line.replace("[", " ").replace("]", " ").split()
            if fields and fields[0].upper() in set(LETTERS):
                block.letters += fields.pop(0).upper()
            block.rows.append(_numbers(path, fields, number))
    if block is not None:
        yield block


def _numbers(path: Path, fields: Iterable[str], line: int) -> list[float]:
    numbers = []
    for text in fields:
        try:
            number = float(text)
        except ValueError as error:
            raise DataError(path, f"{text!r} is no number", line) from error
        if not 0 <= number < np.inf:
            raise DataError(path, f"{text!r}: expected a count or probability, 0 or more", line)
        numbers.append(number)
    return numbers


def _motif(path: Path, block: _Block) -> Motif:
    if not block.name:
        raise DataError(path, "motif without a name", block.line)
    matrix = _positions_by_bases(path, block)
    totals = matrix.sum(axis=1)
    if (totals <= 0).any():
        raise DataError(path, f"motif {block.name!r}: a position has only zeros", block.line)
    is_probability = bool((np.abs(totals - 1) <= SUM_TOLERANCE).all())
    if block.sites is not None and not is_probability:
        odd = totals[np.abs(totals - 1) > SUM_TOLERANCE][0]
        message = f"motif {block.name!r}: probabilities of a position add up to {odd:g}, expected 1"
        raise DataError(path, message, block.line)
    counted = MEME_SITES if is_probability else float(totals.mean())
    return Motif(block.name, matrix / totals[:, None], block.sites or counted)


def _positions_by_bases(path: Path, block: _Block) -> NDArray[np.float64]:
    widths = {len(row) for row in block.rows}
    has_letters = bool(block.letters)
    is_transposed = has_letters or (len(block.rows) == 4 and widths != {4})
    if widths <= {0}:
        raise DataError(path, f"motif {block.name!r} has no matrix of probabilities", block.line)
    if len(widths) != 1 or (not is_transposed and widths != {4}):
        message = f"motif {block.name!r}: rows of {sorted(widths)} numbers, expected 4 in each"
        raise DataError(path, message, block.line)
    if has_letters and block.letters != LETTERS:
        message = f"motif {block.name!r}: rows {block.letters!r}, expected {LETTERS!r}"
        raise DataError(path, message, block.line)
    if block.width not in {None, len(block.rows)}:
        message = f"motif {block.name!r}: {len(block.rows)} rows, expected w= {block.width}"
        raise DataError(path, message, block.line)
    matrix = np.array(block.rows, dtype=np.float64)
    return matrix.T if is_transposed else matrix


def write_meme(path: Path, motifs: Sequence[Motif], background: NDArray[np.float64]) -> None:
    """Write motifs in the minimal MEME format, version 4."""
    frequencies = " ".join(
        f"{letter} {value:.6f}" for letter, value in zip(LETTERS, background, strict=True)
    )
    parts = [
        "MEME version 4",
        "ALPHABET= ACGT",
        "strands: + -",
        f"Background letter frequencies\n{frequencies}",
    ]
    for motif in motifs:
        header = f"letter-probability matrix: alength= 4 w= {len(motif.probabilities)}"
        rows = [" ".join(f"{value:.6f}" for value in row) for row in motif.probabilities]
        parts.append("\n".join([f"MOTIF {motif.name}", f"{header} nsites= {motif.sites:g}", *rows]))
    path.write_text("\n\n".join(parts) + "\n")
