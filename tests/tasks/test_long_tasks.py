"""Tasks of tracks and genes, built from real files and from the simulated genome."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from bench.interface import TaskKind
from bench.registry.discovery import discover
from bench.tasks.build import open_or_build
from bench.tasks.catalogue import TaskCatalogue

REAL = pytest.mark.real_data
SIZES = [
    pytest.param("sim-tracks", (1830, 366, 732), {"default": (6, 512, 32)}),
    pytest.param("sim-expression", (10_800, 2160, 4320), {"default": (6, None, None)}),
    pytest.param("sim-expressed", (10_800, 2160, 4320), {"default": (6, None, None)}),
    pytest.param("sim-chromatin", (44_400, 8880, 17_760), {"default": (6, None, None)}),
    pytest.param("yeast-tracks", (513, 66, 149), {"default": (3, 512, 32)}, marks=REAL),
    pytest.param("yeast-expression", (4537, 574, 1322), {"default": (2, None, None)}, marks=REAL),
    pytest.param("yeast-stress", (2078, 277, 633), {"default": (173, None, None)}, marks=REAL),
    # 8 of 390 windows for training have no base that is known.
    pytest.param("human-k562", (382, 73, 122), {"default": (7, 512, 32)}, marks=REAL),
    pytest.param("human-k562-128", (97, 18, 30), {"default": (7, 512, 128)}, marks=REAL),
    pytest.param(
        "basenji-tiny", (73, 23, 23), {"human": (74, 2048, 32), "mouse": (32, 2048, 32)}, marks=REAL
    ),
    pytest.param(
        "basenji-tiny-128", (73, 23, 23), {"human": (74, 512, 128), "mouse": (32, 512, 128)},
        marks=REAL,
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def catalogue():
    return TaskCatalogue(discover())


@pytest.fixture
def task(catalogue, request):
    def build(name: str):
        if not name.startswith("sim-"):
            request.getfixturevalue("mirror")
        return open_or_build(catalogue[name])

    return build


@pytest.mark.parametrize(("name", "items", "heads"), SIZES)
def test_sizes(task, name, items, heads):
    built = task(name)
    assert tuple(built.info.items[split] for split in ("train", "valid", "test")) == items
    found = {
        head: (len(one.targets), one.bins, one.bin_width) for head, one in built.info.heads.items()
    }
    assert found == heads
    for head in heads:
        for split in ("train", "valid", "test"):
            targets = built.examples(split, with_targets=True).of_head(head).targets(head)
            assert np.isfinite(targets).any(axis=0).all()


def test_strands_of_tracks_are_partners(task):
    for name, pairs in (("yeast-tracks", (0, 2, 1)), ("human-k562", (1, 0, 3, 2, 4, 5, 6))):
        head = task(name).info.heads["default"]
        assert head.strand_pairs == pairs


def test_parts_of_one_chromosome_lie_apart_by_what_is_read(task):
    for name in ("human-k562", "human-k562-128"):
        built = task(name)
        items = built.items()
        reach = (196_608 - (items["end"] - items["start"]).iloc[0]) // 2
        spans = [
            (int(part["start"].min()) - reach, int(part["end"].max()) + reach)
            for part in (items.iloc[built.rows(split)] for split in ("train", "valid", "test"))
        ]
        for (_, end), (start, _) in pairwise(spans):
            assert end <= start


def test_coarse_bins_hold_the_sums_of_fine_ones(task):
    fine, coarse = task("basenji-tiny"), task("basenji-tiny-128")
    for head in ("human", "mouse"):
        small = fine.examples("test", with_targets=True).of_head(head).targets(head)
        large = coarse.examples("test", with_targets=True).of_head(head).targets(head)
        sums = small.reshape(len(small), 512, 4, -1).astype(np.float64).sum(axis=2)
        np.testing.assert_allclose(large, sums, rtol=5e-3, atol=1e-2)


def test_genes_name_tasks_for_what_models_stand_on(catalogue):
    roles = {name: catalogue[name].manifest.tasks[name].roles for name in
             ("sim-expression", "sim-expressed", "yeast-expression", "yeast-stress")}  # fmt: skip
    simulated = {"chromatin": "sim-chromatin", "tracks": "sim-tracks"}
    assert roles["sim-expression"] == roles["sim-expressed"] == simulated
    yeast = {"chromatin": "yeast-chipexo", "tracks": "yeast-tracks"}
    assert roles["yeast-expression"] == roles["yeast-stress"] == yeast


@pytest.mark.parametrize("name", ["human-k562-128", "basenji-tiny-128"])
@pytest.mark.parametrize("model", ["basenji", "basenji2", "enformer"])
def test_published_networks_fit_tasks_with_bins_of_128_bp(task, model, name):
    entry = discover().models[model]
    settings = dict(entry.value.presets["published"].settings)
    shape = task(name).info.shape
    assert entry.value.tasks.keys() >= {TaskKind.PROFILE}
    with torch.device("meta"):
        network = entry.load()(**settings).build(
            shape, entry.value.check_settings(**settings)
        )  # fmt: skip
    assert sum(weights.numel() for weights in network.parameters()) > 1_000_000
