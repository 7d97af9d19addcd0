from __future__ import annotations

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.data import fasta
from bench.data.alphabet import decode
from bench.data.fasta import read_fasta
from bench.interface.errors import DataError


def write(tmp_path, text, name="x.fa"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_records(tmp_path):
    path = write(tmp_path, ">a first one\nACGT\nacgt\n>b\nNNRA\n")
    first, second = read_fasta(path)
    assert (first.name, first.description, first.line) == ("a", "a first one", 1)
    assert decode(first.codes) == "ACGTACGT"
    assert (second.name, second.line, second.ambiguous) == ("b", 4, 1)
    assert decode(second.codes) == "NNNA"


def test_no_newline_at_the_end_and_blank_lines(tmp_path):
    records = list(read_fasta(write(tmp_path, ">a\nAC\n\nGT\n\n>b\nTT")))
    assert [decode(record.codes) for record in records] == ["ACGT", "TT"]
    assert records[1].line == 6


RECORDS = st.lists(
    st.tuples(st.text(alphabet="ab>1 ", min_size=1), st.text(alphabet="ACGTNacgtn", min_size=1)),
    min_size=1,
    max_size=8,
)


@given(RECORDS, st.integers(1, 9), st.integers(1, 7))
@settings(max_examples=80, deadline=None)
def test_any_chunk_and_line_width_give_the_same(tmp_path_factory, records, width, chunk):
    lines = []
    for header, sequence in records:
        lines.append(f">{header}")
        lines += [sequence[at : at + width] for at in range(0, len(sequence), width)]
    path = write(tmp_path_factory.mktemp("fasta"), "\n".join(lines) + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fasta.read_chunks, "__defaults__", (chunk,))
        found = list(read_fasta(path))
    assert [record.description for record in found] == [header.strip() for header, _ in records]
    assert [decode(record.codes) for record in found] == [text.upper() for _, text in records]
    starts = [number for number, line in enumerate(lines, 1) if line.startswith(">")]
    assert [record.line for record in found] == starts


def test_compression_is_told_by_content(tmp_path):
    plain = b">a\nACGT\n"
    # bgzip is several gzip members end to end.
    blocks = gzip.compress(plain[:4]) + gzip.compress(plain[4:]) + gzip.compress(b"")
    for content in (gzip.compress(plain), blocks):
        (record,) = read_fasta(write(tmp_path, content, "x.fa"))
        assert decode(record.codes) == "ACGT"


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", None, "empty, expected at least one record"),
        (b"\n", 1, "expected '>'"),
        (b"ACGT\n", 1, "expected '>', found 'ACGT'"),
        (b">a\nACGT\n>b\n>c\nAC\n", 3, "record 'b' has no sequence"),
        (b">a\nACGT\n>b\n", 3, "record 'b' has no sequence"),
        (b">a\nAC\nACXT\n", 3, "letter 'X' in record 'a' is no base"),
        (b">a\nAC GT\n", 2, "letter ' '"),
        (b">a\nAC\r\nGT\r\n", 2, "CRLF"),
        (gzip.compress(b">a\n" + b"ACGT" * 5000, mtime=0)[:-20], None, "truncated or damaged gzip"),
        (gzip.compress(b">a\n" + b"ACGT" * 5000, mtime=0)[:12], None, "truncated or damaged gzip"),
        (b"\x1f\x8bnonsense", None, "truncated or damaged gzip"),
    ],
)
def test_bad_input_names_file_and_line(tmp_path, content, line, message):
    path = write(tmp_path, content)
    with pytest.raises(DataError, match=message) as caught:
        list(read_fasta(path))
    assert caught.value.line == line
    assert str(caught.value).startswith(str(path))


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        list(read_fasta(tmp_path / "absent.fa"))
    with pytest.raises(DataError, match="directory"):
        list(read_fasta(tmp_path))


@pytest.mark.real_data
def test_real_files(mirror):
    nfe2 = list(read_fasta(mirror / "lsgkm_nfe2" / "tr.fa"))
    assert len(nfe2) == 644
    assert nfe2[0].name == "chr10:22605206-22605441"
    ctcf = list(read_fasta(mirror / "ctcf_pu1" / "ctcf.fa.gz"))
    assert len(ctcf) == 39184
    assert {len(record.codes) for record in ctcf} == {100}
