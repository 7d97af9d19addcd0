"""What the verbs of `python -m bench_gkm_svm` read and write, checked before long work begins."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import N
from bench.data.fasta import FastaRecord, read_fasta
from bench.data.files import atomic_file
from bench.interface import BenchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray
    from bench_gkm_svm.scores import Scores, TableScores

BATCH_BASES = 1 << 24
"""Padded bases that are held as one array."""


def records_of(path: Path) -> list[FastaRecord]:
    """Read all records of a FASTA file."""
    return list(read_fasta(path))


def padded_batches(
    records: list[FastaRecord], n_policy: str
) -> Iterator[tuple[CodeArray, NDArray[np.int64]]]:
    """Yield codes, padded on the right, and lengths of consecutive records.

    Args:
        records: sequences.
        n_policy: "lsgkm" reads an N as A, "skip" leaves it.
    """
    first = 0
    while first < len(records):
        longest, end = 1, first
        while end < len(records):
            longest = max(longest, len(records[end].codes))
            if end > first and (end + 1 - first) * longest > BATCH_BASES:
                break
            end += 1
        yield _padded(records[first:end], n_policy)
        first = end


def _padded(records: list[FastaRecord], n_policy: str) -> tuple[CodeArray, NDArray[np.int64]]:
    from bench_gkm_svm.lsgkm import padded

    codes, lengths = padded([record.codes for record in records])
    if n_policy == "lsgkm":
        codes[codes == N] = 0
    return codes, lengths


def scores_of(path: Path, n_policy: str = "lsgkm", target: int = 1) -> Scores:
    """Read a decision function from a model file of LS-GKM, or from the folder of a saved model.

    Args:
        path: a file, or the folder `model` of a cell of a run.
        n_policy: what an N in a support sequence of a file is.
        target: which of a saved model's targets, from 1; those of all heads count on.

    Raises:
        BenchError: there is no such model or target.
    """
    from bench_gkm_svm.lsgkm_file import read_model
    from bench_gkm_svm.saved import load_scores

    if path.is_dir():
        every = [one for scores in load_scores(path).values() for one in scores.each()]
    else:
        every = [read_model(path).scores(n_policy)]
    if not 1 <= target <= len(every):
        raise BenchError(f"target is {target}, expected 1 to {len(every)}, as {path} holds so many")
    return every[target - 1]


def window_sums(
    scores: TableScores, codes: NDArray[np.uint8], window: int, step: int
) -> Iterator[tuple[int, float]]:
    """Yield the start of each window that holds an l-mer without N, and the sum of its weights."""
    l = scores.kernel.l
    unknown = np.concatenate([[0], np.cumsum(codes >= N)])
    known = unknown[l:] == unknown[:-l] if len(codes) >= l else np.zeros(0, dtype=bool)
    counts = np.concatenate([[0], np.cumsum(known)])
    sums = np.concatenate([[0.0], np.cumsum(scores.along(codes), dtype=np.float64)])
    span = window - l + 1
    for start in range(0, len(codes) - window + 1, step):
        if counts[start + span] > counts[start]:
            yield start, float(sums[start + span] - sums[start])


def require_place(path: Path) -> None:
    """Refuse a path that cannot be written, before what is to be written is computed.

    Raises:
        BenchError: it is a folder, or its folder cannot be written to.
    """
    if path.is_dir():
        raise BenchError(f"cannot write {path}: it is a folder")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise BenchError(f"cannot write {path}: {error.strerror}") from error


def require_device(device: str) -> None:
    """Refuse a device that is not there.

    Raises:
        BenchError: it is neither the processor nor a GPU that torch sees.
    """
    if device == "cpu":
        return
    import torch

    if not device.startswith("cuda"):
        raise BenchError(f"device is {device!r}, expected cpu or cuda")
    number = int(device[5:]) if device[5:].isdigit() else 0
    if device not in {"cuda", f"cuda:{number}"} or number >= torch.cuda.device_count():
        raise BenchError(f"device is {device!r}, but torch sees {torch.cuda.device_count()} GPUs")


def write_values(path: Path, names: Iterable[str], values: NDArray[np.float64]) -> None:
    """Write a line for each name and value, with a tab between them."""
    with atomic_file(path) as part:
        rows = zip(names, values, strict=True)
        part.write_text("".join(f"{name}\t{value:.6g}\n" for name, value in rows))


def show_progress(done: int, total: int, note: str = "") -> None:
    """Show on a terminal how far long work is."""
    if sys.stderr.isatty():
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r{100 * done // max(1, total):3d} % {note:<20}{end}")
