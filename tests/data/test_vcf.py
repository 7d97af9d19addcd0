"""VCF files: what is read, what goes through unchanged, and what is refused."""

from __future__ import annotations

import gzip

import pytest

from bench.data.bgzf import BLOCK, END, BgzfWriter
from bench.data.vcf import VcfReader
from bench.interface.errors import DataError

HEAD = "##fileformat=VCFv4.3\n##reference=GRCh38\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


def vcf(tmp_path, *lines, head=HEAD):
    path = tmp_path / "given.vcf"
    path.write_text(head + "".join(f"{line}\n" for line in lines))
    return path


def test_records(tmp_path):
    path = vcf(
        tmp_path,
        "chr1\t10\trs1\tA\tC,<DEL>,*,aT\t.\tPASS\tDP=3\tGT\t0/1",
        "",
        "chr2\t1\t.\tAC\tA\t7\t.\t.",
    )
    reader = VcfReader(path)
    assert len(reader.header.lines) == 3
    one, other = reader
    assert (one.line, one.chrom, one.start, one.name, one.ref) == (4, "chr1", 9, "rs1", "A")
    assert one.alts == ("C", None, None, "aT")
    assert "\t".join(one.fields) == path.read_text().splitlines()[3]
    assert (other.line, other.start, other.alts) == (6, 0, ("A",))


@pytest.mark.parametrize(
    "alt", ["<INS>", "*", ".", "G]17:198982]", "]13:123456]T", "C[2:32[", ".A", "R"]
)
def test_alleles_without_a_sequence(tmp_path, alt):
    (record,) = VcfReader(vcf(tmp_path, f"1\t5\t.\tG\t{alt}\t.\t.\t."))
    assert record.alts == (None,)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("chr1\t5\t.\tA\tC", "5 columns, expected 8 or more"),
        ("chr1\tfive\t.\tA\tC\t.\t.\t.", "POS 'five', expected a whole number from 1"),
        ("chr1\t0\t.\tA\tC\t.\t.\t.", "POS '0'"),
        ("chr1\t-1\t.\tA\tC\t.\t.\t.", "POS '-1'"),
        ("chr1\t²\t.\tA\tC\t.\t.\t.", "POS '²'"),
        ("chr1\t5\t.\tZ\tC\t.\t.\t.", "REF 'Z', expected letters A, C, G, T or N"),
        ("chr1\t5\t.\t\tC\t.\t.\t.", "REF ''"),
        ("chr1\t5\t.\tA\tX\t.\t.\t.", "ALT 'X'"),
        ("chr1\t5\t.\tA\tC,\t.\t.\t.", "ALT ''"),
        ("chr1\t5\t.\tA\t-\t.\t.\t.", "ALT '-'"),
    ],
)
def test_bad_lines_are_named(tmp_path, line, told):
    path = vcf(tmp_path, "chr1\t1\t.\tA\tC\t.\t.\t.", line)
    with pytest.raises(DataError) as caught:
        list(VcfReader(path))
    assert str(caught.value).startswith(f"{path}:5: {told}")


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("", "no line begins #CHROM: no VCF file"),
        ("##fileformat=VCFv4.3\n", "no line begins #CHROM"),
        ("chr1\t5\n", "1: expected a line that begins #CHROM"),
    ],
)
def test_other_files_are_refused(tmp_path, head, told):
    path = vcf(tmp_path, head=head)
    with pytest.raises(DataError, match=told):
        VcfReader(path)
    with pytest.raises(DataError, match="no such file"):
        VcfReader(tmp_path / "none.vcf")


def test_gzip_whole_and_damaged(tmp_path):
    text = (
        HEAD + "".join(f"chr1\t{place}\t.\tA\tC\t.\t.\t.\n" for place in range(1, 5000))
    ).encode()
    path = tmp_path / "given.vcf.gz"
    path.write_bytes(gzip.compress(text))
    assert len(list(VcfReader(path))) == 4999
    path.write_bytes(gzip.compress(text)[:-2000])
    with pytest.raises(DataError, match="truncated or damaged gzip"):
        list(VcfReader(path))


@pytest.mark.parametrize("size", [0, 1, BLOCK, BLOCK + 1, 3 * BLOCK + 17])
def test_bgzip_is_gzip_in_blocks(tmp_path, size):
    content = bytes((7 * place * place) % 251 for place in range(size))
    path = tmp_path / "written.gz"
    with path.open("wb") as stream:
        writer = BgzfWriter(stream)
        for first in range(0, size, 1000):
            writer.write(content[first : first + 1000])
        writer.close()
    raw = path.read_bytes()
    assert gzip.decompress(raw) == content
    assert raw.endswith(END)
    # Each block says how long it is, and they lead to the end of the file.
    place = blocks = 0
    while place < len(raw):
        assert raw[place : place + 4] == b"\x1f\x8b\x08\x04"
        assert raw[place + 12 : place + 14] == b"BC"
        place += int.from_bytes(raw[place + 16 : place + 18], "little") + 1
        blocks += 1
    assert place == len(raw)
    assert blocks == -(-size // BLOCK) + 1
