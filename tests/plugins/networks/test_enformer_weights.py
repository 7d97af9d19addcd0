"""Published weights of Enformer: read under all their names, and read as the published network.

One comparison is with a computation from the file alone, written from the description of the
layout; the other is with the package enformer-pytorch.
"""

from __future__ import annotations

import importlib
import warnings
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from bench.interface import DataError
from bench_enformer.enformer import Enformer
from bench_enformer.positions import gamma, position_features
from bench_enformer.settings import PUBLISHED, EnformerSettings
from bench_enformer.weights import load_enformer

State = dict[str, torch.Tensor]
ALIASES = {
    "stem": "_trunk.1", "conv_tower": "_trunk.2", "transformer": "_trunk.4",
    "final_pointwise": "_trunk.6",
}  # fmt: skip
HEADS = {"human": (10, 5), "mouse": (10, 4)}
SMALL = EnformerSettings(
    length=2048, stem_channels=48, channels=96, blocks=3, channel_multiple=16, layers=2, heads=4,
    key_size=16, value_size=24, position_features=24, hidden=192, pointwise=192,
)  # fmt: skip


def norm(name: str, size: int, running: bool = True) -> dict[str, tuple[int, ...]]:
    fields = ["weight", "bias"]
    if running:
        fields += ["running_mean", "running_var"]
    return {
        **{f"{name}.{field}": (size,) for field in fields},
        **({f"{name}.num_batches_tracked": ()} if running else {}),
    }


def convolution(name: str, inputs: int, outputs: int, width: int) -> dict[str, tuple[int, ...]]:
    return {
        **norm(f"{name}.0", inputs),
        f"{name}.2.weight": (outputs, inputs, width),
        f"{name}.2.bias": (outputs,),
    }


def layout(
    settings: EnformerSettings, targets: dict[str, int], widths: tuple[int, ...]
) -> dict[str, tuple[int, ...]]:
    """Return the published names and shapes; `widths` are those of the tower's blocks."""
    first, last, heads = settings.stem_channels, settings.channels, settings.heads
    keys, values = heads * settings.key_size, heads * settings.value_size
    shapes = {
        "stem.0.weight": (first, 4, 15),
        "stem.0.bias": (first,),
        **convolution("stem.1.fn", first, first, 1),
        "stem.2.to_attn_logits.weight": (first, first, 1, 1),
    }
    for number, (inputs, outputs) in enumerate(zip((first, *widths), widths, strict=False)):
        name = f"conv_tower.{number}"
        shapes |= convolution(f"{name}.0", inputs, outputs, 5)
        shapes |= convolution(f"{name}.1.fn", outputs, outputs, 1)
        shapes[f"{name}.2.to_attn_logits.weight"] = (outputs, outputs, 1, 1)
    for number in range(settings.layers):
        name = f"transformer.{number}"
        shapes |= {
            **norm(f"{name}.0.fn.0", last, running=False),
            f"{name}.0.fn.1.to_q.weight": (keys, last),
            f"{name}.0.fn.1.to_k.weight": (keys, last),
            f"{name}.0.fn.1.to_v.weight": (values, last),
            f"{name}.0.fn.1.to_out.weight": (last, values),
            f"{name}.0.fn.1.to_out.bias": (last,),
            f"{name}.0.fn.1.to_rel_k.weight": (keys, settings.position_features),
            f"{name}.0.fn.1.rel_content_bias": (1, heads, 1, settings.key_size),
            f"{name}.0.fn.1.rel_pos_bias": (1, heads, 1, settings.key_size),
            **norm(f"{name}.1.fn.0", last, running=False),
            f"{name}.1.fn.1.weight": (settings.hidden, last),
            f"{name}.1.fn.1.bias": (settings.hidden,),
            f"{name}.1.fn.4.weight": (last, settings.hidden),
            f"{name}.1.fn.4.bias": (last,),
        }
    shapes |= convolution("final_pointwise.1", last, settings.pointwise, 1)
    for head, count in targets.items():
        shapes[f"_heads.{head}.0.weight"] = (count, settings.pointwise)
        shapes[f"_heads.{head}.0.bias"] = (count,)
    return shapes


def small_layout() -> dict[str, tuple[int, ...]]:
    return layout(SMALL, {head: count for head, (_, count) in HEADS.items()}, (48, 64, 96))


def drawn(shapes: dict[str, tuple[int, ...]]) -> State:
    """Draw weights that keep values near 1."""
    generator = torch.Generator().manual_seed(0)
    state = {}
    for name, size in shapes.items():
        values = torch.randn(size, generator=generator)
        if name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(7)
        elif name.endswith("running_var"):
            state[name] = values.abs() + 0.5
        elif name.endswith("_bias"):
            state[name] = values
        elif len(size) > 1:
            state[name] = values * (2 / torch.Size(size[1:]).numel()) ** 0.5
        else:
            state[name] = 0.1 * values + (1.0 if name.endswith("weight") else 0.0)
    return state


