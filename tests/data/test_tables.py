from __future__ import annotations

import gzip
import math

import pytest

from bench.data.tables import read_table
from bench.interface.errors import DataError


def write(tmp_path, text):
    path = tmp_path / "x.tsv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    ["id\tseq\ty\na\tAC \t1\nb\tGT\tNA\n", 'id,seq,y\na,AC,1\n"b",GT,\n'],
)
def test_tab_and_comma(tmp_path, text):
    for content in (text.encode(), gzip.compress(text.encode())):
        table = read_table(write(tmp_path, content), text=("seq", "id"), numbers=("y",))
        assert table["seq"].tolist() == ["AC", "GT"]
        assert table["id"].tolist() == ["a", "b"]
        assert table["y"][0] == 1
        assert math.isnan(table["y"][1])
        assert table["line"].tolist() == [2, 3]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", None, "empty"),
        ("seq\ty\n", None, "a header and no rows"),
        ("sequence\ty\nAC\t1\n", 1, "no column 'seq'; did you mean 'sequence'"),
        ("seq\tseq\ty\nA\tC\t1\n", 1, "stands twice"),
        ("seq\ty\nAC\n", 2, "1 columns, the header has 2"),
        ("seq\ty\nAC\t1\nAC\tmany\n", 3, "y is 'many', expected a number"),
        ("seq\ty\r\nAC\t1\r\n", 1, "CRLF"),
        (b"seq\ty\nA\xff\t1\n", 2, "not UTF-8"),
        (gzip.compress(b"seq\ty\nAC\t1\n" * 500, mtime=0)[:-9], None, "truncated"),
    ],
)
def test_bad_tables_name_line_and_value(tmp_path, text, line, message):
    with pytest.raises(DataError, match=message) as caught:
        read_table(write(tmp_path, text), text=("seq",), numbers=("y",))
    assert caught.value.line == line
