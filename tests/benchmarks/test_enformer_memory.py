"""Memory of one published step of training: run alone, since the peak is that of the process.

python -m pytest tests/benchmarks/test_enformer_memory.py --benchmark-only -s
"""

from __future__ import annotations

import resource
import sys

import pytest
import torch
from torch import nn
from torch.nn import functional

from bench_enformer.enformer import Enformer
from bench_enformer.settings import PUBLISHED

LENGTH, BINS, TARGETS = 196_608, 896, 5313
MOST_BYTES = 16e9


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of peak memory is that of Linux")
def test_peak_memory_of_a_step(benchmark) -> None:
    torch.manual_seed(0)
    network = Enformer(PUBLISHED, {"human": (BINS, TARGETS)}).train()
    optimizer = torch.optim.Adam(network.parameters(), lr=PUBLISHED.learning_rate)
    # From the second update on, the optimizer's own arrays are there during the backward pass.
    for weights in network.parameters():
        weights.grad = torch.zeros_like(weights)
    optimizer.step()
    optimizer.zero_grad()
    bases = torch.randint(0, 4, (1, LENGTH))
    sequences = functional.one_hot(bases, 4).transpose(1, 2).float()
    counts = torch.poisson(torch.full((1, BINS, TARGETS), 2.0))

    def step() -> None:
        rates = network(sequences, "human")
        functional.poisson_nll_loss(rates, counts, log_input=False).backward()
        nn.utils.clip_grad_norm_(network.parameters(), PUBLISHED.gradient_clip)
        optimizer.step()

    benchmark.pedantic(step, rounds=1, iterations=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    benchmark.extra_info["peak_gb"] = round(peak / 1e9, 2)
    print(f"peak {peak / 1e9:.2f} GB")
    assert peak < MOST_BYTES
