"""Public bundles of one-hot sequences with targets: DeepSEA's and Basset's.

DeepSEA (Zhou and Troyanskaya 2015): `train.mat` is HDF5, with `trainxdata` `(length, 4, n)` and
`traindata` `(targets, n)`; `valid.mat` and `test.mat` are older MATLAB files, with `(n, 4, length)`
and `(n, targets)`. Channels are A, G, C, T, and the second half of the items holds the reverse
complements of the first.

Basset (Kelley et al. 2016): one HDF5 file with `train_in` `(n, 4, 1, length)`, `train_out`
`(n, targets)`, the same for `valid` and `test`, and `target_labels`. Channels are A, C, G, T; an
N is all zeros, or a quarter in each.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from bench.data.alphabet import LETTERS, N, reverse_complement
from bench.data.item_sources import BassetSource, BundleSource, DeepSeaSource
from bench.interface.errors import DataError
from bench.interface.names import nearest
from bench.tasks.collected import Collected, item_frame, one_head

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface.arrays import CodeArray, FloatArray
    from bench.tasks.sources import SourceContext

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
UNKNOWN = 0.25
AT_A_TIME = 10_000
"""Items that are read together."""


@dataclass(frozen=True, slots=True)
class _Bundle:
    """One split of a bundle: arrays with `axes` in the order of the file.

    `axes` of one-hot sequences are written as `n`, `c` (channels), `l` and `1` (of length 1).
    """

    path: Path
    sequences: Any
    targets: Any
    axes: str
    channels: str

    @property
    def count(self) -> int:
        """Number of items."""
        return int(self.sequences.shape[self.axes.index("n")])

    def codes(self, start: int, end: int) -> CodeArray:
        """Return the codes of some items, `(n, length)`; a base that is no channel's is N."""
        place = self.axes.index("n")
        part = np.asarray(self.sequences[(slice(None),) * place + (slice(start, end),)])
        kept = [self.axes.index(axis) for axis in "nlc"]
        part = part.reshape([part.shape[axis] for axis in sorted(kept)])
        part = np.transpose(part, np.argsort(np.argsort(kept)))
        # Some of Basset's scripts write an N as a quarter of each base.
        part = np.where((part == UNKNOWN).all(axis=2, keepdims=True), 0, part)
        self._require_one_hot(part, start)
        numbers = np.array([LETTERS.index(base) for base in self.channels], np.uint8)
        codes: CodeArray = np.where(part.any(axis=2), numbers[part.argmax(axis=2)], np.uint8(N))
        return codes

    def _require_one_hot(self, part: NDArray[Any], start: int) -> None:
        odd = ((part != 0) & (part != 1)).any(axis=(1, 2)) | (part.sum(axis=2) > 1).any(axis=1)
        if odd.any():
            raise DataError(
                self.path, f"item {start + int(odd.argmax())} is not one-hot: expected one 1 a base"
            )

    def target_values(self, count: int) -> FloatArray:
        """Return the targets of the first items, float32 `(count, targets)`."""
        if self.axes.index("n") == 0:
            return np.asarray(self.targets[:count], dtype=np.float32)
        return np.ascontiguousarray(self.targets[:, :count], dtype=np.float32).T


def read_deepsea(source: DeepSeaSource, context: SourceContext) -> Collected:
    """Read a file of DeepSEA's bundle; of each item and its reverse complement, the item.

    Raises:
        DataError: not of this layout; the text says what was expected.
    """
    path = context.path(source)
    with _opened(path) as content:
        names = [name for name in content if name.endswith("xdata")]
        if len(names) != 1:
            raise DataError(path, f"arrays {sorted(content)}, expected one named like trainxdata")
        of_targets = names[0].removesuffix("xdata") + "data"
        axes = "lcn" if content.is_hdf5 else "ncl"
        sequences, targets = (content.array(name) for name in (names[0], of_targets))
        bundle = _Bundle(path, sequences, targets, axes, "AGCT")
        _check_shapes(bundle)
        half = bundle.count // 2
        if bundle.count % 2:
            raise DataError(path, f"{bundle.count} items, expected as many on either strand")
        codes = []
        for start in range(0, half, AT_A_TIME):
            end = min(half, start + AT_A_TIME)
            part = bundle.codes(start, end)
            _require_complements(bundle, part, start, half)
            codes.append(part)
        values = bundle.target_values(bundle.count)
        differ = (values[:half] != values[half:]).any(axis=1)
        if differ.any():
            row = int(differ.argmax())
            raise DataError(path, f"item {half + row} has other targets than item {row}")
        values = values[:half]
    return _collected(source, np.concatenate(codes), values, None)


def _require_complements(bundle: _Bundle, part: CodeArray, start: int, half: int) -> None:
    other = bundle.codes(half + start, half + start + len(part))
    differ = (other != reverse_complement(part)).any(axis=1)
    if differ.any():
        row = start + int(differ.argmax())
        raise DataError(
            bundle.path, f"item {half + row} is not the reverse complement of item {row}"
        )


