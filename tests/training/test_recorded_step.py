"""A step that is recorded does what it does where it is computed each time."""

from __future__ import annotations

import copy

import pytest
import torch
from stand_in_graph import FailingGraph, StandInGraph
from torch import nn

from bench.training.recorded_step import RecordedStep

GPU = pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU"))
DEVICES = pytest.mark.parametrize("device", ["cpu", GPU])


def network_on(device: str) -> nn.Sequential:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv1d(4, 6, 5), nn.BatchNorm1d(6), nn.ReLU(), nn.Flatten(), nn.Linear(96, 2)
    )
    return network.to(device)


def inputs(count: int, device: str, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    sequences = torch.randn(count, 4, 20, generator=generator)
    return sequences.to(device), torch.randn(count, 2, generator=generator).to(device)


def loss_with(network: nn.Module):
    return lambda sequences, targets: (network(sequences) - targets).square().mean()


def recorded(network: nn.Module, device: str, count: int = 8, graph=None, **how) -> RecordedStep:
    if device == "cpu" and "beside" not in how:
        graph = graph or StandInGraph(network)
    how = {"accumulates": False, **how}
    return RecordedStep(loss_with(network), network, inputs(count, device), graph=graph, **how)


def gradients(network: nn.Module) -> list[torch.Tensor]:
    return [weight.grad.clone() for weight in network.parameters()]


@torch.no_grad()
def move(*networks: nn.Module) -> None:
    for network in networks:
        for weight in network.parameters():
            weight.sub_(0.1 * weight.grad)


def assert_same(one: nn.Module, other: nn.Module) -> None:
    for own, expected in zip(gradients(one), gradients(other), strict=True):
        torch.testing.assert_close(own, expected)
    for name, value in one.state_dict().items():
        torch.testing.assert_close(value, other.state_dict()[name])


@DEVICES
@pytest.mark.parametrize("accumulates", [False, True])
def test_steps_one_by_one(accumulates: bool, device: str) -> None:
    network, usual = network_on(device), network_on(device)
    step = recorded(network, device, accumulates=accumulates)
    for seed in range(4):
        given = inputs(8, device, seed)
        usual.zero_grad()
        loss = loss_with(usual)(*given)
        loss.backward()
        step.forget_gradients()
        torch.testing.assert_close(step(*given), loss.detach())
        assert_same(network, usual)
        move(network, usual)


@DEVICES
def test_losses_and_gradients_keep_their_places(device: str) -> None:
    network = network_on(device)
    step = recorded(network, device)
    first = step(*inputs(8, device, 1))
    value, places = float(first), [weight.grad.data_ptr() for weight in network.parameters()]
    network.zero_grad()
    step(*inputs(8, device, 2))
    assert float(first) == value
    assert [weight.grad.data_ptr() for weight in network.parameters()] == places


@DEVICES
@pytest.mark.parametrize("forgets", [True, False])
def test_steps_of_an_update_are_added(forgets: bool, device: str) -> None:
    network, usual = network_on(device), network_on(device)
    step = recorded(network, device, accumulates=True)
    for update in range(3):
        step.forget_gradients() if forgets else network.zero_grad()
        usual.zero_grad()
        for part in range(2):
            given = inputs(8, device, 2 * update + part)
            step(*given)
            loss_with(usual)(*given).backward()
        assert_same(network, usual)


@DEVICES
def test_steps_of_two_shapes_share_gradients(device: str) -> None:
    network, usual = network_on(device), network_on(device)
    step = recorded(network, device)
    smaller = recorded(network, device, 3, beside=step)
    assert smaller.accumulates
    for seed, count in enumerate([8, 3, 3, 8, 3]):
        given = inputs(count, device, seed)
        for each in (network, usual):
            each.zero_grad()
        (step if count == 8 else smaller)(*given)
        loss_with(usual)(*given).backward()
        assert_same(network, usual)
        for weight in network.parameters():
            assert weight.grad is step.gradients[weight]


@DEVICES
def test_a_usual_step_may_come_between(device: str) -> None:
    network, usual = network_on(device), network_on(device)
    step = recorded(network, device, accumulates=True)
    given = [inputs(8, device, seed) for seed in range(3)]
    step(*given[0])
    loss_with(network)(*given[1]).backward()
    step(*given[2])
    for each in given:
        loss_with(usual)(*each).backward()
    assert_same(network, usual)


@DEVICES
@pytest.mark.parametrize("accumulates", [False, True])
@pytest.mark.parametrize("beside", [False, True])
def test_recording_changes_nothing(beside: bool, accumulates: bool, device: str) -> None:
    network = network_on(device).append(nn.Dropout(0.5))
    how = {"accumulates": accumulates}
    if beside:
        how["beside"] = recorded(network, device)
        how["beside"](*inputs(8, device, 1))
    else:
        loss_with(network)(*inputs(8, device, 1)).backward()
    before = copy.deepcopy(network.state_dict()), gradients(network)
    random = torch.get_rng_state(), torch.randn(4, device=device)
    torch.set_rng_state(random[0])
    if device == "cuda":
        torch.cuda.manual_seed(5)
        random = random[0], torch.randn(4, device=device)
        torch.cuda.manual_seed(5)
    recorded(network, device, 5, **how)
    assert torch.equal(torch.randn(4, device=device), random[1])
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[0][name]), name
    for own, expected in zip(gradients(network), before[1], strict=True):
        assert torch.equal(own, expected)


