"""Variants from file to file."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest
from allele_models import SHAPE, Linear

from bench.data.alphabet import encode
from bench.data.genome import GenomeStore
from bench.data.vcf import VcfReader
from bench.effects.predictor import AllelePredictor
from bench.effects.records import AlleleTable, vcf_records
from bench.effects.scores import Score
from bench.effects.variants import LeftOut, VariantScorer, checked_shifts
from bench.effects.writers import Origin, info_keys, writing
from bench.interface import BenchError, DataError

CHROMOSOME = "ACGTTGCAAGTCCATGACCTAGGATTACAGGCATTNAC"
HEAD = "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
ORIGIN = Origin("linear on toy", "difference", "tiny", ("one", "two"))


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("genome") / "store"
    return GenomeStore.from_codes({"chr1": encode(CHROMOSOME)}, folder, "tiny")


@pytest.fixture
def scorer(genome):
    predictor = AllelePredictor(Linear(), SHAPE, both_strands=False)
    return VariantScorer(predictor, Score.DIFFERENCE, 20, genome)


def vcf(tmp_path, *lines):
    path = tmp_path / "given.vcf"
    path.write_text(HEAD + "".join(f"{line}\n" for line in lines))
    return path


def score(scorer, path, left_out=None):
    records = vcf_records(VcfReader(path))
    return list(scorer.scored(records, path, left_out or LeftOut()))


def by_hand(model, place, alt, length=20):
    """Change the chromosome as text, and weigh both windows."""
    padded = "N" * 40 + CHROMOSOME + "N" * 40
    begin = 40 + place - length // 2
    before = padded[begin : begin + length]
    after = before[: length // 2] + alt + before[length // 2 + 1 :]
    totals = [
        sum(
            model.weights[spot, "ACGT".index(base)] for spot, base in enumerate(text) if base != "N"
        )
        for text in (before, after)
    ]
    return totals[1] - totals[0]


def test_scores_are_those_by_hand(scorer, tmp_path):
    path = vcf(
        tmp_path,
        "chr1\t11\tone\tT\tA,G\t.\t.\tDP=1",
        "chr1\t1\t.\tA\tC\t.\t.\t.",
        "chr1\t38\t.\tC\tT,<DEL>\t.\t.\t.",
    )
    found = score(scorer, path)
    model = scorer.predictor.model
    assert found[0].scores == pytest.approx(np.stack([by_hand(model, 10, alt) for alt in "AG"]))
    assert found[1].scores[0] == pytest.approx(by_hand(model, 0, "C"))
    assert found[2].scores[0] == pytest.approx(by_hand(model, 37, "T"))
    assert np.isnan(found[2].scores[1]).all()
    assert found[0].alternatives - found[0].references == pytest.approx(found[0].scores)


def test_the_same_allele_does_nothing_and_swapping_turns_the_sign(scorer, tmp_path):
    path = vcf(tmp_path, "chr1\t11\t.\tTC\tTC\t.\t.\t.", "chr1\t11\t.\tTCC\tTCC,T\t.\t.\t.")
    same, mixed = score(scorer, path)
    assert np.array_equal(same.scores, [[0.0, 0.0]])
    assert np.array_equal(mixed.scores[0], [0.0, 0.0])
    assert (mixed.scores[1] != 0).all()
    table = tmp_path / "pairs.tsv"
    table.write_text(
        "id\tref_sequence\talt_sequence\n"
        "there\tACGTTGCAAGTCCATGACCT\tACGTTGCAAGACCATGACCT\n"
        "back\tACGTTGCAAGACCATGACCT\tACGTTGCAAGTCCATGACCT\n"
    )
    there, back = scorer.scored(AlleleTable(table), table, LeftOut())
    assert np.array_equal(there.scores, -back.scores)
    assert there.scores[0] == pytest.approx(by_hand_pair(scorer.predictor.model))


def by_hand_pair(model):
    return model.weights[10, 0] - model.weights[10, 3]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("chr1\t11\t.\tG\tA\t.\t.\t.", "REF 'G', but genome tiny has 'T' at chr1:11"),
        ("chr1\t36\t.\tA\tC\t.\t.\t.", "REF 'A', but genome tiny has 'N' at chr1:36"),
        ("chr1\t39\t.\tA\tC\t.\t.\t.", "position 39 lies outside of chr1, which has 38 bp"),
        ("chr1\t38\t.\tCA\tC\t.\t.\t.", "position 38 lies outside of chr1, which has 38 bp"),
        ("1\t11\t.\tT\tC\t.\t.\t.", "genome tiny has no chromosome '1', but 'chr1'"),
        ("chr9\t11\t.\tT\tC\t.\t.\t.", "genome tiny has no chromosome 'chr9'"),
    ],
)
def test_what_does_not_fit_the_genome(scorer, genome, tmp_path, line, told):
    path = vcf(tmp_path, "chr1\t11\t.\tT\tA\t.\t.\t.", line)
    with pytest.raises(DataError) as caught:
        score(scorer, path)
    assert str(caught.value) == f"{path}:4: {told}; --skip-mismatch leaves it out"
    left_out = LeftOut()
    skipping = VariantScorer(scorer.predictor, Score.DIFFERENCE, 20, genome, skip_mismatch=True)
    found = score(skipping, path, left_out)
    assert not np.isnan(found[0].scores).any()
    assert np.isnan(found[1].scores).all()
    assert left_out.counts["does not fit the genome"] == 1
    assert left_out.lines == [(4, told)]


def test_shifts_are_averaged(scorer, genome, tmp_path):
    path = vcf(tmp_path, "chr1\t15\t.\tT\tA\t.\t.\t.", "chr1\t15\t.\tTG\tT\t.\t.\t.")
    parts = []
    for shift in (-2, 0, 2):
        single = VariantScorer(scorer.predictor, Score.DIFFERENCE, 20, genome, (shift,))
        parts.append([one.scores for one in score(single, path)])
    # A window two bases further on holds the change two places earlier.
    model = scorer.predictor.model
    expected = model.weights[8, 0] - model.weights[8, "ACGT".index(CHROMOSOME[14])]
    assert parts[2][0][0] == pytest.approx(expected)
    together = VariantScorer(scorer.predictor, Score.DIFFERENCE, 20, genome, (-2, 0, 2))
    for row, found in enumerate(score(together, path)):
        assert found.scores == pytest.approx(np.mean([part[row] for part in parts], axis=0))
    assert checked_shifts("-1,0,1,1", 20) == (-1, 0, 1)
    with pytest.raises(BenchError, match="shift '1.5', expected whole numbers"):
        checked_shifts("1.5", 20)
    with pytest.raises(BenchError, match="shift 10 moves a variant out of a window of 20 bp"):
        checked_shifts("10", 20)


def test_batches_make_no_difference(scorer, tmp_path, monkeypatch):
    lines = [f"chr1\t{place + 1}\t.\t{CHROMOSOME[place]}\tA,C,G\t.\t.\t." for place in range(30)]
    path = vcf(tmp_path, *lines)
    whole = np.concatenate([one.scores for one in score(scorer, path)])
    monkeypatch.setattr("bench.effects.variants.MOST_AT_ONCE", 7)
    assert np.concatenate([one.scores for one in score(scorer, path)]) == pytest.approx(whole)


def write(scorer, path, *outputs):
    reader = VcfReader(path)
    with writing(outputs, ORIGIN, reader.header, ()) as writers:
        for scored in scorer.scored(vcf_records(reader), path, LeftOut()):
            for writer in writers:
                writer.write(scored)


def test_lines_go_through_with_scores_added(scorer, tmp_path):
    path = vcf(
        tmp_path,
        "chr1\t11\tone\tT\tA,<DEL>\t9\tPASS\tDP=1;BENCH_one=5",
        "chr1\t12\t.\tC\t<DEL>\t.\t.\t.",
    )
    outputs = [tmp_path / name for name in ("a.vcf", "a.vcf.gz", "a.tsv", "a.parquet")]
    write(scorer, path, *outputs)
    lines = outputs[0].read_text().splitlines()
    assert lines[0] == "##fileformat=VCFv4.3"
    assert lines[1].startswith('##INFO=<ID=BENCH_one,Number=A,Type=Float,Description="Effect')
    assert "difference by linear on toy, genome tiny" in lines[1]
    assert lines[3] == HEAD.splitlines()[1]
    fields = lines[4].split("\t")
    assert fields[:7] == ["chr1", "11", "one", "T", "A,<DEL>", "9", "PASS"]
    info = dict(word.split("=") for word in fields[7].split(";"))
    scores = score(scorer, path)[0].scores[0]
    assert info == {"DP": "1", "BENCH_one": f"{scores[0]:.6g},.", "BENCH_two": f"{scores[1]:.6g},."}
    assert lines[5].split("\t")[7] == "."
    assert gzip.decompress(outputs[1].read_bytes()).decode() == outputs[0].read_text()
    table = pd.read_csv(outputs[2], sep="\t")
    assert table.columns.tolist() == [
        "line", "id", "chrom", "pos", "ref", "alt", "one", "two", "one ref", "two ref", "one alt",
        "two alt",
    ]  # fmt: skip
    assert table["alt"].tolist() == ["A", "<DEL>", "<DEL>"]
    assert table["one"][0] == pytest.approx(scores[0], rel=1e-5)
    frame = pd.read_parquet(outputs[3])
    assert frame["one"].tolist()[0] == scores[0]
    assert frame["one"].isna().tolist() == [False, True, True]
    # Once more over its own output, it replaces what is there.
    write(scorer, outputs[0], tmp_path / "again.vcf")
    assert (tmp_path / "again.vcf").read_text() == outputs[0].read_text()


def test_nothing_is_left_of_an_output_that_fails(scorer, tmp_path):
    path = vcf(tmp_path, "chr1\t11\t.\tT\tA\t.\t.\t.", "chr1\t11\t.\tG\tA\t.\t.\t.")
    outputs = [tmp_path / name for name in ("a.vcf", "a.tsv", "a.parquet")]
    with pytest.raises(DataError):
        write(scorer, path, *outputs)
    assert sorted(part.name for part in tmp_path.iterdir()) == ["given.vcf"]
    with pytest.raises(BenchError, match="expected a name that ends in .vcf, .vcf.gz"):
        write(scorer, path, tmp_path / "a.csv")


def test_tables(scorer, genome, tmp_path):
    path = tmp_path / "given.tsv"
    path.write_text("Chrom\tPos\tRef\tAlt\tnote\nchr1\t11\tT\t-\tgone\nchr1\t11\t\tGG\t\n")
    found = list(scorer.scored(AlleleTable(path), path, LeftOut()))
    assert len(found) == 2
    out = tmp_path / "out.tsv"
    with writing([out], ORIGIN, None, AlleleTable(path).columns) as (writer,):
        for scored in found:
            writer.write(scored)
    frame = pd.read_csv(out, sep="\t")
    assert frame.columns.tolist()[:6] == ["Chrom", "Pos", "Ref", "Alt", "note", "one"]
    asked = writing([tmp_path / "out.vcf"], ORIGIN, None, ("Chrom",))
    with pytest.raises(BenchError, match="only a VCF file can be written again"), asked:
        pass


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1: columns none; expected chrom, pos, ref and alt"),
        ("chrom\tpos\n", "1: columns chrom, pos; expected"),
        ("chrom\tpos\tref\talt\nchr1\t1\tA\n", "2: 3 columns, expected 4 as above"),
        ("chrom\tpos\tref\talt\nchr1\tx\tA\tC\n", "2: pos 'x', expected a whole number from 1"),
        (
            "chrom\tpos\tref\talt\nchr1\t1\tA\tR\n",
            "2: allele 'R', expected letters A, C, G, T or N",
        ),
        ("chrom\tpos\tref\talt\tPOS\n", "1: two columns are called 'pos'"),
        ("ref_sequence\talt_sequence\n\tACGT\n", "2: ref_sequence is empty"),
        ("ref_sequence\talt_sequence\nACGT\tACZT\n", "2: alt_sequence: letter 'Z' at position 2"),
    ],
)
def test_bad_tables_are_named(tmp_path, text, told):
    path = tmp_path / "given.tsv"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        list(AlleleTable(path))
    assert str(caught.value).startswith(f"{path}:{told}")


def test_tables_of_other_programs(tmp_path):
    path = tmp_path / "given.tsv"
    path.write_bytes(
        b'\xef\xbb\xbfchrom\tpos\tref\talt\tnote\r\nchr1\t1\tA\tC\t"odd\r\nchr1\t2\tC\tG\tnone\r\n'
    )
    assert [record.fields[4] for record in AlleleTable(path)] == ['"odd', "none"]
    path.write_bytes(b"chrom\tpos\tref\talt\nchr1\t1\tA\t\xff\n")
    with pytest.raises(DataError, match="2: not UTF-8"):
        list(AlleleTable(path))


def test_names_of_info_fields():
    assert info_keys(["bound"]) == ["BENCH"]
    assert info_keys(["a b", "a-b", "c"]) == ["BENCH_a_b_0", "BENCH_a_b_1", "BENCH_c"]
    keys = info_keys(["a b", "a-b", "a_b_0"])
    assert len(set(keys)) == 3


def test_pairs_whose_change_lies_outside_of_the_window(scorer, tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text(f"ref_sequence\talt_sequence\n{'A' * 60}\tC{'A' * 59}\n")
    with pytest.raises(DataError, match="2: the alleles differ from base 1 on, outside of the 20"):
        list(scorer.scored(AlleleTable(path), path, LeftOut()))


def test_whole_pairs(genome, tmp_path):
    class Counts(Linear):
        def predict(self, examples, head="default"):
            codes = examples.windows()
            return np.stack([(codes == 1).sum(axis=1), examples.lengths], axis=1).astype(float)

    path = tmp_path / "pairs.tsv"
    path.write_text(f"ref_sequence\talt_sequence\n{'A' * 60}\tC{'A' * 59}\nAC\tACCC\n")
    predictor = AllelePredictor(Counts(), SHAPE, both_strands=False)
    whole = VariantScorer(predictor, Score.DIFFERENCE, 20, genome, whole_items=True)
    found = list(whole.scored(AlleleTable(path), path, LeftOut()))
    assert [one.scores[0].tolist() for one in found] == [[1, 0], [2, 2]]


def test_the_same_output_twice_is_refused(scorer, tmp_path):
    path = vcf(tmp_path, "chr1\t11\t.\tT\tA\t.\t.\t.")
    with pytest.raises(BenchError, match="named twice"):
        write(scorer, path, tmp_path / "a.tsv", tmp_path / "a.tsv")
    assert not (tmp_path / "a.tsv").exists()
