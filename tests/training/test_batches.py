"""Batches: the same whatever reads them, each item once per pass, varied as told."""

from __future__ import annotations

import numpy as np
import pytest

from bench.data.alphabet import reverse_complement
from bench.data.examples import ArrayExamples
from bench.training.batches import Augmentation, TrainingBatches, ordered_batches

COUNT, LENGTH = 50, 20


@pytest.fixture
def examples() -> ArrayExamples:
    codes = np.random.default_rng(0).integers(0, 4, (COUNT, LENGTH), dtype=np.uint8)
    return ArrayExamples(codes, np.arange(COUNT, dtype=np.float32)[:, None])


def batches(examples, **changes):
    given = {"seed": 1, "augmentation": Augmentation()} | changes
    rank = given.pop("rank", 0)
    made = TrainingBatches(examples, examples.targets(), LENGTH, given.pop("size", 8), **given)
    made.rank = rank
    return made


def epoch(source, number):
    source.epoch = number
    return list(source)


def items(read):
    return np.concatenate([batch.targets[:, 0].numpy() for batch in read]).astype(int)


def test_passes_follow_each_other_and_hold_each_item_once(examples) -> None:
    source = batches(examples)
    assert len(source) == 6
    # 6 batches of 8 leave 2 of 50 items, with which the next epoch begins.
    seen = np.concatenate([items(epoch(source, number)) for number in range(26)])
    for turn in range(len(seen) // COUNT):
        assert sorted(seen[turn * COUNT : (turn + 1) * COUNT]) == list(range(COUNT))


def test_an_epoch_is_the_same_alone_and_after_others(examples) -> None:
    augmentation = Augmentation(reverse_complement=True, shift=3)
    source = batches(examples, augmentation=augmentation)
    all_of_them = [epoch(source, number) for number in range(4)]
    alone = epoch(batches(examples, augmentation=augmentation, workers=3), 3)
    for one, other in zip(all_of_them[3], alone, strict=True):
        assert (one.codes == other.codes).all()
        assert (one.turned == other.turned).all()
        assert (one.targets == other.targets).all()
    assert items(all_of_them[0]).tolist() != items(all_of_them[1]).tolist()
    other_seed = items(epoch(batches(examples, seed=2), 0)).tolist()
    assert items(all_of_them[0]).tolist() != other_seed


def test_several_processes_share_the_items_of_one(examples) -> None:
    together = epoch(batches(examples, size=8), 0)
    parts = [epoch(batches(examples, size=4, rank=rank, world=2), 0) for rank in range(2)]
    for step, whole in enumerate(together):
        shared = np.concatenate([items([part[step]]) for part in parts])
        assert sorted(shared) == sorted(items([whole]))


def test_windows_are_moved_by_at_most_the_shift(examples) -> None:
    read = epoch(batches(examples, augmentation=Augmentation(shift=2)), 0)
    seen = set()
    for batch in read:
        for codes, item in zip(batch.codes.numpy(), items([batch]), strict=True):
            matching = [
                shift
                for shift in range(-2, 3)
                if (examples[[item]].windows(LENGTH, shift)[0] == codes).all()
            ]
            assert matching
            seen.add(matching[0])
    assert seen == {-2, -1, 0, 1, 2}


def test_about_half_of_the_items_are_turned(examples) -> None:
    source = batches(examples, augmentation=Augmentation(reverse_complement=True))
    turned = np.concatenate(
        [batch.turned for number in range(20) for batch in epoch(source, number)]
    )
    assert 0.4 < turned.mean() < 0.6
    assert not np.concatenate([batch.turned for batch in epoch(batches(examples), 0)]).any()


def test_steps_of_an_epoch_can_be_given(examples) -> None:
    source = batches(examples, steps=3)
    assert len(source) == len(epoch(source, 0)) == 3
    assert len(epoch(batches(examples, size=200), 0)) == 1


def test_items_in_order(examples) -> None:
    read = np.concatenate([part.numpy() for part in ordered_batches(examples, LENGTH, 7)])
    np.testing.assert_array_equal(read, examples.windows(LENGTH))


def test_one_hot_is_that_of_the_alphabet() -> None:
    import torch

    from bench.data import alphabet
    from bench.training import one_hot as ours

    codes = np.random.default_rng(0).integers(0, 5, (3, 11), dtype=np.uint8)
    found = ours.one_hot(torch.from_numpy(codes))
    np.testing.assert_array_equal(found, alphabet.one_hot(codes))
    other = ours.reverse_complement(found)
    np.testing.assert_array_equal(other, alphabet.one_hot(reverse_complement(codes)))
