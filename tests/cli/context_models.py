"""A plugin file for tests: models that count bases in windows, and some that read no sequence."""

from __future__ import annotations

import json

import numpy as np

from bench.interface import (
    Model,
    ModelCard,
    Output,
    Preset,
    Reads,
    StrandPolicy,
    TaskKind,
    UnknownBases,
    hookimpl,
)

VALUES = {
    TaskKind.CLASSIFICATION: Output.MARGIN,
    TaskKind.EXPRESSION: Output.VALUE,
    TaskKind.PROFILE: Output.VALUE,
}


def card(name, **rest):
    return ModelCard(
        name=name, summary="for tests", family="toy", paper="none", year=2026, tasks=VALUES,
        strands=StrandPolicy.GIVEN, interface_version=1, length_setting="length",
        presets={"only": Preset(settings={"length": 0})}, **rest,
    )  # fmt: skip


class Counter(Model):
    """Weighs bases by a wave, so that each base of the window has a part in what is predicted."""

    card = card("counter")

    def __init__(self, length=0):
        self.length = length

    def fit(self, train, valid, context):
        self.shape = (
            len(context.shape.heads["default"].targets),
            context.shape.heads["default"].bins,
        )

    def predict(self, examples, head="default"):
        codes = examples.windows(self.length or None)
        wave = 1 + np.sin(np.arange(codes.shape[1])) / 2
        score = 2 + ((codes == 1) * 1.0 - (codes == 2)) @ wave / len(wave)
        targets, bins = self.shape
        scale = 1 + np.arange(targets)
        if bins is None:
            return score[:, None] * scale
        return score[:, None, None] * (1 + np.arange(bins))[:, None] * scale

    def save(self, folder):
        (folder / "shape.json").write_text(json.dumps(self.shape))

    @classmethod
    def load(cls, folder, context):
        model = cls(**context.settings)
        model.shape = json.loads((folder / "shape.json").read_text())
        return model


class Far(Counter):
    card = card("placed", uses_coordinates=True)

    def predict(self, examples, head="default"):
        assert len(examples.items) == len(examples)
        return super().predict(examples)


class Further(Counter):
    card = card("further")

    def predict(self, examples, head="default"):
        codes = examples.windows(4000)
        return (codes == 1).sum(axis=1)[:, None] * (1.0 + np.arange(self.shape[0]))


class Blind(Counter):
    card = card("blind", reads=Reads.LENGTH)


class AsA(Counter):
    card = card("as-a", unknown_bases=UnknownBases.AS_A)


@hookimpl
def bench_models(register):
    for model in (Counter, Far, Further, Blind, AsA):
        register.model(model.card, f"context_models:{model.__name__}")
