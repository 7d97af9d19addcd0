"""The gapped k-mer SVM: against torch, against its own plainer forms, and against LS-GKM.

Ratios are taken within one run. LS-GKM is measured where `gkmtrain` is on PATH.
"""

from __future__ import annotations

import shutil
import subprocess
import time

import numpy as np
import pytest
import torch

from bench.data.alphabet import decode
from bench_gkm_svm.coefficients import Similarity, coefficients
from bench_gkm_svm.dual import classification
from bench_gkm_svm.hadamard import TableTransform
from bench_gkm_svm.half_table import HalfTableTransform
from bench_gkm_svm.kernel import GkmKernel
from bench_gkm_svm.processor_product import ProcessorProduct
from bench_gkm_svm.torch_product import DeviceIndex, TorchProduct
from bench_gkm_svm.training import Training
from bench_gkm_svm.transform import SimilarityTransform

COUNT, LENGTH = 5000, 300
SIMILARITIES = coefficients(Similarity.TRUNCATED, 11, 7, 3)


@pytest.fixture(scope="module")
def simulated():
    """Random sequences, half of them with a worn motif, and labels."""
    generator = np.random.default_rng(0)
    codes = generator.integers(0, 4, (COUNT, LENGTH), dtype=np.uint8)
    motif = generator.integers(0, 4, 12, dtype=np.uint8)
    for row in range(0, COUNT, 2):
        start = generator.integers(0, LENGTH - 12)
        kept = generator.random(12) < 0.85
        codes[row, start : start + 12][kept] = motif[kept]
    return codes, np.full(COUNT, LENGTH), (np.arange(COUNT) % 2 == 0).astype(float)


@pytest.fixture(scope="module")
def training(simulated):
    codes, lengths, _ = simulated
    return Training.of(lambda: iter([(codes, lengths)]), GkmKernel())


def seconds(function, repeats=5):
    function()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        function()
        times.append(time.perf_counter() - began)
    return float(np.median(times))


@pytest.mark.parametrize("form", ["half", "full"])
def test_transform(benchmark, form):
    if form == "half":
        transform, size = HalfTableTransform(SIMILARITIES), 4**11 // 2
    else:
        transform, size = TableTransform(SIMILARITIES), 4**11
    table = np.random.default_rng(0).normal(size=size).astype(np.float32)
    benchmark(lambda: transform(table.copy()))
    with_torch = SimilarityTransform(SIMILARITIES)
    column = torch.randn(4**11, 1)
    benchmark.extra_info["torch / compiled"] = (
        seconds(lambda: with_torch(column)) / benchmark.stats.stats.median
    )


def test_product(benchmark, training):
    vectors = np.random.default_rng(0).normal(size=(COUNT, 1))
    product = ProcessorProduct(training.index, training.kernel)
    benchmark(lambda: product(vectors))
    other = TorchProduct(DeviceIndex.of(training.index, "cpu"), training.kernel)
    columns = torch.from_numpy(vectors)
    ratio = seconds(lambda: other(columns)) / benchmark.stats.stats.median
    benchmark.extra_info["torch / compiled"] = ratio
    # What the processor's path was chosen by.
    assert ratio > 1


def test_training(benchmark, simulated, tmp_path):
    codes, lengths, labels = simulated

    def train():
        training = Training.of(lambda: iter([(codes, lengths)]), GkmKernel())
        solution = training.solve([classification(torch.from_numpy(labels), 1.0)])[0]
        return training.scores([solution])

    train()
    benchmark.pedantic(train, rounds=3, iterations=1)
    if shutil.which("gkmtrain") is None:
        return
    for name, rows in (("pos", labels == 1), ("neg", labels == 0)):
        texts = [f">{row}\n{decode(one)}\n" for row, one in enumerate(codes[rows][:500])]
        (tmp_path / f"{name}.fa").write_text("".join(texts))
    began = time.perf_counter()
    files = [str(tmp_path / name) for name in ("pos.fa", "neg.fa", "machine")]
    options = ["-t", "2", "-l", "11", "-k", "7", "-d", "3", "-c", "1", "-T", "4"]
    subprocess.run(["gkmtrain", *options, *files], check=True, capture_output=True)
    peer = time.perf_counter() - began
    benchmark.extra_info["LS-GKM on a fifth of the data / compiled"] = (
        peer / benchmark.stats.stats.median
    )


def test_chromosome(benchmark, training, simulated):
    _, _, labels = simulated
    solution = training.solve([classification(torch.from_numpy(labels), 1.0)])[0]
    scores = training.scores([solution])
    chromosome = np.random.default_rng(1).integers(0, 4, 20_000_000, dtype=np.uint8)
    scores.along(chromosome[:1000])
    benchmark(lambda: scores.along(chromosome))
    rate = 20 / benchmark.stats.stats.median
    benchmark.extra_info["Mbp/s"] = rate
    assert rate > 50
