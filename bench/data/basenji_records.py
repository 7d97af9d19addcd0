"""Windows of Basenji's and Baskerville's data: sequences with their coverage in bins.

The windows of each split lie in the order of `sequences.bed` in files `train-0.tfr`, `train-1.tfr`
and so on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bench.data.alphabet import N
from bench.data.basenji import Statistics
from bench.data.tfrecords import read_records
from bench.interface.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.data.tf_example import Feature
    from bench.interface.arrays import CodeArray


class BasenjiRecord(NamedTuple):
    """One window.

    `sequence` holds codes, uint8 `(seq_length,)`; `target` is float16 or float32
    `(target_length, num_targets)`.
    """

    sequence: CodeArray
    target: NDArray[np.floating]


def read_basenji_records(path: Path, statistics: Statistics) -> Iterator[BasenjiRecord]:
    """Read the windows of one TFRecord file.

    The sequence may be stored as codes or as one row of four flags for each base; all four unset
    is N.

    Raises:
        DataError: the file is truncated or damaged, or a record has other sizes than stated; the
            text names the record, counted from 1.
    """
    for record, features in enumerate(read_records(path), start=1):
        try:
            sequence = _codes(_bytes(features, "sequence"), statistics.seq_length)
            target = _target(_bytes(features, "target"), statistics)
        except ValueError as error:
            raise DataError(path, f"record {record}: {error}") from error
        yield BasenjiRecord(sequence, target)


def _bytes(features: Mapping[str, Feature], name: str) -> bytes:
    if name not in features:
        raise ValueError(f"no feature {name!r}; it has {', '.join(sorted(features)) or 'none'}")
    content = features[name]
    if not isinstance(content, list) or len(content) != 1:
        raise ValueError(f"feature {name!r} is no single string of bytes")
    return content[0]


def _codes(raw: bytes, length: int) -> CodeArray:
    content = np.frombuffer(raw, dtype=np.uint8)
    if len(content) == length:
        if content.max() > N:
            raise ValueError(f"code {content.max()} in the sequence, expected 0 to {N}")
        return content.copy()
    if len(content) != 4 * length:
        raise ValueError(f"sequence of {len(content)} bytes, expected {length} or {4 * length}")
    flags = content.reshape(length, 4)
    if flags.max() > 1 or flags.sum(axis=1).max() > 1:
        raise ValueError("sequence is not one-hot")
    return np.where(flags.any(axis=1), flags.argmax(axis=1), N).astype(np.uint8)


def _target(raw: bytes, statistics: Statistics) -> NDArray[np.floating]:
    shape = (statistics.target_length, statistics.num_targets)
    count = shape[0] * shape[1]
    types = {2 * count: "<f2", 4 * count: "<f4"}
    if len(raw) not in types:
        raise ValueError(
            f"target of {len(raw)} bytes, expected {shape[0]} bins of {shape[1]} targets"
        )
    stored = np.frombuffer(raw, dtype=types[len(raw)]).reshape(shape)
    target: NDArray[np.floating] = stored.astype(stored.dtype.newbyteorder("="))
    return target
