from __future__ import annotations

import numpy as np
import pytest

from bench.data.motifs import Motif, read_motifs, write_meme
from bench.interface import DataError

MEME = """MEME version 4

ALPHABET= ACGT

strands: + -

Background letter frequencies
A 0.25 C 0.25 G 0.25 T 0.25

MOTIF first some name
log-odds matrix: alength= 4 w= 2 E= 0
 -100 50 20 -3
 -100 50 20 -3

letter-probability matrix: alength= 4 w= 2 nsites= 58 E= 0

 0.5 0.25 0.25 0.0
 0.0 0.0 0.0 1.0

URL http://example.org

MOTIF second
letter-probability matrix: alength=4 w=1
 0.1 0.2 0.3 0.4
"""

BRACKETS = """>MA0001.1 first
A  [ 5 0 ]
C  [ 5 0 ]
G  [ 0 0 ]
T  [ 0 10 ]
"""


@pytest.fixture
def write(tmp_path):
    def to(text):
        path = tmp_path / "motifs.txt"
        path.write_text(text)
        return path

    return to


def test_meme(write):
    first, second = read_motifs(write(MEME))
    assert (first.name, first.sites) == ("first some name", 58)
    assert first.probabilities.tolist() == [[0.5, 0.25, 0.25, 0.0], [0, 0, 0, 1]]
    assert (second.name, second.sites) == ("second", 20)
    np.testing.assert_allclose(second.probabilities, [[0.1, 0.2, 0.3, 0.4]])


def test_meme_without_sites_or_with_none(write):
    (motif,) = read_motifs(write(MEME.partition("MOTIF second")[0].replace("58", "0")))
    assert motif.sites == 20


@pytest.mark.parametrize(
    "text",
    [
        BRACKETS,
        ">MA0001.1 first\n5 0\n5 0\n0 0\n0 10\n",
        ">MA0001.1 first\n5.0\t5.0\t0.0\t0.0\n0\t0\t0\t10\n",
        "# comment\n\n>MA0001.1 first\na 5 0\nc 5 0\ng 0 0\nt 0 10\n\n",
    ],
)
def test_jaspar(write, text):
    (motif,) = read_motifs(write(text))
    assert motif == Motif("MA0001.1 first", motif.probabilities, 10.0)
    assert motif.probabilities.tolist() == [[0.5, 0.5, 0, 0], [0, 0, 0, 1]]


def test_four_rows_of_four_are_positions_unless_lettered(write):
    rows = "1 0 0 0\n1 0 0 0\n1 0 0 0\n0 0 0 1\n"
    (motif,) = read_motifs(write(f">x\n{rows}"))
    assert motif.consensus == "AAAT"
    numbers = rows.splitlines()
    lettered = "\n".join(f"{letter} {numbers[row]}" for row, letter in enumerate("ACGT"))
    with pytest.raises(DataError, match="a position has only zeros"):
        read_motifs(write(f">x\n{lettered}"))


