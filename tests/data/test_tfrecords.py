from __future__ import annotations

import gzip
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.data.crc32c import crc32c, masked_crc32c
from bench.data.tf_example import parse_example
from bench.data.tfrecords import read_messages, read_records
from bench.interface.errors import DataError


def crc_by_bits(data):
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


def varint(value):
    value &= (1 << 64) - 1
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def nested(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def bytes_list(*items):
    return nested(1, b"".join(nested(1, item) for item in items))


def float_list(*items, packed=True):
    if packed:
        return nested(2, nested(1, struct.pack(f"<{len(items)}f", *items)))
    return nested(2, b"".join(varint(1 << 3 | 5) + struct.pack("<f", item) for item in items))


def int64_list(*items, packed=True):
    if packed:
        return nested(3, nested(1, b"".join(map(varint, items))))
    return nested(3, b"".join(varint(1 << 3) + varint(item) for item in items))


def example(**features):
    entries = (nested(1, name.encode()) + nested(2, value) for name, value in features.items())
    return nested(1, b"".join(nested(1, entry) for entry in entries))


def masked_by_bits(data):
    crc = crc_by_bits(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) % (1 << 32)


def framed(message):
    head = struct.pack("<Q", len(message))
    sums = (struct.pack("<I", masked_by_bits(part)) for part in (head, message))
    return head + next(sums) + message + next(sums)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        # RFC 3720, section B.4.
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
    ],
)
def test_published_checksums(data, expected):
    assert crc32c(data) == expected


@given(st.binary(max_size=40), st.integers(0, 4), st.integers(-2, 2))
def test_checksums_across_lanes_are_those_of_single_bits(data, lanes, more):
    message = data + bytes(range(256)) * lanes
    message = message[: len(message) + more] if more < 0 else message + b"x" * more
    assert crc32c(message) == crc_by_bits(message)
    assert masked_crc32c(message) == masked_by_bits(message)


INT64 = st.integers(-(1 << 63), (1 << 63) - 1)


@given(
    st.lists(st.binary(max_size=9), max_size=3),
    st.lists(st.floats(width=32, allow_nan=False)),
    st.lists(INT64),
    st.booleans(),
)
def test_features_are_what_was_written(items, floats, integers, packed):
    message = example(
        b=bytes_list(*items),
        f=float_list(*floats, packed=packed),
        i=int64_list(*integers, packed=packed),
    )
    found = parse_example(message)
    assert found["b"] == items
    assert found["f"].dtype == np.float32
    assert found["f"].tolist() == floats
    assert found["i"].dtype == np.int64
    assert found["i"].tolist() == integers


def test_fields_of_other_numbers_are_passed_over():
    odd = (
        varint(7 << 3) + varint(300) + varint(8 << 3 | 1) + bytes(8) + varint(9 << 3 | 5) + bytes(4)
    )
    assert parse_example(odd + example(b=bytes_list(b"x")) + odd) == {"b": [b"x"]}
    assert parse_example(b"") == {}
    assert parse_example(example(empty=b"")) == {"empty": []}


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (example(b=bytes_list(b"xyz"))[:-1], "are left"),
        (b"\x80", "does not end"),
        (b"\xff" * 11, "does not end"),
        (b"\x0b", "wire type 3"),
        (varint(1 << 3) + b"\x01", "an integer, expected bytes"),
        (example(x=nested(4, b"")), "kind 4"),
        (example(x=nested(2, nested(1, b"abc"))), "floats in 3 bytes"),
        (example(x=nested(3, nested(1, b"\x01\x80"))), "does not end"),
        (example(x=nested(3, nested(1, b"\x80" * 10 + b"\x01"))), "does not end"),
        (nested(1, nested(1, nested(1, b"\xff"))), "utf-8"),
    ],
)
def test_messages_that_are_no_example(tmp_path, message, reason):
    with pytest.raises(ValueError, match=reason):
        parse_example(message)
    path = tmp_path / "x.tfr"
    path.write_bytes(framed(example(b=bytes_list(b"x"))) + framed(message))
    with pytest.raises(DataError, match=r"record 2: no tf\.train\.Example: .*" + reason):
        list(read_records(path))


MESSAGES = [b"", b"abc", bytes(range(256)) * 700, b"\x00"]
COMPRESSIONS = {
    "plain": bytes,
    "zlib": zlib.compress,
    "zlib stored": lambda data: zlib.compress(data, 0),
    "gzip": gzip.compress,
    "two gzip parts": lambda data: gzip.compress(data[:1000]) + gzip.compress(data[1000:]),
}


@pytest.mark.parametrize("compress", COMPRESSIONS.values(), ids=COMPRESSIONS)
def test_records_are_what_was_written(tmp_path, compress):
    path = tmp_path / "x.tfr"
    path.write_bytes(compress(b"".join(map(framed, MESSAGES))))
    assert list(read_messages(path)) == MESSAGES
    path.write_bytes(compress(b""))
    assert list(read_messages(path)) == []


def test_a_plain_record_whose_length_looks_like_zlib(tmp_path):
    message = b"x" * 0x9C78
    path = tmp_path / "x.tfr"
    path.write_bytes(framed(message))
    assert path.read_bytes()[:2] == zlib.compress(b"")[:2]
    assert list(read_messages(path)) == [message]


@pytest.mark.parametrize("compress", [bytes, zlib.compress, gzip.compress])
def test_every_damaged_byte_is_noticed(tmp_path, compress):
    path = tmp_path / "x.tfr"
    content = compress(framed(b"first") + framed(b"second"))
    # gzip does not cover its time and its remark on the system by a checksum.
    unchecked = {*range(4, 10)} if compress is gzip.compress else set()
    for place in set(range(len(content))) - unchecked:
        damaged = bytearray(content)
        damaged[place] ^= 0x21
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"x\.tfr: record [1-3]: "):
            list(read_messages(path))


@pytest.mark.parametrize("compress", [bytes, zlib.compress, gzip.compress])
def test_every_truncation_is_noticed(tmp_path, compress):
    path = tmp_path / "x.tfr"
    first = framed(b"first")
    content = compress(first + framed(b"second"))
    whole = {len(first)} if compress is bytes else set()
    for size in set(range(1, len(content))) - whole:
        path.write_bytes(content[:size])
        with pytest.raises(DataError, match=r"x\.tfr: record [1-3]: "):
            list(read_messages(path))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (framed(b"ab")[:5], "record 1: truncated in its head"),
        (framed(b"ab") + framed(b"abc")[:14], "record 2: truncated: 2 of 7 bytes"),
        (b"some other file\n", "record 1: damaged: wrong checksum of its length"),
        (framed(b"ab")[:-1] + b"!", "record 1: damaged: wrong checksum of its data"),
        (zlib.compress(framed(b"ab"))[:-1], "its compression does not end"),
    ],
)
def test_messages_name_the_record(tmp_path, content, message):
    path = tmp_path / "x.tfr"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        list(read_messages(path))


def test_a_length_that_no_message_has(tmp_path):
    head = struct.pack("<Q", 1 << 40)
    path = tmp_path / "x.tfr"
    path.write_bytes(head + struct.pack("<I", masked_by_bits(head)))
    with pytest.raises(DataError, match="record 1: 1099511627776 bytes, expected at most"):
        list(read_messages(path))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        list(read_messages(tmp_path / "x.tfr"))
    with pytest.raises(DataError, match="cannot be read"):
        list(read_messages(tmp_path))
