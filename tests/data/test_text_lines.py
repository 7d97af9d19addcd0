"""Lines of files of any size."""

from __future__ import annotations

import gzip

import pytest

from bench.data.bgzf import BgzfWriter
from bench.data.text_lines import stream_lines
from bench.interface.errors import DataError

TEXT = b"\xef\xbb\xbffirst\r\n\nthird \xc2\xb5\nlast"
LINES = [(1, "first"), (2, ""), (3, "third \u00b5"), (4, "last")]


def bgzip(path, content):
    with path.open("wb") as stream:
        writer = BgzfWriter(stream)
        writer.write(content)
        writer.close()


def test_lines_of_any_compression(tmp_path):
    path = tmp_path / "given"
    path.write_bytes(TEXT)
    assert list(stream_lines(path)) == LINES
    path.write_bytes(gzip.compress(TEXT))
    assert list(stream_lines(path)) == LINES
    bgzip(path, TEXT)
    assert list(stream_lines(path)) == LINES
    path.write_bytes(b"")
    assert list(stream_lines(path)) == []


def test_damage_is_told(tmp_path):
    path = tmp_path / "given"
    content = "".join(f"{number}\n" for number in range(20_000)).encode()
    path.write_bytes(gzip.compress(content)[:-1000])
    with pytest.raises(DataError, match=r"given:\d+: truncated or damaged gzip"):
        list(stream_lines(path))
    path.write_bytes(b"fine\n\xff\n")
    with pytest.raises(DataError, match="given:2: not UTF-8"):
        list(stream_lines(path))
    with pytest.raises(DataError, match="no such file"):
        list(stream_lines(tmp_path / "none"))
