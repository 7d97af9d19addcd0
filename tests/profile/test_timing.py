"""Samples, parts and batches, with clocks and steps made up for it."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import nn

from bench.profile import batches, energy, parts
from bench.profile.batches import OutOfDeviceMemoryError, Room, TooFewSequencesError, try_batches
from bench.profile.parts import time_of_parts
from bench.profile.timing import sampled, sampled_again


class Clock:
    """Says that a step takes so long, and counts calls."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.calls = seconds, 0

    def __call__(self, step) -> float:
        before = self.calls
        step()
        return self.seconds * (self.calls - before)

    def step(self) -> None:
        self.calls += 1


@pytest.mark.parametrize(
    ("seconds", "samples", "repeats"),
    [(1e-3, 30, 50), (0.05, 30, 1), (0.2, 10, 1), (3.0, 5, 1), (20.0, 3, 1)],
)
def test_how_often_a_step_is_timed(seconds, samples, repeats):
    clock = Clock(seconds)
    found = sampled(clock.step, clock, 2.0)
    assert len(found.seconds) == samples
    assert found.repeats == repeats
    assert found.seconds == pytest.approx([seconds] * samples)
    warm = 1 if seconds > 10 else 2
    assert clock.calls == samples * repeats + warm


@pytest.mark.parametrize(("seconds", "samples"), [(1e-3, 15), (1.0, 3), (3.0, 5), (20.0, 3)])
def test_samples_of_two_rounds(seconds, samples):
    clock = Clock(seconds)
    first = sampled(clock.step, clock, 2.0, rounds=2)
    assert len(first.seconds) == samples
    calls = clock.calls
    again = sampled_again(clock.step, clock, len(first.seconds), first.repeats)
    assert (len(again.seconds), again.repeats) == (samples, first.repeats)
    assert clock.calls == 2 * calls


def test_parts_inside_a_part_count_as_that(monkeypatch):
    class Core(nn.Module):
        part = "attention"

        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Conv1d(4, 4, 1)

        def forward(self, values):
            return self.inner(values)

    ticks = itertools.count()
    monkeypatch.setattr(parts.time, "perf_counter", lambda: float(next(ticks)))
    network = nn.Sequential(nn.Conv1d(4, 4, 1), nn.ReLU(), Core(), Core(), nn.ReLU())
    found = time_of_parts(network, lambda: network(torch.zeros(1, 4, 8)), "cpu")
    # Begin and end, and two ticks for each of three parts.
    assert found == {"convolution": 1, "attention": 2, "other": 4}
    assert not any(module._forward_hooks for module in network.modules())


def test_gradients_count_as_the_part_that_they_are_of(monkeypatch):
    """A clock that gradients alone move: a second for that of each convolution."""
    now = {"seconds": 0.0}
    monkeypatch.setattr(parts.time, "perf_counter", lambda: now["seconds"])

    class Slow(torch.autograd.Function):
        @staticmethod
        def forward(ctx, values, seconds):
            ctx.seconds = seconds
            return values.clone()

        @staticmethod
        def backward(ctx, gradient):
            now["seconds"] += ctx.seconds
            return gradient, None

    class Core(nn.Module):
        def __init__(self, seconds, part=None) -> None:
            super().__init__()
            self.inner = nn.Conv1d(4, 4, 1) if part else nn.ReLU()
            self.seconds = seconds
            if part:
                self.part = part

        def forward(self, values):
            return Slow.apply(self.inner(values), self.seconds)

    network = nn.Sequential(Core(2.0, "stem"), Core(1.0), Core(4.0, "attention"), Core(8.0))

    def step():
        network.zero_grad()
        network(torch.ones(1, 4, 8)).sum().backward()

    found = time_of_parts(network, step, "cpu", backward=True)
    assert found == {"stem": 2.0, "attention": 4.0, "other": 9.0}
    assert all(weight.grad is not None for weight in network.parameters())
    assert not any(module._backward_hooks for module in network.modules())
    assert not any(module._forward_pre_hooks for module in network.modules())


@pytest.fixture
def peak(monkeypatch):
    """A peak of host memory that steps set."""
    held = {"bytes": 0}
    monkeypatch.setattr(batches, "host_peak", lambda: held["bytes"])
    return held


ROOM = Room("cpu", host_bytes=1000, seconds=1.0)


def test_batches_double_until_twice_as_much_does_not_fit(peak):
    def step_of(size):
        def step():
            peak["bytes"] = 100 + 100 * size

        return step

    found = try_batches(step_of, lambda step: step() or 0.01, ROOM)
    # 16 would hold 1,700; 8 held 900, and twice what the last doubling added is 800 more.
    assert list(found.seconds) == [1, 2, 4, 8] or list(found.seconds) == [1, 2, 4]
    assert found.ended_by == "memory"
    assert 100 + 100 * found.largest <= 1000


def test_batches_double_until_twice_as_much_takes_too_long(peak):
    def step_of(size):
        return lambda: size

    found = try_batches(step_of, lambda step: 0.1 * step(), ROOM)
    assert found.largest == 8
    assert found.ended_by == "time"
    assert found.seconds == pytest.approx({1: 0.1, 2: 0.2, 4: 0.4, 8: 0.8})


def test_a_device_says_when_its_memory_is_full(peak):
    def step_of(size):
        def step():
            if size > 4:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate")

        return step

    found = try_batches(step_of, lambda step: step() or 0.01, ROOM)
    assert (found.largest, found.ended_by) == (4, "memory")
    with pytest.raises(OutOfDeviceMemoryError, match="CUDA out of memory"):
        try_batches(lambda _: step_of(8), lambda step: step() or 0.01, ROOM)


def test_normalisation_over_sequences_begins_with_two(peak):
    def step_of(size):
        def step():
            if size == 1:
                raise TooFewSequencesError

        return step

    found = try_batches(step_of, lambda step: step() or 0.6, ROOM)
    assert list(found.seconds) == [2]


def test_other_errors_are_told(peak):
    def step_of(_):
        def step():
            raise RuntimeError("shapes do not fit")

        return step

    with pytest.raises(RuntimeError, match="shapes do not fit"):
        try_batches(step_of, lambda step: step() or 0.01, ROOM)


def test_energy_is_that_of_all_processors_and_their_counters_begin_anew(tmp_path):
    for package, microjoules in (("intel-rapl:0", 900), ("intel-rapl:1", 100)):
        folder = tmp_path / package
        folder.mkdir()
        (folder / "max_energy_range_uj").write_text("1000\n")
        (folder / "energy_uj").write_text(f"{microjoules}\n")
    (tmp_path / "intel-rapl:0:0").mkdir()
    meter = energy._cpu_meter(tmp_path)
    assert meter is not None
    assert meter() == 0
    (tmp_path / "intel-rapl:0" / "energy_uj").write_text("100\n")
    (tmp_path / "intel-rapl:1" / "energy_uj").write_text("150\n")
    assert meter() == pytest.approx(250e-6)
    assert energy._cpu_meter(tmp_path / "none") is None
