"""Model files of LS-GKM (Lee 2016, doi:10.1093/bioinformatics/btw142), read and written.

A file is text, or gzip where its name ends in `.gz`: a header of words and values, the line `SV`,
and a coefficient and a sequence on each line after it.
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from bench.data.alphabet import encode
from bench.data.fasta import open_binary
from bench.data.files import atomic_file
from bench.interface import BenchError, DataError
from bench_gkm_svm.kernel import GkmKernel, KernelType
from bench_gkm_svm.lsgkm import LsgkmModel

if TYPE_CHECKING:
    from io import BufferedReader

KERNEL_WORDS = {
    KernelType.COUNT: "gkm_cnt",
    KernelType.FULL: "gkm_estfull",
    KernelType.TRUNCATED: "gkm_esttrunc",
    KernelType.TRUNCATED_RBF: "gkmrbf",
    KernelType.CENTRE: "wgkm",
    KernelType.CENTRE_RBF: "wgkmrbf",
}
LONGEST_SEQUENCE = 2047
"""LS-GKM cuts longer ones."""
DEFAULTS = {"norc": "0", "gamma": "1", "M": "50", "H": "50"}
"""Header values that files leave out where they have no meaning, or that old files lack."""
NEEDED = ("svm_type", "kernel_type", "L", "k", "d", "total_sv", "rho")
MACHINES = ("c_svc", "epsilon_svr")


def read_model(path: Path) -> LsgkmModel:
    """Read a model file.

    Raises:
        DataError: the file is not such a model; names the line where one is to blame.
    """
    lines = _lines(path)
    header = _read_header(path, lines)
    kernel = _kernel_of(path, header)
    machine = header["svm_type"].text
    if machine not in MACHINES:
        raise header["svm_type"].wrong(path, f"one of {', '.join(MACHINES)}")
    rho = header["rho"].number(path)
    expected = header["total_sv"].whole(path)
    if expected < 1:
        raise header["total_sv"].wrong(path, "1 or more")
    beta, sequences = _read_support(path, lines, expected)
    return LsgkmModel(kernel, machine, rho, np.array(beta), sequences)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text file, plain or compressed, with their numbers."""
    number = 0
    with TextIOWrapper(cast("BufferedReader", open_binary(path)), encoding="utf-8") as file:
        try:
            for number, line in enumerate(file, 1):
                yield number, line
        except UnicodeDecodeError as error:
            raise DataError(path, "no text, expected a model of LS-GKM", number + 1) from error
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(path, "truncated or damaged gzip", number + 1) from error


@dataclass(frozen=True, slots=True)
class HeaderEntry:
    """A word of the header with its value, and the line on which both stand."""

    word: str
    text: str
    line: int | None = None

    def wrong(self, path: Path, expected: str) -> DataError:
        """Return the error that says what was expected instead."""
        return DataError(path, f"{self.word} is {self.text!r}, expected {expected}", self.line)

    def number(self, path: Path) -> float:
        """Return the value as a finite number."""
        if not _is_number(self.text):
            raise self.wrong(path, "a number")
        return float(self.text)

    def whole(self, path: Path) -> int:
        """Return the value as a whole number."""
        value = self.number(path)
        if value != int(value):
            raise self.wrong(path, "a whole number")
        return int(value)


def _read_header(path: Path, lines: Iterator[tuple[int, str]]) -> dict[str, HeaderEntry]:
    header = {word: HeaderEntry(word, value) for word, value in DEFAULTS.items()}
    for number, line in lines:
        word, *values = line.split() or [""]
        if word == "SV":
            break
        if values:
            header[word] = HeaderEntry(word, values[0], number)
        elif word in NEEDED or word in DEFAULTS:
            raise DataError(path, f"{word} has no value", number)
    missing = [word for word in NEEDED if word not in header]
    if missing:
        raise DataError(path, f"no {', '.join(missing)} in its header, expected a model of LS-GKM")
    return header


