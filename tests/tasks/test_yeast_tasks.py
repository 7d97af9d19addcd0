"""The tasks on the yeast genome and on reporter assays, built from the files of their manifests."""

from __future__ import annotations

import numpy as np
import pytest

from bench.registry.discovery import discover
from bench.tasks.build import open_or_build
from bench.tasks.catalogue import TaskCatalogue

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def catalogue():
    return TaskCatalogue(discover())


def test_chipexo_covers_the_genome_with_every_target(catalogue, mirror):
    task = open_or_build(catalogue["yeast-chipexo"])
    names = task.info.heads["default"].targets
    assert len(names) == 133
    items = task.items()
    # 12,071,326 bp of nuclear chromosomes in whole bins, less 18 kb of ribosomal DNA.
    assert 60_000 < len(items) < 60_357
    assert not ((items["chrom"] == "chrXII") & items["start"].between(450_801, 468_999)).any()
    assert set(items["chrom"][task.rows("test")]) == {"chrIV", "chrXIII"}
    targets = np.asarray(task.targets())
    assert np.isin(targets[~np.isnan(targets)], [0, 1]).all()
    positives = (targets == 1).sum(axis=0)
    assert (positives > 100).all()
    # Each run of positive bins has at most two neighbours that are left out.
    assert (np.isnan(targets).sum(axis=0) <= 2 * positives).all()
    reb1 = names.index("Reb1")
    assert positives[reb1] > 500


@pytest.mark.parametrize(
    ("name", "test_items", "targets"),
    [
        ("deepstarr-sample", 1000, 2),
        ("lentimpra-sample", 1000, 1),
        ("yeast-promoters-native", 3782, 1),
    ],
)
def test_reporter_assays_keep_their_test_sets(catalogue, mirror, name, test_items, targets):
    task = open_or_build(catalogue[name])
    assert task.info.items["test"] == test_items
    assert len(task.info.heads["default"].targets) == targets
    assert task.info.items["train"] > 500


def test_open_chromatin_lies_at_promoters(catalogue, mirror):
    task = open_or_build(catalogue["yeast-atac"])
    chipexo = open_or_build(catalogue["yeast-chipexo"])
    np.testing.assert_array_equal(task.items()["item"], chipexo.items()["item"])
    targets = np.asarray(task.targets())[:, 0]
    distances = task.items()["tss_distance"].abs()
    assert 1000 < (targets == 1).sum() < 6000
    assert distances[targets == 1].median() < distances[targets == 0].median() / 2


def test_wild_types_and_mutants_of_the_retina_stay_together(catalogue, mirror):
    task = open_or_build(catalogue["crx-mpra"])
    assert sum(task.info.items.values()) == 9688
    assert task.info.lengths == (164, 164, 164)
    items = task.items()
    # 55 items have no activity with this promoter.
    assert np.isnan(np.asarray(task.targets())).sum() == 55
    groups = items["group"]
    assert groups.str.fullmatch(r"chr[\dXY]+-\d+-\d+").mean() > 0.9
    for code in np.unique(task.split):
        assert not set(groups[task.split == code]) & set(groups[task.split != code])


def test_random_promoters_are_divided(catalogue, mirror):
    task = open_or_build(catalogue["yeast-promoters"])
    assert sum(task.info.items.values()) == 5289
    assert 0.15 < task.info.items["test"] / 5289 < 0.25
