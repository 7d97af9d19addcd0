"""One measurement of the suite's own machine, in a process of its own; prints JSON."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import torch
from sets import of_name, simulated
from sklearn.metrics import roc_auc_score

from bench_gkm_svm.dual import classification
from bench_gkm_svm.kernel import GkmKernel, KernelType
from bench_gkm_svm.memory import need_of
from bench_gkm_svm.normalised import NormalisedProduct
from bench_gkm_svm.processor_product import COLUMNS
from bench_gkm_svm.scores import TableScores
from bench_gkm_svm.training import Training

BATCH = 1 << 22
"""Bases that are indexed at a time, as in a fit of the suite."""


def batches(codes, lengths):
    """Yield parts of sequences, as the model does."""
    size = max(1, BATCH // codes.shape[1])
    for start in range(0, len(codes), size):
        yield codes[start : start + size], lengths[start : start + size]


def train(codes, lengths, labels, kernel, device):
    """Train one machine; return it with the seconds of its parts."""
    start = time.perf_counter()
    training = Training.of(lambda: batches(codes, lengths), kernel, device)
    indexed = time.perf_counter()
    problem = classification(torch.from_numpy(labels), 1.0).to(device)
    solution = training.solve([problem])[0]
    solved = time.perf_counter()
    scores = training.scores([solution])
    end = time.perf_counter()
    seconds = {"index": indexed - start, "solve": solved - indexed, "seconds": end - start}
    return training, solution, scores, seconds


def per_product(training: Training, device: str, repeats: int = 15) -> list[float]:
    """Time products one by one."""
    vectors = torch.randn(len(training.index), 1, dtype=torch.float64, device=device)
    times = []
    for _ in range(repeats + 2):
        start = time.perf_counter()
        training.product(vectors)
        if device != "cpu":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return times[2:]


def measure(name: str, mirror: Path, l: int, k: int, device: str, values_to: Path | None):
    """Return the figures of one set."""
    kernel = GkmKernel(l=l, k=k, d=3)
    warm = simulated(50)[0]
    train(*warm.codes(), warm.labels, kernel, device)
    given, test = of_name(name, mirror)
    codes, lengths = given.codes()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    training, solution, scores, seconds = train(codes, lengths, given.labels, kernel, device)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    times = per_product(training, device)
    figures = {
        "sequences": len(codes),
        "bp": int(lengths.sum()),
        **seconds,
        "products": solution.products,
        "product_median": float(np.median(times)),
        "product_quartiles": [float(one) for one in np.percentile(times, [25, 75])],
        "objective": solution.objective,
        "violation": solution.violation,
        "support": solution.support,
        "bounded": solution.bounded,
        "peak_bytes": peak,
        "peak_before_fit": before,
        "predicted_bytes": need_of(kernel, lengths, 1).in_memory(1),
    }
    assert isinstance(scores, TableScores)
    start = time.perf_counter()
    decisions = scores.of_sequences(*test.codes())[0][:, 0]
    figures["predict_seconds"] = time.perf_counter() - start
    figures["auroc"] = float(roc_auc_score(test.labels, decisions))
    if values_to is not None:
        np.save(values_to, decisions)
    return figures


def measure_scoring(megabases: int = 50):
    """Return the throughput of scoring a random chromosome, and of items of 300 bp."""
    kernel = GkmKernel()
    given, _ = simulated(500)
    scores = train(*given.codes(), given.labels, kernel, "cpu")[2]
    chromosome = np.random.default_rng(1).integers(0, 4, megabases * 1_000_000, dtype=np.uint8)
    scores.along(chromosome[:100_000])
    times = []
    for _ in range(5):
        start = time.perf_counter()
        scores.along(chromosome)
        times.append(megabases / (time.perf_counter() - start))
    items = chromosome[:3_000_000].reshape(-1, 300)
    start = time.perf_counter()
    scores.of_sequences(items, np.full(len(items), 300))
    rate = 3 / (time.perf_counter() - start)
    return {"chromosome_mbp_per_s": float(np.median(times)), "items_mbp_per_s": rate}


def measure_paths(count: int = 20_000):
    """Compare the compiled product on the processor with the same in torch."""
    kernel = GkmKernel()
    given, _ = simulated(count)
    codes, lengths = given.codes()
    training = Training.of(lambda: batches(codes, lengths), kernel)
    compiled = float(np.median(per_product(training, "cpu")))
    from bench_gkm_svm.torch_product import DeviceIndex, TorchProduct

    index = training.index
    product = TorchProduct(DeviceIndex.of(index, "cpu"), kernel)
    other = NormalisedProduct(product, torch.from_numpy(index.scales), kernel)
    with_torch = Training(kernel, training.batches, index, other)
    return {"compiled": compiled, "torch": float(np.median(per_product(with_torch, "cpu", 5)))}


def measure_targets(count: int = 5000, targets: int = 100):
    """Train machines of many targets on the same sequences."""
    kernel = GkmKernel()
    given, _ = simulated(count)
    codes, lengths = given.codes()
    training = Training.of(lambda: batches(codes, lengths), kernel)
    generator = np.random.default_rng(0)
    flips = generator.random((targets, count)) < np.linspace(0, 0.3, targets)[:, None]
    labels = np.where(flips, 1 - given.labels, given.labels)
    problems = [classification(torch.from_numpy(one), 1.0) for one in labels]
    training.solve(problems[:1])
    start = time.perf_counter()
    solutions = training.solve(problems, together=COLUMNS)
    together = time.perf_counter()
    training.solve(problems)
    return {
        "sequences": count,
        "targets": targets,
        "together": COLUMNS,
        "seconds": together - start,
        "seconds_one_by_one": time.perf_counter() - together,
        "products": sum(solution.products for solution in solutions),
    }


def measure_rbf(count: int = 5000):
    """Train a machine with a radial basis function, and score some sequences with it."""
    kernel = GkmKernel(type=KernelType.TRUNCATED_RBF, gamma=2.0)
    warm = simulated(50)[0]
    train(*warm.codes(), warm.labels, kernel, "cpu")
    given, test = simulated(count)
    codes, lengths = given.codes()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    training, solution, scores, seconds = train(codes, lengths, given.labels, kernel, "cpu")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    some = slice(0, 200)
    parts = [array[some] for array in test.codes()]
    start = time.perf_counter()
    decisions = scores.of_sequences(*parts)[0][:, 0]
    return {
        "sequences": len(training.index),
        **seconds,
        "products": solution.products,
        "peak_bytes": peak - before,
        "predicted_bytes": need_of(kernel, lengths, 1).in_memory(1),
        "auroc": float(roc_auc_score(test.labels[some], decisions)),
        "seconds_per_scored": (time.perf_counter() - start) / len(decisions),
    }


def main() -> None:
    """Print the figures that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--mirror", type=Path, default=Path())
    parser.add_argument("-l", type=int, default=11)
    parser.add_argument("-k", type=int, default=7)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--values-to", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(2)
    special = {
        "scoring": measure_scoring,
        "paths": measure_paths,
        "targets": measure_targets,
        "rbf": measure_rbf,
    }
    if given.name in special:
        figures = special[given.name]()
    else:
        figures = measure(given.name, given.mirror, given.l, given.k, given.device, given.values_to)
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
