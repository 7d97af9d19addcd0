"""Scores of a file as a model: settings, predictions, what is kept."""

from __future__ import annotations

import gzip
import json
import logging

import numpy as np
import pandas as pd
import pytest
from external_variants import CADD, SCORES, VARIANTS, variants

from bench.data.bgzf import BgzfWriter
from bench.data.examples import ArrayExamples
from bench.interface import BenchError, DataError, Output, TaskKind
from bench_external import CARD
from bench_external.model import ExternalScore
from bench_external.settings import refuse_unusable

VCF = (
    "##fileformat=VCFv4.3\n##INFO=<ID=CADD,Number=A,Type=Float,Description=.>\n"
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    "1\t100\t.\tA\tC,G\t.\t.\tCADD=1.5,2.5\n1\t150\t.\tC\tCTT\t.\t.\tCADD=3.5\n"
    "2\t40\t.\tTCAG\tT\t.\t.\tCADD=4.5\nX\t7\t.\tGACC\tGGTC\t.\t.\tCADD=5.5\n"
)


def bgzipped(tmp_path, content, name):
    path = tmp_path / name
    with path.open("wb") as stream:
        writer = BgzfWriter(stream)
        writer.write(content.encode())
        writer.close()
    return path


def test_the_card():
    assert CARD.tasks == {TaskKind.VARIANT: Output.VALUE}
    assert CARD.uses_coordinates
    assert CARD.files == ("file",)
    assert not CARD.uses_seed
    assert CARD.presets["default"].settings["missing"] == "0"


def test_scores_of_any_kind_of_file(write, fitted, tmp_path):
    paths = [
        (write(CADD), ""),
        (write(gzip.compress(CADD.encode()), "scores.tsv.gz"), "PHRED"),
        (bgzipped(tmp_path, CADD, "blocks.tsv.gz"), "6"),
        (write(CADD.replace("\t", ","), "scores.csv"), ""),
        (write(VCF, "scores.vcf"), "CADD"),
        (bgzipped(tmp_path, VCF, "scores.vcf.gz"), "CADD"),
    ]
    for path, column in paths:
        predictions = fitted(path, column=column).predict(variants())
        assert predictions.dtype == np.float32
        assert predictions.tolist() == [[score] for score in SCORES], path


def test_every_target_has_the_score(write, fitted):
    model = fitted(write(CADD), targets=("a", "b", "c"), sign=-1)
    expected = -np.repeat(np.array(SCORES, dtype=np.float32)[:, None], 3, axis=1)
    np.testing.assert_array_equal(model.predict(variants()), expected)
    assert model.predict(variants()[:0]).shape == (0, 3)


def test_a_prediction_does_not_depend_on_the_others(write, fitted):
    model = fitted(write(CADD))
    whole = model.predict(variants())
    rows = np.array([2, 0, 2])
    np.testing.assert_array_equal(model.predict(variants()[rows]), whole[rows])
    for row in range(len(VARIANTS)):
        np.testing.assert_array_equal(
            model.predict(variants()[row : row + 1]), whole[row : row + 1]
        )


def test_a_file_that_knows_no_variant_at_all_is_of_another_genome(write, fitted):
    rows = [("7", 9_000 + place, "A", "C") for place in range(3)]
    with pytest.raises(BenchError, match="3 of 3 variants have no score .*of this genome build"):
        fitted(write(CADD)).predict(variants(rows))


