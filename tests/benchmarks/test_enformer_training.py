"""A training step of the published Enformer beside another implementation, on a GPU.

python -m pytest tests/benchmarks/test_enformer_training.py --benchmark-only -s \
    --benchmark-json results/profile/enformer-training.json

Both in bfloat16 where autocast allows it, one sequence, dropout on, Adam in one kernel. The other
one is computed eagerly, with and without its checkpointing: of its times and of its peaks the
better counts. The suite's own is computed eagerly and with its kernels recorded and replayed, as
its training does with `recorded`. Both take turns.
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
from torch.utils.flop_counter import FlopCounterMode

from bench.profile.batches import is_out_of_memory
from bench.profile.probe import probe
from bench.training.recorded_step import RecordedStep
from bench_enformer.enformer import Enformer
from bench_enformer.settings import PUBLISHED

LENGTH, BINS, TARGETS = 196_608, 896, 5313
STEPS, WARM, ROUNDS = 10, 3, 2
LEAST_SPEED, MOST_MEMORY, LEAST_CONTEXT = 2.0, 0.5, 4.0
LONGEST = 6_291_456
"""The last of the doublings of the published length that are tried."""

pytestmark = [
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU"),
    # The other implementation and what it imports warn of what they use.
    pytest.mark.filterwarnings("ignore"),
]

Make = Callable[[int], nn.Module]


@dataclass(frozen=True, slots=True)
class Found:
    """What a step takes."""

    seconds: float
    gigabytes: float


def own(length: int) -> nn.Module:
    return Enformer(replace(PUBLISHED, length=length), {"human": (BINS, TARGETS)})


def peer(checkpointing: bool) -> Make:
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


def loss_of(network: nn.Module, counts: Tensor) -> Callable[[Tensor], Tensor]:
    def loss(bases: Tensor) -> Tensor:
        with torch.autocast("cuda", torch.bfloat16):
            predicted = rates(network, bases)
        return functional.poisson_nll_loss(predicted.float(), counts, log_input=False)

    return loss


def step_of(make: Make, length: int, *, steps: int = STEPS, recorded: bool = False) -> Found | None:
    """Return what a step takes; None where it does not fit."""
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    try:
        with torch.device("cuda"):
            network = make(length)
        return _timed(network.cuda().train(), length, steps, recorded)
    except (RuntimeError, MemoryError) as error:
        if is_out_of_memory(error):
            return None
        raise


def _timed(network: nn.Module, length: int, steps: int, recorded: bool) -> Found:
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-5, fused=True)
    bases = torch.randint(0, 4, (1, length), device="cuda")
    loss = loss_of(network, torch.poisson(torch.full((1, BINS, TARGETS), 2.0, device="cuda")))

    def differentiate(given: Tensor) -> object:
        return loss(given).backward()  # type: ignore[no-untyped-call]

    times = []
    for number in range((WARM if steps > 1 else 0) + steps):
        optimizer.zero_grad(set_to_none=True)
        if recorded and number == 1:
            # As in the suite's training, at the second batch: the optimizer holds its state by
            # then, which counts in the peak of memory.
            differentiate = RecordedStep(loss, network, (bases,), accumulates=False)  # type: ignore[assignment]
        begin, end = (
            torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
            for _ in range(2)
        )
        begin.record()
        differentiate(bases)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end) / 1e3)
    return Found(median(times[-steps:]), torch.cuda.max_memory_allocated() / 1e9)


def longest(make: Make, first: int = LENGTH) -> int:
    """Return the longest of the doublings of the published length that is trained."""
    length = 0
    following = first
    while following <= LONGEST and step_of(make, following, steps=1) is not None:
        length, following = following, 2 * following
    return length


def flops_of_step() -> float:
    """Count a step in the published form: three times a forward pass."""
    with torch.device("meta"):
        settings = replace(PUBLISHED, attention="published")
        network = Enformer(settings, {"human": (BINS, TARGETS)})
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            network(torch.zeros(1, 4, LENGTH), "human")
    return 3.0 * counter.get_total_flops()


def told(benchmark: Any, **values: float) -> None:
    rounded = {name: round(value, 4) for name, value in values.items()}
    benchmark.extra_info.update(device=torch.cuda.get_device_name(), **rounded)
    print(benchmark.extra_info)


def fastest(found: list[Found | None]) -> float:
    return min(one.seconds for one in found if one is not None)


def leanest(found: list[Found | None]) -> float:
    return min(one.gigabytes for one in found if one is not None)


def test_step_at_the_published_length(benchmark) -> None:
    made: dict[str, Callable[[], Found | None]] = {
        "own_recorded": lambda: step_of(own, LENGTH, recorded=True),
        "own_eager": lambda: step_of(own, LENGTH),
        "peer": lambda: step_of(peer(checkpointing=False), LENGTH),
        "peer_checkpointing": lambda: step_of(peer(checkpointing=True), LENGTH),
    }
    found: dict[str, list[Found | None]] = {name: [] for name in made}
    for _ in range(ROUNDS):
        for name, step in made.items():
            found[name].append(step())
    benchmark.pedantic(made["own_recorded"], rounds=1, iterations=1)
    seconds = {name: median([fastest([one]) for one in times]) for name, times in found.items()}
    gigabytes = {name: leanest(times) for name, times in found.items()}
    best = min(seconds["peer"], seconds["peer_checkpointing"])
    least = min(gigabytes["peer"], gigabytes["peer_checkpointing"])
    utilisation = flops_of_step() / probe("cuda", "bfloat16").flops_per_second
    told(
        benchmark,
        **{f"{name}_seconds": value for name, value in seconds.items()},
        **{f"{name}_gb": value for name, value in gigabytes.items()},
        speed=best / seconds["own_recorded"],
        memory=gigabytes["own_recorded"] / least,
        own_utilisation=utilisation / seconds["own_recorded"],
        peer_utilisation=utilisation / best,
    )
    assert best / seconds["own_recorded"] > LEAST_SPEED
    assert gigabytes["own_recorded"] / least <= MOST_MEMORY


def test_longest_context(benchmark) -> None:
    ours = benchmark.pedantic(longest, args=(own,), rounds=1, iterations=1)
    theirs = max(longest(peer(checkpointing)) for checkpointing in (False, True))
    told(benchmark, own_bp=ours, peer_bp=theirs)
    assert ours >= LEAST_CONTEXT * theirs
