"""Files of scored variants: VCF with INFO fields, Parquet and tab-separated tables."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from bench.data.bgzf import BgzfWriter
from bench.data.files import atomic_file
from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from bench.data.vcf import VcfHeader
    from bench.effects.variants import ScoredRecord

INFO = 7
"""Column of INFO."""
NO_WORD = re.compile(r"[^0-9A-Za-z_.]")
KINDS = (".vcf", ".vcf.gz", ".parquet", ".tsv")
ROWS = 10_000
"""Rows of a Parquet file that are held until they are written."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What an output file says of how its scores were made.

    Attributes:
        model: row of the run, with the task that it was fitted on.
        score: how alleles were compared.
        genome: name of the build; empty where records bring their sequences.
        targets: names of the columns of scores.
    """

    model: str
    score: str
    genome: str
    targets: tuple[str, ...]


class Writer(ABC):
    """Takes scored records one after the other."""

    @abstractmethod
    def write(self, scored: ScoredRecord) -> None:
        """Add a record."""

    def close(self) -> None:  # noqa: B027  not every writer holds something back
        """Write what was held back."""


@contextmanager
def writing(
    paths: Sequence[Path], origin: Origin, header: VcfHeader | None, columns: tuple[str, ...]
) -> Iterator[list[Writer]]:
    """Open all outputs; each file is there whole at the end, or not at all.

    Args:
        paths: their suffixes say which format.
        origin: of the scores.
        header: of the VCF file that is read; None where it is none.
        columns: of the table that is read.

    Raises:
        BenchError: a suffix is not known, or a VCF file is to be made of a table.
    """
    for path in paths:
        if [one.resolve() for one in paths].count(path.resolve()) > 1:
            raise BenchError(f"{path} is named twice as an output")
    with ExitStack() as stack:
        writers: list[Writer] = []
        for path in paths:
            kind = next((one for one in KINDS if path.name.endswith(one)), None)
            if kind is None:
                raise BenchError(f"{path}: expected a name that ends in {', '.join(KINDS)}")
            if kind.startswith(".vcf") and header is None:
                raise BenchError(f"{path}: only a VCF file can be written again with scores")
            temporary = stack.enter_context(atomic_file(path))
            writer: Writer
            if kind == ".parquet":
                writer = ParquetWriter(temporary, origin, header is not None, columns)
            else:
                stream = stack.enter_context(temporary.open("wb"))
                if header is not None and kind != ".tsv":
                    writer = VcfWriter(stream, origin, header, compressed=kind == ".vcf.gz")
                else:
                    writer = TsvWriter(stream, origin, header is not None, columns)
            writers.append(writer)
        yield writers
        for writer in writers:
            writer.close()


def info_keys(targets: Sequence[str]) -> list[str]:
    """Return a name for the INFO field of each target, no two alike."""
    if len(targets) == 1:
        return ["BENCH"]
    keys = [f"BENCH_{NO_WORD.sub('_', target)}" for target in targets]
    while len(set(keys)) < len(keys):
        twice = {key for key in keys if keys.count(key) > 1}
        keys = [f"{key}_{number}" if key in twice else key for number, key in enumerate(keys)]
    return keys


class VcfWriter(Writer):
    """Writes every line as it was, with the scores of its alleles at the end of INFO.

    A field that is there already under the same name is replaced.
    """

    def __init__(
        self, stream: IO[bytes], origin: Origin, header: VcfHeader, *, compressed: bool
    ) -> None:
        self._out: Any = BgzfWriter(stream) if compressed else stream
        self._compressed = compressed
        self._keys = info_keys(origin.targets)
        own = tuple(f"##INFO=<ID={key}," for key in self._keys)
        kept = [line for line in header.lines[:-1] if not line.startswith(own)]
        added = [
            f'##INFO=<ID={key},Number=A,Type=Float,Description="Effect of the alternative allele '
            f"on {_quoted(target)}: {origin.score} by {_quoted(origin.model)}, genome "
            f'{origin.genome}">'
            for key, target in zip(self._keys, origin.targets, strict=True)
        ]
        self._lines([*kept, *added, header.lines[-1]])

    def _lines(self, lines: Sequence[str]) -> None:
        self._out.write("".join(f"{line}\n" for line in lines).encode())

    def write(self, scored: ScoredRecord) -> None:
        """Add a line."""
        fields = list(scored.record.fields)
        kept = [
            word
            for word in fields[INFO].split(";")
            if word != "." and word.partition("=")[0] not in self._keys
        ]
        added = [
            f"{key}={','.join(_number(value) for value in scored.scores[:, column])}"
            for column, key in enumerate(self._keys)
            if not np.isnan(scored.scores[:, column]).all()
        ]
        fields[INFO] = ";".join([*kept, *added]) or "."
        self._lines(["\t".join(fields)])

    def close(self) -> None:
        """Write the last block."""
        if self._compressed:
            self._out.close()


def _number(value: float) -> str:
    return "." if np.isnan(value) else f"{value:.6g}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


PLACE = ("line", "id", "chrom", "pos", "ref", "alt")


class RowWriter(Writer):
    """Makes rows of records, one for each allele that was scored or left out.

    Of a VCF file the place of each allele is kept, of a table all its columns. Scores follow, and
    what each allele was predicted.
    """

    def __init__(self, origin: Origin, *, from_vcf: bool, columns: tuple[str, ...]) -> None:
        self._from_vcf = from_vcf
        first = PLACE if from_vcf else columns
        kinds = [origin.targets, *(tuple(f"{target} {allele}" for target in origin.targets)
                                   for allele in ("ref", "alt"))]  # fmt: skip
        self.names = (*first, *(name for kind in kinds for name in kind))
        if len(set(self.names)) < len(self.names):
            twice = next(name for name in self.names if self.names.count(name) > 1)
            raise BenchError(f"column {twice!r} is that of a score; call it otherwise")

    def rows(self, scored: ScoredRecord) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a record."""
        record = scored.record
        for number in range(len(scored.scores)):
            parts = (scored.scores, scored.references, scored.alternatives)
            values = [value for part in parts for value in part[number].tolist()]
            if not self._from_vcf:
                yield (*record.fields, *values)
                continue
            chrom, position, _, ref, alts = record.fields[:5]
            alt = alts.split(",")[number]
            yield (record.line, record.name, chrom, int(position), ref, alt, *values)