def test_missing_scores_are_counted(write, fitted, caplog):
    rows = [VARIANTS[0], ("chr1", 99, "A", "T"), ("chr7", 1, "", "C")]
    path = write(CADD)
    with caplog.at_level(logging.WARNING):
        predictions = fitted(path, missing="-1.5", sign=-1).predict(variants(rows))
    assert predictions.tolist() == [[-2.5], [1.5], [1.5]]
    told = f"2 of 3 variants have no score in {path}, such as 1:100 A>T"
    assert caplog.messages == [f"{told}; they count as -1.5"]
    with pytest.raises(BenchError) as caught:
        fitted(path, missing="error").predict(variants(rows))
    assert str(caught.value) == told
    caplog.clear()
    fitted(path, missing="error").predict(variants())
    assert not caplog.messages


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"sign": 2}, "sign is 2, expected 1 or -1"),
        ({"missing": "none"}, "missing is 'none', expected a number or 'error'"),
        ({"missing": "inf"}, "missing is 'inf'"),
        ({"missing": "nan"}, "missing is 'nan'"),
    ],
)
def test_settings_out_of_range(settings, told):
    usual = dict(CARD.presets["default"].settings) | {"file": "some.tsv"}
    for refused in (ExternalScore, refuse_unusable):
        refused(**usual)
        with pytest.raises(BenchError, match=told):
            refused(**usual | settings)


def test_a_file_must_be_named_and_be_there(write, fitted, tmp_path):
    with pytest.raises(BenchError, match="no file of scores: set external-score.file=PATH"):
        fitted("")
    with pytest.raises(BenchError, match="no file of scores"):
        refuse_unusable(**CARD.presets["default"].settings)
    with pytest.raises(DataError, match="none.tsv: no such file"):
        fitted(tmp_path / "none.tsv")
    with pytest.raises(DataError, match="no column 'PHRD'; did you mean 'PHRED'"):
        fitted(write(CADD), column="PHRD")


@pytest.mark.parametrize(
    ("build", "genome", "fits"),
    [
        ("", "hg38", True),
        ("hg38", None, True),
        ("hg38", "hg38", True),
        ("GRCh38", "hg38", True),
        ("sim1", "sim1", True),
        ("GRCh37", "hg38", False),
        ("sim1", "simlong", False),
    ],
)
def test_the_build_is_compared_where_both_are_told(write, fitted, build, genome, fits):
    path = write(CADD)
    if fits:
        fitted(path, genome=genome, build=build)
        return
    with pytest.raises(BenchError, match=f"scores are of build {build}, the task is of {genome}"):
        fitted(path, genome=genome, build=build)


def test_what_is_no_variant_of_a_genome_is_told(write, fitted):
    model = fitted(write(CADD))
    codes = np.zeros((1, 20), dtype=np.uint8)
    interval = pd.DataFrame({"item": ["one"], "chrom": ["chr1"], "start": [0], "end": [20]})
    with pytest.raises(BenchError, match="items have no ref and alt"):
        model.predict(ArrayExamples(codes, None, interval))
    for row in (("", 0, "A", "C"), ("chr1", 5, "", "")):
        with pytest.raises(BenchError, match="variant 'v0' has no place on a genome"):
            model.predict(variants([row]))
    with pytest.raises(BenchError, match="uses_coordinates"):
        model.predict(ArrayExamples(codes))


def test_settings_are_kept_and_the_file_stays_where_it_is(
    write, fitted, context, tmp_path, monkeypatch
):
    path = write(CADD)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "model"
    folder.mkdir()
    settings = {"column": "RawScore", "missing": "0.5", "sign": -1, "build": "hg38"}
    model = fitted("scores.tsv", **settings)
    model.save(folder)
    kept = json.loads((folder / "settings.json").read_text())
    assert kept == {"file": str(path), **settings}
    assert [one.name for one in folder.iterdir()] == ["settings.json"]
    # Another working directory than that of the fit.
    monkeypatch.chdir(folder)
    given = {"file": "scores.tsv", **settings}
    loaded = ExternalScore.load(folder, context(settings=given))
    expected = [[-0.2], [-0.3], [-0.4], [-0.5]]
    np.testing.assert_allclose(loaded.predict(variants()), expected, rtol=1e-6)
    path.unlink()
    with pytest.raises(DataError, match="scores.tsv: no such file"):
        ExternalScore.load(folder, context(settings=given))
