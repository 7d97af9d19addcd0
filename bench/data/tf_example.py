"""The message tf.train.Example, read without TensorFlow.

Fields of protocol buffers are pairs of a number and a content
(protobuf.dev/programming-guides/encoding). An Example holds Features as field 1, these hold entries
of a map as field 1, with a name as field 1 and a Feature as field 2. A Feature is one of the lists
of bytes (1), float (2) and int64 (3), whose items are field 1, packed or one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
LONGEST_VARINT = 10

Feature: TypeAlias = "list[bytes] | NDArray[np.float32] | NDArray[np.int64]"
"""Content of a feature; a list of floats or integers is an array `(n,)`."""


def parse_example(message: bytes) -> dict[str, Feature]:
    """Return the features of an Example by name.

    Raises:
        ValueError: the message ends too early, or is no Example.
    """
    features: dict[str, Feature] = {}
    for number, content in _fields(memoryview(message)):
        if number == 1:
            for entry_number, entry in _fields(_nested(content)):
                if entry_number == 1:
                    name, feature = _entry(_nested(entry))
                    features[name] = feature
    return features


def _entry(entry: memoryview) -> tuple[str, Feature]:
    name, feature = "", memoryview(b"")
    for number, content in _fields(entry):
        if number == 1:
            name = bytes(_nested(content)).decode("utf-8")
        elif number == 2:
            feature = _nested(content)
    return name, _feature(feature)


def _feature(feature: memoryview) -> Feature:
    kind, items = 1, memoryview(b"")
    for number, content in _fields(feature):
        kind, items = number, _nested(content)
    contents = [content for number, content in _fields(items) if number == 1]
    if kind == 1:
        return [bytes(_nested(content)) for content in contents]
    if kind == 2:
        return _floats(contents)
    if kind == 3:
        parts = [
            np.array([part], dtype=np.uint64) if isinstance(part, int) else _varints(part)
            for part in contents
        ]
        return np.concatenate([np.empty(0, np.uint64), *parts]).view(np.int64)
    raise ValueError(f"a feature of kind {kind}, expected 1 to 3")


def _floats(contents: list[int | memoryview]) -> NDArray[np.float32]:
    """Return floats that stand one by one, in four bytes each, or packed."""
    raw = b"".join(_nested(content) for content in contents)
    if len(raw) % 4:
        raise ValueError(f"floats in {len(raw)} bytes, expected a multiple of 4")
    return np.frombuffer(raw, dtype="<f4").astype(np.float32)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield number and content of each field: an integer, or the bytes of anything else."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        kind = key & 7
        if kind == VARINT:
            value, place = _varint(message, place)
            yield key >> 3, value
            continue
        if kind == BYTES:
            size, place = _varint(message, place)
        elif kind in {FIXED32, FIXED64}:
            size = 4 if kind == FIXED32 else 8
        else:
            raise ValueError(f"a field of wire type {kind}, which protocol buffers do not have")
        if place + size > len(message):
            raise ValueError(f"a field of {size} bytes, {len(message) - place} are left")
        yield key >> 3, message[place : place + size]
        place += size


def _nested(content: int | memoryview) -> memoryview:
    if isinstance(content, int):
        raise ValueError("an integer, expected bytes")  # noqa: TRY004  # the type is of the file
    return content


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """Return an unsigned integer of seven bits a byte, lowest first, and the place after it."""
    value = 0
    for index, byte in enumerate(message[place : place + LONGEST_VARINT]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, place + index + 1
    raise ValueError("an integer that does not end")


def _varints(packed: memoryview) -> NDArray[np.uint64]:
    """Return packed integers, all at once."""
    content = np.frombuffer(packed, dtype=np.uint8)
    if not len(content):
        return np.empty(0, dtype=np.uint64)
    ends = np.flatnonzero(content < 0x80)
    if not len(ends) or ends[-1] != len(content) - 1:
        raise ValueError("an integer that does not end")
    starts = np.concatenate([[0], ends[:-1] + 1])
    sizes = ends - starts + 1
    if sizes.max() > LONGEST_VARINT:
        raise ValueError("an integer that does not end")
    shifts = 7 * (np.arange(len(content)) - np.repeat(starts, sizes))
    parts = (content & 0x7F).astype(np.uint64) << shifts.astype(np.uint64)
    integers: NDArray[np.uint64] = np.bitwise_or.reduceat(parts, starts)
    return integers