def read_basset(source: BassetSource, context: SourceContext) -> Collected:
    """Read one split of Basset's HDF5 file.

    Raises:
        DataError: not of this layout; the text says what was expected.
    """
    path = context.path(source)
    with _opened(path) as content:
        sequences, targets = (content.array(f"{source.split}_{end}") for end in ("in", "out"))
        bundle = _Bundle(path, sequences, targets, "nc1l", "ACGT")
        _check_shapes(bundle)
        codes = [
            bundle.codes(start, min(bundle.count, start + AT_A_TIME))
            for start in range(0, bundle.count, AT_A_TIME)
        ]
        names = None
        if "target_labels" in content:
            labels = np.asarray(content.array("target_labels"))
            names = tuple(
                label.decode() if isinstance(label, bytes) else str(label) for label in labels
            )
        values = bundle.target_values(bundle.count)
    if names is not None and len(set(names)) != values.shape[1]:
        raise DataError(
            path, f"{len(set(names))} different target_labels, expected {values.shape[1]}"
        )
    return _collected(source, np.concatenate(codes), values, names)


def _check_shapes(bundle: _Bundle) -> None:
    """Refuse arrays that do not belong together."""
    shape, targets = bundle.sequences.shape, bundle.targets.shape
    fits = len(shape) == len(bundle.axes) and all(
        size == {"c": 4, "1": 1}.get(axis, size)
        for axis, size in zip(bundle.axes, shape, strict=True)
    )
    if not fits:
        expected = ", ".join({"c": "4", "l": "length"}.get(axis, axis) for axis in bundle.axes)
        raise DataError(bundle.path, f"sequences of shape {shape}, expected ({expected})")
    items = 0 if bundle.axes.startswith("n") else 1
    if len(targets) != 2 or targets[items] != bundle.count:
        expected = f"({bundle.count}, targets)" if items == 0 else f"(targets, {bundle.count})"
        raise DataError(bundle.path, f"targets of shape {targets}, expected {expected}")
    if not bundle.count:
        raise DataError(bundle.path, "no items")


def _collected(
    source: BundleSource, codes: CodeArray, targets: FloatArray, names: tuple[str, ...] | None
) -> Collected:
    count = len(codes)
    together = source.block_items
    part = source.split or ""
    frame = item_frame(
        [f"{source.file}:{part}:{number}" for number in range(count)],
        ends=[codes.shape[1]] * count,
        group=[f"{source.file}:{part}:{number // together}" for number in range(count)]
        if together > 1
        else [""] * count,
        split=[part] * count,
    )
    names = names or tuple(f"target-{number + 1}" for number in range(targets.shape[1]))
    return Collected(frame, targets, one_head(*names), list(codes))


class _Content:
    """Named arrays of a file; those of HDF5 are read when they are indexed."""

    def __init__(self, path: Path, arrays: Mapping[str, Any], close: Callable[[], None]) -> None:
        self._path = path
        self._arrays = arrays
        self._close = close
        self.is_hdf5 = not isinstance(arrays, dict)

    def __iter__(self) -> Any:  # noqa: ANN401  names
        return iter(self._arrays)

    def __contains__(self, name: str) -> bool:
        return name in self._arrays

    def array(self, name: str) -> Any:  # noqa: ANN401  an array of numpy or of h5py
        """Return an array by name."""
        if name not in self._arrays:
            raise DataError(self._path, f"no array {name!r}; {nearest(name, list(self._arrays))}")
        found = self._arrays[name]
        # A sparse matrix has a shape, and is none.
        if not hasattr(found, "shape") or hasattr(found, "tocsr"):
            raise DataError(self._path, f"{name!r} is no plain array, but {type(found).__name__}")
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, *__: object) -> None:
        self._close()
        if isinstance(error, OSError):
            raise DataError(self._path, f"damaged: {error}") from error


def _opened(path: Path) -> _Content:
    """Open HDF5, or a MATLAB file of an older version."""
    try:
        with path.open("rb") as stream:
            # MATLAB puts 512 bytes of its own before the content of its HDF5 files.
            is_hdf5 = HDF5_MAGIC in (stream.read(8), _after_header(stream))
        if is_hdf5:
            import h5py

            file = h5py.File(path, "r")
            return _Content(path, file, file.close)
        from scipy.io import loadmat
        from scipy.io.matlab import MatReadError

        try:
            arrays = loadmat(path)
        except (MatReadError, zlib.error, EOFError) as error:
            raise DataError(path, f"neither HDF5 nor a MATLAB file: {error}") from error
    except FileNotFoundError as error:
        raise DataError(path, "no such file") from error
    except (OSError, ValueError, NotImplementedError, TypeError) as error:
        raise DataError(path, f"neither HDF5 nor a MATLAB file: {error}") from error
    named = {name: value for name, value in arrays.items() if not name.startswith("__")}
    return _Content(path, named, lambda: None)


def _after_header(stream: Any) -> bytes:  # noqa: ANN401  a binary stream
    stream.seek(512)
    content: bytes = stream.read(8)
    return content