class TsvWriter(RowWriter):
    """A tab-separated table with one line for each allele."""

    def __init__(
        self, stream: IO[bytes], origin: Origin, from_vcf: bool, columns: tuple[str, ...]
    ) -> None:
        super().__init__(origin, from_vcf=from_vcf, columns=columns)
        self._stream = stream
        self._line(self.names)

    def _line(self, row: Sequence[Any]) -> None:
        words = (
            ("" if np.isnan(one) else f"{one:.6g}") if isinstance(one, float) else str(one)
            for one in row
        )
        self._stream.write(("\t".join(words) + "\n").encode())

    def write(self, scored: ScoredRecord) -> None:
        """Add the lines of a record."""
        for row in self.rows(scored):
            self._line(row)


class ParquetWriter(RowWriter):
    """A Parquet file with one row for each allele."""

    def __init__(
        self, path: Path, origin: Origin, from_vcf: bool, columns: tuple[str, ...]
    ) -> None:
        super().__init__(origin, from_vcf=from_vcf, columns=columns)
        import pyarrow as pa
        import pyarrow.parquet as pq

        texts = {"id", "chrom", "ref", "alt"} if from_vcf else set(columns)
        whole = {"line", "pos"} if from_vcf else set()
        kinds = [
            pa.string() if name in texts else pa.int64() if name in whole else pa.float64()
            for name in self.names
        ]
        facts = {"model": origin.model, "score": origin.score, "genome": origin.genome}
        self._schema = pa.schema(list(zip(self.names, kinds, strict=True)), metadata=facts)
        self._file = pq.ParquetWriter(path, self._schema)
        self._held: list[tuple[Any, ...]] = []

    def write(self, scored: ScoredRecord) -> None:
        """Add the rows of a record."""
        self._held.extend(self.rows(scored))
        if len(self._held) >= ROWS:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        columns = list(zip(*self._held, strict=True)) or [()] * len(self.names)
        arrays = [
            pa.array(column, type=field.type)
            for column, field in zip(columns, self._schema, strict=True)
        ]
        self._file.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._held.clear()

    def close(self) -> None:
        """Write the rows that were held back, and the file's end."""
        self._flush()
        self._file.close()
