"""Model files: written, read back, and refused where they are wrong."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from gkm_sequences import sequences

from bench.interface import BenchError, DataError
from bench_gkm_svm.dual import classification, regression
from bench_gkm_svm.kernel import GkmKernel, KernelType
from bench_gkm_svm.lsgkm import LsgkmModel, model_of, padded_codes
from bench_gkm_svm.lsgkm_file import read_model, write_model
from bench_gkm_svm.training import Training

PUBLISHED = """\
svm_type c_svc
kernel_type gkm_esttrunc
L 6
k 4
d 2
norc 0
nr_class 2
total_sv 2
rho 0.25
label 1 -1
nr_sv 1 1
SV
0.5 ACGTACGTTA
-0.5 GGGCCAATGC
"""


def trained(kernel: GkmKernel, targets: list[float], cost: float = 1.0) -> LsgkmModel:
    codes, lengths = padded_codes(sequences())
    training = Training.of(lambda: iter([(codes, lengths)]), kernel)
    truth = torch.tensor(targets)
    labels = set(targets) == {0.0, 1.0}
    problem = classification(truth, cost) if labels else regression(truth, cost, 0.1)
    solution = training.solve([problem], tolerance=1e-6)[0]
    return model_of(training, solution, "c_svc" if labels else "epsilon_svr")


@pytest.mark.parametrize("type_", list(KernelType))
@pytest.mark.parametrize("name", ["model.txt", "model.txt.gz"])
def test_models_survive_their_files(type_: KernelType, name: str, tmp_path: Path) -> None:
    kernel = GkmKernel(type=type_, l=7, k=4, d=3, gamma=2, peak=20, half_life=30)
    model = trained(kernel, [1, 0, 1, 0, 1, 0, 0])
    write_model(tmp_path / name, model)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    again = read_model(tmp_path / name)
    assert again.machine == "c_svc"
    expected = {"type", "l", "k", "d"} | ({"gamma"} if kernel.is_rbf else set())
    for field in expected | ({"peak", "half_life"} if kernel.weighs_places else set()):
        assert getattr(again.kernel, field) == getattr(kernel, field)
    codes, lengths = padded_codes([*sequences(), "ACGTTTTAACCCGNGATTACAGA"])
    before, _ = model.scores("skip").of_sequences(codes, lengths)
    after, _ = again.scores("skip").of_sequences(codes, lengths)
    np.testing.assert_allclose(after, before, atol=1e-6)


def test_positives_come_first(tmp_path: Path) -> None:
    write_model(tmp_path / "m", trained(GkmKernel(l=6, k=4, d=2), [0, 1, 0, 1, 0, 1, 1]))
    lines = (tmp_path / "m").read_text().splitlines()
    support = lines[lines.index("SV") + 1 :]
    signs = [float(line.split()[0]) > 0 for line in support]
    assert signs == sorted(signs, reverse=True)
    assert f"nr_sv {sum(signs)} {len(signs) - sum(signs)}" in lines


def test_regression_machines_have_no_labels(tmp_path: Path) -> None:
    model = trained(GkmKernel(l=6, k=4, d=2), [0.1, 0.5, -1, 2, 0.3, 1, 1])
    write_model(tmp_path / "m", model)
    text = (tmp_path / "m").read_text()
    assert text.startswith("svm_type epsilon_svr\n")
    assert "label" not in text
    assert read_model(tmp_path / "m").machine == "epsilon_svr"


def test_published_models_are_read(tmp_path: Path) -> None:
    path = tmp_path / "model.txt"
    path.write_text(PUBLISHED)
    model = read_model(path)
    assert model.kernel == GkmKernel(l=6, k=4, d=2)
    codes, lengths = padded_codes(["ACGTACGTTA", "TAACGTACGT", "GGGCCAATGC"])
    values, _ = model.scores().of_sequences(codes, lengths)
    # The kernel of a sequence with itself is 1.
    assert values[0, 0] == pytest.approx(values[1, 0], abs=1e-6)
    assert values[0, 0] + 0.25 == pytest.approx(-(values[2, 0] + 0.25), abs=1e-6)
    path.write_text(PUBLISHED.replace("norc 0\n", ""))
    assert read_model(path).kernel.both_strands
    path.write_text(PUBLISHED.replace("norc 0", "norc 1"))
    assert not read_model(path).kernel.both_strands


def test_an_n_is_read_as_told(tmp_path: Path) -> None:
    path = tmp_path / "model.txt"
    path.write_text(PUBLISHED.replace("ACGTACGTTA", "ACGTNCGTTA"))
    codes, lengths = padded_codes(["ACGTACGTTA"])
    as_a = read_model(path).scores().of_sequences(codes, lengths)[0]
    skipped = read_model(path).scores("skip").of_sequences(codes, lengths)[0]
    path.write_text(PUBLISHED)
    assert as_a == pytest.approx(read_model(path).scores().of_sequences(codes, lengths)[0])
    assert skipped != pytest.approx(as_a)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("total_sv 2\n", "", "no total_sv in its header"),
        ("total_sv 2", "total_sv 3", ":14: ends after 2 of 3 support sequences"),
        ("total_sv 2", "total_sv 1", ":14: more than the 1 sequences of total_sv"),
        ("total_sv 2", "total_sv -3", ":8: total_sv is '-3', expected 1 or more"),
        ("total_sv 2", "total_sv 99999999999", "ends after 2 of 99999999999"),
        ("svm_type c_svc", "svm_type one_class", ":1: svm_type is 'one_class', expected one of"),
        ("norc 0", "norc", ":6: norc has no value"),
        ("gkm_esttrunc", "linear", ":2: kernel_type is 'linear', expected one of"),
        ("ACGTACGTTA", "ACGTXCGTTA", ":13: letter 'X' at position 4"),
        ("L 6", "L six", ":3: L is 'six', expected a number"),
        ("L 6", "L 6.5", ":3: L is '6.5', expected a whole number"),
        ("L 6", "L 40", "l is 40, expected 3 to 12"),
        ("-0.5 GGG", "x GGG", ":14: 'x GGGCCAATGC'"),
    ],
)
def test_files_that_are_wrong_are_refused(old: str, new: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "model.txt"
    path.write_text(PUBLISHED.replace(old, new))
    with pytest.raises(DataError, match=message):
        read_model(path)


@pytest.mark.parametrize("damage", ["truncated", "binary"])
def test_damaged_files_are_refused(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "model.txt.gz"
    whole = gzip.compress(PUBLISHED.encode())
    path.write_bytes(whole[:-20] if damage == "truncated" else bytes(range(128, 256)))
    with pytest.raises(DataError, match=r"damaged gzip|no text, expected a model of LS-GKM"):
        read_model(path)


@pytest.mark.parametrize("number", range(9))
def test_models_of_lsgkm_score_as_its_gkmpredict_does(number: int, tmp_path: Path) -> None:
    golden = json.loads(Path(__file__).with_name("gkmpredict.json").read_text())
    path = tmp_path / "model.txt"
    path.write_text(golden["models"][number]["text"])
    model = read_model(path)
    codes, lengths = padded_codes(golden["test"])
    values, _ = model.scores().of_sequences(codes, lengths)
    # Both print six digits, of coefficients and of values.
    np.testing.assert_allclose(values[:, 0], golden["models"][number]["values"], atol=5e-6)
    write_model(tmp_path / "again", model)
    again, _ = read_model(tmp_path / "again").scores().of_sequences(codes, lengths)
    np.testing.assert_allclose(again, values, atol=1e-6)


def test_sequences_are_scored_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    model = trained(GkmKernel(type=KernelType.TRUNCATED_RBF, l=6, k=4, d=2), [1, 0, 1, 0, 1, 0, 0])
    codes, lengths = padded_codes([*sequences(), "AC"])
    whole = model.scores().of_sequences(codes, lengths)
    monkeypatch.setattr("bench_gkm_svm.rbf_scores.BATCH", 3)
    for one, other in zip(whole, model.scores().of_sequences(codes, lengths), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_what_lsgkm_cannot_hold_is_not_written(tmp_path: Path) -> None:
    far = LsgkmModel(GkmKernel(l=6, k=4, d=3), "c_svc", 0, np.ones(1), ["ACGTACGT"])
    with pytest.raises(BenchError, match="d is 3, but LS-GKM reads no d above 2"):
        write_model(tmp_path / "m", far)
    long = LsgkmModel(GkmKernel(l=6, k=4, d=2), "c_svc", 0, np.ones(1), ["A" * 2048])
    with pytest.raises(BenchError, match="2,048 bp, but LS-GKM cuts them at 2,047"):
        write_model(tmp_path / "m", long)
    assert not list(tmp_path.iterdir())