def sequences(length: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(3)
    codes = torch.randint(0, 5, (2, length), generator=generator)
    return functional.one_hot(codes, 5)[..., :4].transpose(1, 2).float()


class Published:
    """The published network in evaluation, computed from a file's tensors alone."""

    def __init__(self, state: State) -> None:
        self.state = state

    def pair(self, name: str) -> tuple[torch.Tensor, torch.Tensor]:
        return self.state[f"{name}.weight"], self.state[f"{name}.bias"]

    def convolved(self, x: torch.Tensor, name: str) -> torch.Tensor:
        mean, variance = (self.state[f"{name}.0.running_{one}"] for one in ("mean", "var"))
        x = (x - mean[:, None]) / (variance[:, None] + 1e-5).sqrt()
        scale, shift = self.pair(f"{name}.0")
        x = x * scale[:, None] + shift[:, None]
        x = x * torch.sigmoid(1.702 * x)
        return functional.conv1d(x, *self.pair(f"{name}.2"), padding="same")

    def pooled(self, x: torch.Tensor, name: str) -> torch.Tensor:
        odd = x.shape[-1] % 2
        pairs = functional.pad(x, (0, odd)).reshape(*x.shape[:2], -1, 2)
        logits = functional.conv2d(pairs, self.state[f"{name}.to_attn_logits.weight"])
        if odd:
            logits[..., -1, 1] = -torch.inf
        return (pairs * logits.softmax(-1)).sum(-1)

    def attended(self, x: torch.Tensor, name: str) -> torch.Tensor:
        state, (count, length, _), heads = self.state, x.shape, SMALL.heads

        def split(weight: str) -> torch.Tensor:
            joined = x @ state[f"{name}.{weight}.weight"].T
            return joined.reshape(count, length, heads, -1)

        query = split("to_q") * SMALL.key_size**-0.5
        content = query + state[f"{name}.rel_content_bias"].reshape(heads, -1)
        position = query + state[f"{name}.rel_pos_bias"].reshape(heads, -1)
        features = position_features(length, SMALL.position_features).float()
        relative = features @ state[f"{name}.to_rel_k.weight"].T
        relative = relative.reshape(2 * length - 1, heads, -1)
        rows = []
        for i in range(length):
            # Key j is j - i positions from query i.
            near = relative[length - 1 - i : 2 * length - 1 - i]
            logits = torch.einsum("nhd,njhd->nhj", content[:, i], split("to_k"))
            logits = logits + torch.einsum("nhd,jhd->nhj", position[:, i], near)
            rows.append(torch.einsum("nhj,njhd->nhd", logits.softmax(-1), split("to_v")))
        joined = torch.stack(rows, dim=1).flatten(2)
        return functional.linear(joined, *self.pair(f"{name}.to_out"))

    def output(self, x: torch.Tensor, head: str) -> torch.Tensor:
        x = functional.conv1d(x, *self.pair("stem.0"), padding="same")
        x = self.pooled(x + self.convolved(x, "stem.1.fn"), "stem.2")
        for name in (f"conv_tower.{number}" for number in range(SMALL.blocks)):
            x = self.convolved(x, f"{name}.0")
            x = self.pooled(x + self.convolved(x, f"{name}.1.fn"), f"{name}.2")
        x, size = x.transpose(1, 2), (SMALL.channels,)
        for name in (f"transformer.{number}" for number in range(SMALL.layers)):
            normed = functional.layer_norm(x, size, *self.pair(f"{name}.0.fn.0"))
            x = x + self.attended(normed, f"{name}.0.fn.1")
            hidden = functional.layer_norm(x, size, *self.pair(f"{name}.1.fn.0"))
            hidden = functional.linear(hidden, *self.pair(f"{name}.1.fn.1")).relu()
            x = x + functional.linear(hidden, *self.pair(f"{name}.1.fn.4"))
        cut = (x.shape[1] - HEADS[head][0]) // 2
        x = self.convolved(x[:, cut : x.shape[1] - cut].transpose(1, 2), "final_pointwise.1")
        x = (x * torch.sigmoid(1.702 * x)).transpose(1, 2)
        return functional.softplus(functional.linear(x, *self.pair(f"_heads.{head}.0")))


def aliased(state: State, keep: bool) -> State:
    """Return tensors under their second names, and their first ones too if told so."""
    renamed = {}
    for name, values in state.items():
        part, rest = name.split(".", 1)
        renamed[f"{ALIASES.get(part, part)}.{rest}"] = values
    return {**state, **renamed} if keep else renamed


def saved(state: State, folder: Path) -> Path:
    path = folder / "weights.pth"
    torch.save(state, path)
    return path


def small_network() -> Enformer:
    return Enformer(SMALL, HEADS).eval()


@torch.no_grad()
def test_outputs_are_those_of_the_published_layout(tmp_path: Path) -> None:
    state = drawn(small_layout())
    network = small_network()
    load_enformer(network, saved(state, tmp_path))
    for length in (160, 1010, 2048):
        for head in HEADS:
            found = network(sequences(length), head)
            expected = Published(state).output(sequences(length), head)
            assert found.std() > 0.05
            torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_all_names_are_read(tmp_path: Path) -> None:
    state = drawn(small_layout())
    outputs = []
    for given in (state, aliased(state, keep=False), aliased(state, keep=True)):
        network = small_network()
        load_enformer(network, saved(given, tmp_path))
        outputs.append(network(sequences(2048), "mouse"))
    assert torch.equal(outputs[0], outputs[1])
    assert torch.equal(outputs[0], outputs[2])


def test_the_published_layout_is_read(tmp_path: Path) -> None:
    targets = {"human": 5313, "mouse": 1643}
    shapes = layout(PUBLISHED, targets, (768, 896, 1024, 1152, 1280, 1536))
    assert len(shapes) == 287
    with torch.device("meta"):
        state = {name: torch.empty(size) for name, size in shapes.items()}
        network = Enformer(PUBLISHED, {head: (896, count) for head, count in targets.items()})
    assert len(aliased(state, keep=True)) == 570
    assert len(network.state_dict()) == 287
    path = saved(aliased(state, keep=True), tmp_path)
    load_enformer(network, path)


def test_heads_may_be_others(tmp_path: Path) -> None:
    state = drawn(small_layout())
    path = saved(state, tmp_path)
    network = Enformer(SMALL, {"default": (10, 7)})
    head = network.heads["default"].weight.clone()
    load_enformer(network, path, with_heads=False)
    assert torch.equal(network.heads["default"].weight, head)
    assert torch.equal(network.stem.convolution.weight, state["stem.0.weight"])
    with pytest.raises(DataError, match=r"no '_heads.default.0.weight', expected the layers"):
        load_enformer(network, path)
    load_enformer(Enformer(SMALL, {"mouse": HEADS["mouse"]}), path)


def test_other_layers_and_shapes_are_refused(tmp_path: Path) -> None:
    state = drawn(small_layout())
    network = small_network()
    before = {name: values.clone() for name, values in network.state_dict().items()}

    def refused(changes: State, message: str, without: str = "") -> None:
        given = {name: values for name, values in (state | changes).items() if name != without}
        with pytest.raises(DataError, match=message) as caught:
            load_enformer(network, saved(given, tmp_path))
        assert caught.value.path == tmp_path / "weights.pth"
        for name, values in network.state_dict().items():
            assert torch.equal(values, before[name])

    name = "transformer.1.0.fn.1.to_rel_k.weight"
    refused({}, f"no '{name}'", without=name)
    refused({name: torch.zeros(64, 48)}, rf"'{name}' has shape \(64, 48\), expected one that fits")
    pool = "conv_tower.0.2.to_attn_logits.weight"
    refused({pool: torch.zeros(48, 48, 2)}, rf"'{pool}' has shape \(48, 48, 2\)")
    extra = "transformer.2.0.fn.0.weight"
    refused({extra: torch.zeros(96)}, f"'{extra}' is of no layer of this model")
    with pytest.raises(DataError, match="no such file"):
        load_enformer(network, tmp_path / "none.pth")


@pytest.fixture(scope="module")
def port():
    """Return the module of the package enformer-pytorch, an independent port."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("enformer_pytorch.modeling_enformer")


def port_gamma(positions, features, seq_len, dtype=torch.float):
    return gamma(positions.abs().double()[:, None], features, seq_len).to(dtype)


@torch.no_grad()
@pytest.mark.parametrize("length", [160, 3000, 6016])
def test_the_port_has_the_same_outputs(port, length: int, tmp_path: Path, monkeypatch) -> None:
    # The port divides these features by their largest at each distance unless it has its own table.
    monkeypatch.setattr(port, "get_positional_features_gamma", port_gamma)
    torch.manual_seed(0)
    other = port.Enformer.from_hparams(
        dim=96, depth=2, heads=4, attn_dim_key=16, num_downsamples=4, dim_divisible_by=16,
        output_heads={head: count for head, (_, count) in HEADS.items()},
        target_length=10 if length > 160 else -1,
    ).eval()  # fmt: skip
    other.load_state_dict(
        drawn({name: tuple(one.shape) for name, one in other.state_dict().items()})
    )
    network = small_network()
    load_enformer(network, saved(other.state_dict(), tmp_path))
    given = sequences(length)
    expected = other(given.transpose(1, 2))
    for head in HEADS:
        found = network(given, head)
        assert found.std() > 0.05
        torch.testing.assert_close(found, expected[head], atol=1e-4, rtol=0)