@DEVICES
def test_weights_without_a_gradient_keep_none(device: str) -> None:
    network = network_on(device)
    network.register_parameter("idle", nn.Parameter(torch.zeros(3, device=device)))
    network[0].bias.requires_grad_(False)
    step = recorded(network, device)
    step(*inputs(8, device))
    assert network.idle.grad is None
    assert network[0].bias.grad is None
    assert network[0].weight.grad is not None


@DEVICES
def test_another_shape_or_type_is_refused(device: str) -> None:
    step = recorded(network_on(device), device)
    sequences, targets = inputs(8, device)
    with pytest.raises(ValueError, match=r"an input is torch.float32 \(5, 4, 20\), but the step"):
        step(*inputs(5, device))
    with pytest.raises(ValueError, match=r"an input is torch.float64 \(8, 2\), but .*float32"):
        step(sequences, targets.double())


def test_a_recording_that_fails_changes_nothing() -> None:
    network = network_on("cpu")
    loss_with(network)(*inputs(8, "cpu", 1)).backward()
    before = copy.deepcopy(network.state_dict()), gradients(network)
    with pytest.raises(RuntimeError, match="fails as well"):
        recorded(network, "cpu", graph=FailingGraph(network))
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[0][name]), name
    for own, expected in zip(gradients(network), before[1], strict=True):
        assert torch.equal(own, expected)


class Replacing(nn.Module):
    """Keeps a mean by another tensor each time, of which a replay would know nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(20, 2)
        self.register_buffer("mean", torch.zeros(()))

    def forward(self, sequences: torch.Tensor) -> torch.Tensor:
        self.mean = 0.9 * self.mean + 0.1 * sequences.mean()
        return self.inner(sequences).mean(1) - self.mean


@DEVICES
def test_a_buffer_that_is_replaced_cannot_be_recorded(device: str) -> None:
    network = Replacing().to(device)
    mean = network.mean
    with pytest.raises(RuntimeError, match="puts another tensor in the place of mean"):
        recorded(network, device)
    assert network.mean is mean
    assert float(mean) == 0


class Waiting(nn.Module):
    """Reads a value on the host."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(20, 2), nn.Dropout(0.5))

    def forward(self, sequences: torch.Tensor) -> torch.Tensor:
        output = self.inner(sequences).mean(1)
        return output if output.sum().item() > 0 else -output


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_what_waits_for_the_gpu_cannot_be_recorded() -> None:
    network = Waiting().cuda()
    stream, mode = torch.cuda.current_stream(), torch.cuda.get_sync_debug_mode()
    with pytest.raises(RuntimeError, match="synchronizing"):
        recorded(network, "cuda")
    assert torch.cuda.current_stream() == stream
    assert torch.cuda.get_sync_debug_mode() == mode
    loss_with(network)(*inputs(8, "cuda")).backward()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.filterwarnings("ignore:The AccumulateGrad node's stream")
def test_a_recording_that_fails_half_way_leaves_torch_well() -> None:
    from bench.training.cuda_graph import CudaGraph

    network = Waiting().cuda()
    loss_with(network)(*inputs(8, "cuda")).backward()
    network.zero_grad()
    stream = torch.cuda.current_stream()
    with pytest.raises(RuntimeError):
        CudaGraph().capture(lambda: loss_with(network)(*inputs(8, "cuda")).backward())
    assert torch.cuda.current_stream() == stream
    network.zero_grad()
    loss_with(network)(*inputs(8, "cuda")).backward()
    assert torch.isfinite(network.inner[0].weight.grad).all()
    recorded(network_on("cuda"), "cuda")(*inputs(8, "cuda"))


@DEVICES
def test_autocast_is_that_of_the_loss_alone(device: str) -> None:
    network, usual = network_on(device), network_on(device)
    states = set()

    def loss_of(of: nn.Module):
        def loss(sequences: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
            if of is network:
                states.add((torch.is_autocast_enabled(device), torch.is_autocast_cache_enabled()))
            with torch.autocast(device, torch.bfloat16):
                return (of(sequences).float() - targets).square().mean()

        return loss

    graph = StandInGraph(network) if device == "cpu" else None
    with torch.autocast(device, torch.bfloat16):
        step = RecordedStep(
            loss_of(network), network, inputs(8, device), accumulates=False, graph=graph
        )
    for seed in range(3):
        given = inputs(8, device, seed)
        usual.zero_grad()
        loss_of(usual)(*given).backward()
        step(*given)
        assert_same(network, usual)
        move(network, usual)
    # A cache would keep casts of weights from before the recording.
    assert states == {(False, False)}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_seed_decides_what_replays_drop_out() -> None:
    network = network_on("cuda").append(nn.Dropout(0.5))
    step = recorded(network, "cuda")

    def losses() -> list[float]:
        torch.manual_seed(3)
        return [float(step(*inputs(8, "cuda"))) for _ in range(3)]

    once = losses()
    assert once == losses()
    assert len(set(once)) == 3
