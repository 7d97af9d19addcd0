"""Networks have the parameters, layers and receptive fields that were published."""

from __future__ import annotations

import pytest
import torch
from geometry import layer_counts, multiply_adds, receptive_field
from torch import nn

import bench_basset
import bench_deepsea
import bench_define
from bench.interface import HeadShape, TaskKind, TaskShape
from bench.registry.entries import Entry
from bench_basset.model import Basset
from bench_deepsea.beluga import Beluga
from bench_deepsea.deeper_deepsea import DeeperDeepSea
from bench_deepsea.deepsea import DeepSea
from bench_define.model import Define

MODELS = [DeepSea, Beluga, DeeperDeepSea, Basset, Define]
MOST_MULTIPLY_ADDS = 15_000_000

PUBLISHED_LAYERS = {
    DeepSea: [10_560, 1_229_280, 3_687_360, 47_064_925, 850_994],
    Beluga: [
        10_560, 819_520, 1_229_280, 1_843_680, 2_458_240, 3_277_440, 135_885_523, 4_012_008,
    ],
    DeeperDeepSea: [
        10_560, 819_520, 640, 1_229_280, 1_843_680, 960, 3_687_360, 7_373_760, 1_920, 38_819_479,
        1_838, 845_480,
    ],
    Basset: [
        23_100, 600, 660_200, 400, 280_200, 400, 2_001_000, 2_000, 1_001_000, 2_000, 164_164,
    ],
}  # fmt: skip


def shape(targets: int) -> TaskShape:
    names = tuple(f"t{number}" for number in range(targets))
    return TaskShape(kind=TaskKind.CLASSIFICATION, heads={"default": HeadShape(targets=names)})


def network(model_class, preset: str, device: str = "meta") -> nn.Module:
    given = model_class.card.presets[preset]
    model = model_class(**given.settings)
    with torch.device(device):
        return model.build(shape(given.targets), model.settings)


@pytest.mark.parametrize("model", PUBLISHED_LAYERS)
def test_layers_have_their_published_numbers_of_parameters(model) -> None:
    built = network(model, "published")
    assert layer_counts(built) == PUBLISHED_LAYERS[model]
    assert sum(layer_counts(built)) == model.card.presets["published"].parameters


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("preset", ["published", "compact"])
def test_cards_tell_the_number_of_parameters(model, preset: str) -> None:
    assert sum(layer_counts(network(model, preset))) == model.card.presets[preset].parameters


@pytest.mark.parametrize("model", MODELS)
def test_compact_networks_are_small(model) -> None:
    built = network(model, "compact", "cpu")
    length = model.card.presets["compact"].settings["length"]
    assert 1_000_000 < multiply_adds(built, length) < MOST_MULTIPLY_ADDS


@pytest.mark.parametrize(
    ("model", "layers", "expected"),
    [(DeepSea, 9, 163), (Beluga, 15, 310), (DeeperDeepSea, 16, 310), (Basset, 12, 168)],
)
def test_receptive_fields(model, layers: int, expected: int) -> None:
    built = network(model, "compact", "cpu")
    whole = getattr(built, "layers", built)
    length = model.card.presets["compact"].settings["length"]
    assert receptive_field(whole[:layers], length) == expected


@pytest.mark.parametrize("model", MODELS)
def test_settings_are_told_and_lengths_refused(model) -> None:
    from bench.interface import BenchError

    settings = model.card.presets["published"].settings
    assert model.card.input_length("published", {**settings, "length": 700}) == 700
    with pytest.raises(BenchError, match="length is 20, expected at least"):
        model(**{**settings, "length": 20})


def test_cards_name_their_classes() -> None:
    found = []

    class Register:
        def model(self, card, target) -> None:
            found.append((card, Entry(card.name, card, "test", target).load()))

    for plugin in (bench_deepsea, bench_basset, bench_define):
        plugin.bench_models(register=Register())
    assert [model for _, model in found] == MODELS
    assert all(model.card is card for card, model in found)
