"""Model files of LS-GKM (Lee 2016, doi:10.1093/bioinformatics/btw142), read and written.

A file is text, or gzip where its name ends in `.gz`: a header of words and values, the line `SV`,
and a coefficient and a sequence on each line after it.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import torch

from bench.data.alphabet import N, decode, encode
from bench.data.fasta import open_binary
from bench.data.files import atomic_file
from bench.interface import BenchError, DataError
from bench_gkm_svm.kernel import GkmKernel, KernelType
from bench_gkm_svm.lmers import index_lmers, occurrences
from bench_gkm_svm.normalised import NormalisedProduct
from bench_gkm_svm.rbf_scores import RbfScores
from bench_gkm_svm.scores import TableScores

if TYPE_CHECKING:
    from io import BufferedReader

    from numpy.typing import NDArray

    from bench.interface import CodeArray
    from bench_gkm_svm.solver import Solution
    from bench_gkm_svm.training import Training

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


@dataclass(frozen=True, slots=True)
class LsgkmModel:
    """What a model file holds.

    Attributes:
        kernel: which kernel.
        machine: `c_svc` or `epsilon_svr`.
        rho: what is taken from each score.
        beta: label times alpha of each support sequence, `(support,)`.
        sequences: the support sequences.
    """

    kernel: GkmKernel
    machine: str
    rho: float
    beta: NDArray[np.float64]
    sequences: Sequence[str]

    def scores(self, n_policy: str = "lsgkm") -> TableScores | RbfScores:
        """Return the decision function.

        Args:
            n_policy: "lsgkm" reads an N in a support sequence as A, as LS-GKM does; "skip" leaves
                out the l-mers that hold one.
        """
        codes, lengths = padded_codes(self.sequences)
        if n_policy == "lsgkm":
            inside = np.arange(codes.shape[1]) < lengths[:, None]
            codes[(codes == N) & inside] = 0
        rho, one, zero = np.array([self.rho]), np.ones(1), np.zeros(1)
        if self.kernel.is_rbf:
            return RbfScores(self.kernel, codes, lengths, self.beta[:, None], rho, one, zero)
        index = index_lmers([occurrences(codes, lengths, self.kernel)], self.kernel)
        product = NormalisedProduct.of(index, self.kernel).exact()
        table = product.table(torch.from_numpy(self.beta))
        return TableScores.plain(self.kernel, table[:, None], rho)


def model_of(training: Training, solution: Solution, machine: str = "c_svc") -> LsgkmModel:
    """Return the model file's content for a machine that was trained.

    Args:
        training: what it was trained on.
        solution: the machine.
        machine: `c_svc` or `epsilon_svr`.
    """
    beta = solution.beta.cpu().numpy()
    support = np.flatnonzero(beta)
    codes, lengths = training.sequences(support)
    sequences = [decode(row[:length]) for row, length in zip(codes, lengths, strict=True)]
    return LsgkmModel(training.kernel, machine, solution.rho, beta[support], sequences)


def padded_codes(sequences: Sequence[str]) -> tuple[CodeArray, NDArray[np.int64]]:
    """Return codes, padded with N on the right, and lengths of sequences."""
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
    codes = np.full((len(sequences), int(lengths.max(initial=0))), N, dtype=np.uint8)
    for row, sequence in enumerate(sequences):
        codes[row, : len(sequence)] = encode(sequence)
    return codes, lengths


def read_model(path: Path) -> LsgkmModel:
    """Read a model file.

    Raises:
        DataError: the file is not such a model; names the line.
    """
    with TextIOWrapper(cast("BufferedReader", open_binary(path))) as file:
        lines = enumerate(file, 1)
        header = _read_header(path, lines)
        count = _number(path, header, "total_sv")
        beta, sequences = np.zeros(count), []
        for row in range(count):
            number, line = next(lines, (0, ""))
            words = line.split()
            if len(words) != 2 or not _is_number(words[0]):
                raise DataError(
                    path,
                    f"{line.strip()[:40]!r}, expected coefficient and sequence number {row + 1} "
                    f"of {count}",
                    number or None,
                )
            beta[row] = float(words[0])
            sequences.append(words[1].upper())
    return LsgkmModel(
        _kernel_of(path, header),
        header["svm_type"][0],
        _float(path, header, "rho"),
        beta,
        sequences,
    )


def _read_header(path: Path, lines: Iterator[tuple[int, str]]) -> dict[str, list[str]]:
    header: dict[str, list[str]] = {}
    for _, line in lines:
        word, *values = line.split() or [""]
        if word == "SV":
            break
        header[word] = values
    missing = {"svm_type", "kernel_type", "L", "k", "d", "total_sv", "rho"} - {
        word for word, values in header.items() if values
    }
    if missing:
        words = ", ".join(sorted(missing))
        raise DataError(path, f"no {words} in its header, expected a model of LS-GKM")
    return header


def _kernel_of(path: Path, header: dict[str, list[str]]) -> GkmKernel:
    known = {word: type_ for type_, word in KERNEL_WORDS.items()}
    word = header["kernel_type"][0]
    if word not in known:
        raise DataError(path, f"kernel_type {word!r}, expected one of {', '.join(known)}")
    filled = {**{name: [value] for name, value in DEFAULTS.items()}, **header}
    try:
        return GkmKernel(
            type=known[word],
            l=_number(path, filled, "L"),
            k=_number(path, filled, "k"),
            d=_number(path, filled, "d"),
            gamma=_float(path, filled, "gamma"),
            peak=_number(path, filled, "M"),
            half_life=_float(path, filled, "H"),
            both_strands=_number(path, filled, "norc") == 0,
        )
    except DataError:
        raise
    except BenchError as error:
        raise DataError(path, str(error)) from error


def _number(path: Path, header: dict[str, list[str]], word: str) -> int:
    value = _float(path, header, word)
    if value != int(value):
        raise DataError(path, f"{word} is {value:g}, expected a whole number")
    return int(value)


def _float(path: Path, header: dict[str, list[str]], word: str) -> float:
    if not _is_number(header[word][0]):
        raise DataError(path, f"{word} is {header[word][0]!r}, expected a number")
    return float(header[word][0])


def _is_number(word: str) -> bool:
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False


def write_model(path: Path, model: LsgkmModel) -> None:
    """Write a model file that `gkmpredict` reads.

    Raises:
        BenchError: LS-GKM cannot hold the model: d is more than l - k or 4, or a sequence is
            longer than 2,047 bp.
    """
    kernel = model.kernel
    if kernel.d > min(4, kernel.l - kernel.k):
        raise BenchError(
            f"d is {kernel.d}, but LS-GKM reads no d above {min(4, kernel.l - kernel.k)} for "
            f"l = {kernel.l} and k = {kernel.k}"
        )
    longest = max((len(sequence) for sequence in model.sequences), default=0)
    if longest > LONGEST_SEQUENCE:
        raise BenchError(
            f"a support sequence has {longest:,} bp, but LS-GKM cuts them at {LONGEST_SEQUENCE:,}"
        )
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
