"""A model whose effects can be told by hand: it weighs the base at each place."""

from __future__ import annotations

import numpy as np

from bench.interface import (
    HeadShape,
    Model,
    ModelCard,
    Output,
    Preset,
    StrandPolicy,
    TaskKind,
    TaskShape,
)

SHAPE = TaskShape(
    kind=TaskKind.CLASSIFICATION, heads={"default": HeadShape(targets=("one", "two"))}
)


def card(strands: StrandPolicy = StrandPolicy.GIVEN) -> ModelCard:
    return ModelCard(
        name="linear", summary="weights of bases", family="toy", paper="unpublished", year=None,
        tasks={TaskKind.CLASSIFICATION: Output.MARGIN}, strands=strands,
        presets={"default": Preset()}, interface_version=1,
    )  # fmt: skip


class Linear(Model):
    """Sums a weight for each base at each place, `(length, 4, targets)`; an N weighs nothing."""

    card = card()

    def __init__(self, length: int = 20, seed: int = 0) -> None:
        self.weights = np.random.default_rng(seed).normal(size=(length, 4, 2))
        self.calls = 0

    def fit(self, train, valid, context):
        raise NotImplementedError

    def predict(self, examples, head="default"):
        self.calls += 1
        codes = examples.windows(len(self.weights))
        one_hot = codes[:, :, None] == np.arange(4)
        return np.einsum("nlb,lbt->nt", one_hot, self.weights)

    def save(self, folder):
        raise NotImplementedError

    @classmethod
    def load(cls, folder, context):
        raise NotImplementedError


class Quick(Linear):
    """The same with a way of its own to predict changes."""

    def mutagenesis(self, codes, head="default"):
        known = codes < 4
        total = np.einsum("lb,lbt->t", codes[:, None] == np.arange(4), self.weights)

        def changed(positions, bases):
            gone = np.where(
                known[positions][:, None],
                self.weights[positions, np.minimum(codes[positions], 3)],
                0,
            )
            return total - gone + self.weights[positions, bases]

        return changed
