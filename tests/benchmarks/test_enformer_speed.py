"""Enformer beside another implementation of it, in turn, in the same run.

python -m pytest tests/benchmarks/test_enformer_speed.py --benchmark-only -s
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import pytest
import torch
from torch.nn import functional

from bench.profile.memory import forget_host_peak, host_peak, resident
from bench_enformer.enformer import Enformer
from bench_enformer.settings import PUBLISHED

LENGTH, TARGETS = 65_536, 5313
ROUNDS = 5
LEAST_RATIO = 1.3


def seconds(step: Callable[[], object]) -> float:
    started = time.perf_counter()
    step()
    return time.perf_counter() - started


@torch.no_grad()
def test_forward_pass(benchmark) -> None:
    peers = pytest.importorskip("enformer_pytorch")
    torch.manual_seed(0)
    bins = LENGTH // 128
    own = Enformer(PUBLISHED, {"human": (bins, TARGETS)}).eval()
    peer = peers.Enformer.from_hparams(
        output_heads={"human": TARGETS}, target_length=-1, use_tf_gamma=False
    ).eval()
    bases = torch.randint(0, 4, (1, LENGTH))
    across = functional.one_hot(bases, 4).float()
    down = across.transpose(1, 2).contiguous()

    def run_own() -> None:
        own(down, "human")

    def run_peer() -> None:
        peer(across, head="human")

    peaks: dict[Callable[[], None], int] = {}
    for step in (run_own, run_peer):
        step()
        forget_host_peak()
        base = resident()
        step()
        peaks[step] = (host_peak() or 0) - base
    times = [(seconds(run_own), seconds(run_peer)) for _ in range(ROUNDS)]
    benchmark.pedantic(run_own, rounds=1, iterations=1)
    ratio = median(peer_took / own_took for own_took, peer_took in times)
    told = {
        "own_seconds": round(median(one for one, _ in times), 3),
        "peer_seconds": round(median(other for _, other in times), 3),
        "ratio": round(ratio, 3),
        "own_peak_gb": round(peaks[run_own] / 1e9, 3),
        "peer_peak_gb": round(peaks[run_peer] / 1e9, 3),
    }
    benchmark.extra_info.update(told)
    print(told)
    assert ratio > LEAST_RATIO
    assert peaks[run_own] < peaks[run_peer]


@pytest.mark.parametrize("tokens", [512, 1536, 4096])
@torch.no_grad()
def test_attention_core(benchmark, tokens: int) -> None:
    """Some queries at a time against all logits at once."""
    from bench_enformer.attention import AttentionCore

    torch.manual_seed(0)
    given = (
        *(torch.randn(1, 8, tokens, 64) for _ in ("queries", "by distance", "keys")),
        torch.randn(8, 2 * tokens - 1, 64),
        torch.randn(1, 8, tokens, 192),
    )
    own, published = (AttentionCore(0.0, form).eval() for form in ("auto", "published"))
    pairs = [(seconds(lambda: own(*given)), seconds(lambda: published(*given))) for _ in range(7)]
    benchmark.pedantic(own, args=given, rounds=3, iterations=1)
    ratio = median(other / one for one, other in pairs[1:])
    benchmark.extra_info["ratio"] = round(ratio, 2)
    print(f"{tokens} tokens: {ratio:.2f} times as fast")
    assert ratio > 1
