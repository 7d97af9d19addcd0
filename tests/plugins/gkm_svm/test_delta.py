"""Tables of words, deltaSVM and importance, against sums written out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.data.alphabet import encode
from bench.interface import BenchError, DataError
from bench_gkm_svm.delta import (
    delta_of_sequences,
    delta_of_variant,
    every_substitution,
    importance,
    sum_of_words,
)
from bench_gkm_svm.kernel import GkmKernel
from bench_gkm_svm.lsgkm import LsgkmModel, padded_codes
from bench_gkm_svm.scores import TableScores
from bench_gkm_svm.word_table import WordTable

SEQUENCE = "ACGTTAGACCATNGATTACAGATTACCAGGT"


def scores(l: int = 5) -> TableScores:
    model = LsgkmModel(
        GkmKernel(l=l, k=4, d=1), "c_svc", 0.3, np.array([0.7, -0.4]), ["GATTACAGG", "CCCGTAACCC"]
    )
    found = model.scores()
    assert isinstance(found, TableScores)
    return found


def text_sum(table: WordTable, text: str) -> float:
    words = [text[i : i + table.length] for i in range(len(text) - table.length + 1)]
    numbers = [
        int("".join(str("ACGT".index(c)) for c in word), 4) for word in words if "N" not in word
    ]
    return float(sum(table.weights[number] for number in numbers))


def test_lmers_sum_to_decision_values() -> None:
    found = scores()
    table = WordTable.of_lmers(found)
    codes, lengths = padded_codes(["GATTACAGG", "CCTGTAATC", "ACGNTTACCAA"])
    values, _ = found.of_sequences(codes, lengths)
    sums = np.array([sum_of_words(table, row[:n]) for row, n in zip(codes, lengths, strict=True)])
    ratio = sums / (values[:, 0] + 0.3)
    # The ratio is the norm, which a sequence shares with its reverse complement.
    assert ratio[0] == pytest.approx(ratio[1])
    along = found.along(codes[0])
    assert float(along.sum()) == pytest.approx(sums[0], rel=1e-5)
    assert len(found.along(encode("ACG"))) == 0
    with_n = found.along(encode("ACGNTTACCAA"))
    assert (with_n[:4] == 0).all()
    assert float(with_n.sum()) == pytest.approx(sums[2], rel=1e-5)


def test_long_sequences_are_scored_in_chunks() -> None:
    found = scores()
    codes = np.random.default_rng(0).integers(0, 5, 150_000, dtype=np.uint8)
    along = found.along(codes)
    for start in (0, 65_530, 131_000):
        np.testing.assert_array_equal(
            along[start : start + 40], found.along(codes[start : start + 44])
        )


@pytest.mark.parametrize("length", [5, 6])
def test_words_are_scored_as_sequences(length: int) -> None:
    found = scores()
    table = WordTable.of_words(found, length)
    words = ["GATTACA"[:length], "TTTTTTT"[:length], "ACGCGTC"[:length]]
    codes, lengths = padded_codes(words)
    values, _ = found.of_sequences(codes, lengths)
    for word, value in zip(words, values[:, 0], strict=True):
        assert text_sum(table, word) == pytest.approx(value, rel=1e-5)
        reverse = word[::-1].translate(str.maketrans("ACGT", "TGCA"))
        assert text_sum(table, reverse) == pytest.approx(value, rel=1e-5)
    with pytest.raises(BenchError, match=r"words of 4 bp, expected 5 \(the machine's l\) to 12"):
        WordTable.of_words(found, 4)


def test_tables_survive_their_files(tmp_path: Path) -> None:
    table = WordTable.of_lmers(scores())
    path = tmp_path / "weights.tsv"
    table.write(path)
    lines = path.read_text().splitlines()
    assert len(lines) == 4**5 // 2
    assert lines[0].startswith("AAAAA\t")
    again = WordTable.read(path)
    assert again.length == 5
    np.testing.assert_allclose(again.weights, table.weights, rtol=1e-5)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("AACGT x", ":3: 'AACGT' and 'x', expected a word of 5 bases and a number"),
        ("AACG 0.1", ":3: 'AACG' and '0.1', expected a word of 5 bases"),
        ("AAAAC 0.1", "and its reverse complement have no weight"),
    ],
)
def test_wrong_tables_are_refused(line: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.tsv"
    path.write_text(f"AAAAA\t0.5\nAAAAC\t0.1\n{line}\n")
    with pytest.raises(DataError, match=message):
        WordTable.read(path)


@pytest.mark.parametrize(
    ("position", "reference", "alternative"),
    [
        (5, "A", "G"),
        (5, "AGA", ""),
        (6, "", "TTGC"),
        (0, "A", "C"),
        (30, "T", "GG"),
        (10, "A", "N"),
    ],
)
def test_delta_is_the_difference_of_whole_sequences(
    position: int, reference: str, alternative: str
) -> None:
    table = WordTable.of_lmers(scores())
    changed = SEQUENCE[:position] + alternative + SEQUENCE[position + len(reference) :]
    expected = text_sum(table, changed) - text_sum(table, SEQUENCE)
    found = delta_of_variant(table, encode(SEQUENCE), position, reference, alternative)
    assert found == pytest.approx(expected, abs=1e-5)
    assert delta_of_sequences(table, [SEQUENCE], [changed])[0] == pytest.approx(expected, abs=1e-5)
    # The other way round the sign is the other.
    back = delta_of_variant(table, encode(changed), position, alternative, reference)
    assert back == pytest.approx(-found, abs=1e-5)


def test_wrong_references_are_refused() -> None:
    table = WordTable.of_lmers(scores())
    with pytest.raises(BenchError, match="position 5: the sequence does not hold 'C' there"):
        delta_of_variant(table, encode(SEQUENCE), 5, "C", "G")
    with pytest.raises(BenchError, match="position 40 lies outside of a sequence of 31 bp"):
        delta_of_variant(table, encode(SEQUENCE), 40, "C", "G")
    with pytest.raises(BenchError, match="1 reference and 0 alternative sequences"):
        delta_of_sequences(table, ["ACGT"], [])


def test_substitutions_are_deltas_one_by_one() -> None:
    table = WordTable.of_lmers(scores())
    codes = encode(SEQUENCE)
    deltas = every_substitution(table, codes[None])[0]
    for position, base in enumerate(SEQUENCE):
        if base == "N":
            assert np.isnan(deltas[position]).all()
            continue
        for column, other in enumerate("ACGT"):
            expected = delta_of_variant(table, codes, position, base, other)
            assert deltas[position, column] == pytest.approx(expected, abs=1e-5)
    known = np.flatnonzero(codes < 4)
    raised = importance(deltas[None])[0]
    np.testing.assert_allclose(raised[known], -deltas[known].sum(axis=1) / 3, rtol=1e-6)
