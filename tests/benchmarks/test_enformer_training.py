"""A training step of the published Enformer beside another implementation, on a GPU.

python -m pytest tests/benchmarks/test_enformer_training.py --benchmark-only -s \
    --benchmark-json results/profile/enformer-training.json

Both in bfloat16 where autocast allows it, one sequence, dropout on, Adam; the other one with and
without its checkpointing, of which the better counts.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.profile.batches import is_out_of_memory
from bench_enformer.enformer import Enformer
from bench_enformer.settings import PUBLISHED, EnformerSettings

LENGTH, BINS, TARGETS = 196_608, 896, 5313
STEPS, WARM = 7, 2
LEAST_SPEED, MOST_MEMORY, LEAST_CONTEXT = 2.0, 0.5, 4.0
LONGEST = 1 << 24

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


@dataclass(frozen=True, slots=True)
class Found:
    """What a step takes."""

    seconds: float
    gigabytes: float


def own(length: int, settings: EnformerSettings = PUBLISHED) -> nn.Module:
    return Enformer(replace(settings, length=length), {"human": (BINS, TARGETS)})


def peer(checkpointing: bool) -> Callable[[int], nn.Module]:
    peers = pytest.importorskip("enformer_pytorch")

    def make(_: int) -> nn.Module:
        network: nn.Module = peers.Enformer.from_hparams(
            output_heads={"human": TARGETS}, target_length=BINS, use_tf_gamma=False,
            use_checkpointing=checkpointing,
        )  # fmt: skip
        return network

    return make


def rates(network: nn.Module, bases: Tensor) -> Tensor:
    across = functional.one_hot(bases, 4).float()
    if isinstance(network, Enformer):
        output: Tensor = network(across.transpose(1, 2), "human")
        return output
    return network(across, head="human")  # type: ignore[no-any-return]


def step_of(make: Callable[[int], nn.Module], length: int) -> Found | None:
    """Return what a step takes; None where it does not fit."""
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    try:
        return _timed(make(length).cuda().train(), length)
    except (RuntimeError, MemoryError) as error:
        if is_out_of_memory(error):
            return None
        raise


def _timed(network: nn.Module, length: int) -> Found:
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-5)
    bases = torch.randint(0, 4, (1, length), device="cuda")
    counts = torch.poisson(torch.full((1, BINS, TARGETS), 2.0, device="cuda"))
    times = []
    for _ in range(WARM + STEPS):
        begin, end = (
            torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
            for _ in range(2)
        )
        begin.record()
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cuda", torch.bfloat16):
            predicted = rates(network, bases)
        loss = functional.poisson_nll_loss(predicted.float(), counts, log_input=False)
        loss.backward()
        optimizer.step()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end) / 1e3)
    return Found(median(times[WARM:]), torch.cuda.max_memory_allocated() / 1e9)


def longest(make: Callable[[int], nn.Module]) -> int:
    """Return the longest of the doublings of the published length that is trained."""
    length = 0
    following = LENGTH
    while following <= LONGEST and step_of(make, following) is not None:
        length, following = following, 2 * following
    return length


def told(benchmark: Any, **values: float) -> None:
    rounded = {name: round(value, 4) for name, value in values.items()}
    benchmark.extra_info.update(device=torch.cuda.get_device_name(), **rounded)
    print(benchmark.extra_info)


def test_step_at_the_published_length(benchmark) -> None:
    ours = benchmark.pedantic(step_of, args=(own, LENGTH), rounds=1, iterations=1)
    others = [step_of(peer(checkpointing), LENGTH) for checkpointing in (False, True)]
    found = [other for other in others if other is not None]
    assert ours is not None
    fastest = min(other.seconds for other in found)
    leanest = min(other.gigabytes for other in found)
    told(
        benchmark, own_seconds=ours.seconds, peer_seconds=fastest, own_gb=ours.gigabytes,
        peer_gb=leanest, speed=fastest / ours.seconds, memory=ours.gigabytes / leanest,
    )  # fmt: skip
    assert fastest / ours.seconds > LEAST_SPEED
    assert ours.gigabytes / leanest < MOST_MEMORY


def test_longest_context(benchmark) -> None:
    ours = benchmark.pedantic(longest, args=(own,), rounds=1, iterations=1)
    theirs = max(longest(peer(checkpointing)) for checkpointing in (False, True))
    told(benchmark, own_bp=ours, peer_bp=theirs)
    assert ours >= LEAST_CONTEXT * theirs
