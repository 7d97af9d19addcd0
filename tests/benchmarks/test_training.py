"""What the shared training costs on top of a bare loop, and whether reading keeps up.

Both train DeeperDeepSEA's compact network on the same sequences, one epoch; the peer is a plain
loop in torch with everything in memory, one-hot before the clock starts.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from bench.data.examples import ArrayExamples
from bench.interface import FitContext, HeadShape, TaskKind, TaskShape
from bench.training.one_hot import one_hot
from bench_deepsea import COMPACT_DEEPER
from bench_deepsea.deeper_deepsea import DeeperDeepSea, deeper_deepsea_network
from bench_deepsea.settings import DeeperDeepSeaSettings

ITEMS, TARGETS, BATCH = 4096, 20, 64
MOST_WAITING = 0.05
"""Largest share of its time in which training may wait for batches."""
SETTINGS = {**COMPACT_DEEPER.as_preset(), "batch_size": BATCH, "epochs": 1}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (ITEMS, SETTINGS["length"]), dtype=np.uint8)
    return codes, (rng.random((ITEMS, TARGETS)) < 0.1).astype(np.float32)


@pytest.mark.benchmark(group="training, one epoch of 4096 x 1 kb")
def test_shared_training(benchmark, data, tmp_path_factory):
    examples = ArrayExamples(*data)
    names = tuple(f"t{number}" for number in range(TARGETS))
    shape = TaskShape(kind=TaskKind.CLASSIFICATION, heads={"default": HeadShape(targets=names)})
    waited = []

    def train():
        context = FitContext(
            shape=shape, seed=0, scratch=tmp_path_factory.mktemp("fit"), settings=SETTINGS,
            threads=torch.get_num_threads(),
        )  # fmt: skip
        model = DeeperDeepSea(**SETTINGS)
        model.fit(examples, examples[:BATCH], context)
        waited.append(model.history.points[-1].waited)

    benchmark.pedantic(train, rounds=3, warmup_rounds=1)
    benchmark.extra_info["share of time waiting for batches"] = max(waited)
    assert max(waited) < MOST_WAITING


@pytest.mark.benchmark(group="training, one epoch of 4096 x 1 kb")
def test_bare_loop(benchmark, data):
    sequences = one_hot(torch.from_numpy(data[0]))
    targets = torch.from_numpy(data[1])

    def train():
        network = deeper_deepsea_network(DeeperDeepSeaSettings(**SETTINGS), TARGETS)
        optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
        for rows in torch.randperm(ITEMS).split(BATCH):
            optimizer.zero_grad()
            output = network(sequences[rows])
            torch.nn.functional.binary_cross_entropy_with_logits(output, targets[rows]).backward()
            optimizer.step()

    benchmark.pedantic(train, rounds=3, warmup_rounds=1)