def _kernel_of(path: Path, header: dict[str, HeaderEntry]) -> GkmKernel:
    known = {word: type_ for type_, word in KERNEL_WORDS.items()}
    given = header["kernel_type"]
    if given.text not in known:
        raise given.wrong(path, f"one of {', '.join(known)}")
    values = {word: header[word].whole(path) for word in ("L", "k", "d", "norc", "M")}
    gamma, half_life = header["gamma"].number(path), header["H"].number(path)
    try:
        return GkmKernel(
            type=known[given.text],
            l=values["L"],
            k=values["k"],
            d=values["d"],
            gamma=gamma,
            peak=values["M"],
            half_life=half_life,
            both_strands=values["norc"] == 0,
        )
    except BenchError as error:
        raise DataError(path, str(error)) from error


def _read_support(
    path: Path, lines: Iterator[tuple[int, str]], expected: int
) -> tuple[list[float], list[str]]:
    beta: list[float] = []
    sequences: list[str] = []
    number = None
    for number, line in lines:
        words = line.split()
        if not words:
            continue
        if len(sequences) == expected:
            raise DataError(path, f"more than the {expected} sequences of total_sv", number)
        if len(words) != 2 or not _is_number(words[0]):
            raise DataError(
                path, f"{line.strip()[:40]!r}, expected a coefficient and a sequence", number
            )
        try:
            encode(words[1])
        except ValueError as error:
            raise DataError(path, str(error), number) from error
        beta.append(float(words[0]))
        sequences.append(words[1].upper())
    if len(sequences) < expected:
        raise DataError(
            path, f"ends after {len(sequences)} of {expected} support sequences", number
        )
    return beta, sequences


def _is_number(word: str) -> bool:
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False


def require_writable(kernel: GkmKernel, longest: int) -> None:
    """Refuse a machine that LS-GKM cannot hold, before or after it is trained.

    Args:
        kernel: of the machine.
        longest: length of its longest support sequence in bp.

    Raises:
        BenchError: d is more than l - k, or a sequence is longer than 2,047 bp.
    """
    if kernel.d > kernel.l - kernel.k:
        raise BenchError(
            f"d is {kernel.d}, but LS-GKM reads no d above {kernel.l - kernel.k} for "
            f"l = {kernel.l} and k = {kernel.k}"
        )
    if longest > LONGEST_SEQUENCE:
        raise BenchError(
            f"a sequence has {longest:,} bp, but LS-GKM cuts them at {LONGEST_SEQUENCE:,}"
        )


def write_model(path: Path, model: LsgkmModel) -> None:
    """Write a model file that `gkmpredict` reads.

    Raises:
        BenchError: LS-GKM cannot hold the model; see `require_writable`.
    """
    longest = max((len(sequence) for sequence in model.sequences), default=0)
    require_writable(model.kernel, longest)
    opened = gzip.open if path.suffix == ".gz" else open
    with atomic_file(path) as part, opened(part, "wt") as file:
        file.writelines(_header_lines(model))
        # A classifier's support sequences stand class by class, positives first.
        order = np.argsort(model.beta < 0, kind="stable") if _classifies(model) else None
        for row in range(len(model.beta)) if order is None else order:
            file.write(f"{model.beta[row]:.16g} {model.sequences[row]}\n")


def _classifies(model: LsgkmModel) -> bool:
    return model.machine == "c_svc"


def _header_lines(model: LsgkmModel) -> Iterator[str]:
    kernel = model.kernel
    yield f"svm_type {model.machine}\n"
    yield f"kernel_type {KERNEL_WORDS[kernel.type]}\n"
    yield f"L {kernel.l}\nk {kernel.k}\nd {kernel.d}\nnorc {int(not kernel.both_strands)}\n"
    if kernel.is_rbf:
        yield f"gamma {kernel.gamma:.10g}\n"
    if kernel.weighs_places:
        yield f"M {kernel.peak}\nH {kernel.half_life:.10g}\n"
    yield f"nr_class 2\ntotal_sv {len(model.beta)}\nrho {model.rho:.10g}\n"
    if _classifies(model):
        positives = int((model.beta > 0).sum())
        yield f"label 1 -1\nnr_sv {positives} {len(model.beta) - positives}\n"
    yield "SV\n"