def test_probabilities_stand_for_twenty_sites(write):
    (motif,) = read_motifs(write(">x\n0.5 0.5 0 0\n"))
    assert motif.sites == 20


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "expected 'MEME version' or '>'"),
        ("motif\n1 2 3 4\n", 1, "expected 'MEME version' or '>'"),
        ("\nMEME version 3.5\n", 2, "MEME version '3.5', expected 4 or 5"),
        ("MEME version 4\nALPHABET= ACDEFGHIKLMNPQRSTVWY\n", 2, "expected 'ACGT'"),
        ("MEME version 4\n", None, "holds no motif"),
        (
            MEME.replace("w= 2 nsites", "w= 3 nsites"),
            10,
            "'first some name': 2 rows, expected w= 3",
        ),
        (MEME.replace("alength= 4 w= 2 nsites", "alength= 20 w= 2 nsites"), 15, "alength is 20"),
        (MEME.replace("0.5 0.25", "0.5 x"), 17, "'x' is no number"),
        (MEME.replace("0.5 0.25", "0.5 -1"), 17, "'-1': expected a count or probability, 0 or mor"),
        (MEME.replace("0.5 0.25", "0.5 nan"), 17, "'nan': expected a count"),
        (MEME.replace("0.5 0.25", "0.5 0.9"), 10, "add up to 1.65, expected 1"),
        (MEME.replace(" 0.5 0.25", " 0.5"), 10, "rows of [3, 4] numbers, expected 4 in each"),
        (MEME.replace("MOTIF second", "MOTIF"), 22, "motif without a name"),
        (MEME.partition("letter-prob")[0], 10, "'first some name' has no matrix of probabilities"),
        (MEME.replace("MOTIF first some name", ""), 15, "a matrix before the first MOTIF line"),
        (">a\n>b\n1 2 3 4\n", 1, "'a' has no matrix of probabilities"),
        (">a\nA [ ]\nC [ ]\nG [ ]\nT [ ]\n", 1, "'a' has no matrix of probabilities"),
        (">a\n1 2 3\n", 1, "rows of [3] numbers, expected 4 in each"),
        (">a\nA 1 2\nC 1 2\nT 1 2\nG 1 2\n", 1, "rows 'ACTG', expected 'ACGT'"),
        (">a\n0 0 0 0\n", 1, "a position has only zeros"),
        (">a\n1 2 3 four\n", 2, "'four' is no number"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(write, text, line, message):
    path = write(text)
    with pytest.raises(DataError) as caught:
        read_motifs(path)
    assert message in str(caught.value)
    assert caught.value.path == path
    assert caught.value.line == line


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(DataError, match=r"absent\.meme: no such file"):
        read_motifs(tmp_path / "absent.meme")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="cannot be read as text"):
        read_motifs(tmp_path / "binary")
    with pytest.raises(DataError, match="cannot be read as text"):
        read_motifs(tmp_path)


@pytest.mark.parametrize("version", ["4.12.0", "5", "5.5.7"])
def test_later_versions_of_meme(write, version):
    assert len(read_motifs(write(MEME.replace("version 4", f"version {version}")))) == 2


def test_information_and_the_other_strand():
    motif = Motif("m", np.array([[1, 0, 0, 0], [0.5, 0, 0.5, 0], [0.25] * 4]), 7)
    np.testing.assert_allclose(motif.bits, [2, 1, 0], atol=1e-9)
    turned = motif.reverse_complement()
    assert (turned.name, turned.sites) == ("m", 7)
    assert turned.probabilities.tolist() == [[0.25] * 4, [0, 0.5, 0, 0.5], [0, 0, 0, 1]]


def test_what_is_written_can_be_read(tmp_path):
    probabilities = np.random.default_rng(0).dirichlet(np.ones(4), 9)
    motifs = [Motif("1-ACGT", probabilities, 12.5), Motif("two", probabilities[:1], 3)]
    write_meme(tmp_path / "out.meme", motifs, np.full(4, 0.25))
    back = read_motifs(tmp_path / "out.meme")
    assert [(motif.name, motif.sites) for motif in back] == [("1-ACGT", 12.5), ("two", 3)]
    np.testing.assert_allclose(back[0].probabilities, probabilities, atol=1e-5)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "count", "first", "widths"),
    [
        ("JASPAR2022.pfm", 1997, "MA0004.1_MA0004.1.Arnt", (6, 14)),
        ("macisaac_yeast.v1.meme", 124, "ABF1", (15, 8)),
        ("H12CORE_meme_format.meme", 1443, "AHR.H12CORE.0.P.B", (10, 11)),
        ("H13CORE_meme_format.meme", 1611, "AHCTF1.H13CORE.0.B.B", (7, 10)),
        ("SwissRegulon_s_cer.meme", 158, "ABF1", (13, None)),
        ("yeast_uniprobe_GR09.meme", 89, "UP00344_1 Aft1", (21, None)),
        ("yetfasco_all.meme", 1883, "MAL63_136 NA", (15, None)),
    ],
)
def test_real_files(mirror, name, count, first, widths):
    motifs = read_motifs(mirror / "motifs" / name)
    assert len(motifs) == count
    assert motifs[0].name == first
    assert len(motifs[0].probabilities) == widths[0]
    for motif in motifs:
        np.testing.assert_allclose(motif.probabilities.sum(axis=1), 1.0, rtol=1e-9)


@pytest.mark.real_data
def test_real_values(mirror):
    arnt, ahr = read_motifs(mirror / "motifs" / "JASPAR2022.pfm")[:2]
    assert arnt.sites == 20
    assert arnt.probabilities[0].tolist() == [0.2, 0.8, 0.0, 0.0]
    assert (len(ahr.probabilities), ahr.consensus) == (6, "NGCGTG")
