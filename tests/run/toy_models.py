"""A plugin file for tests: models that behave, and models that misbehave in one way each."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time

from bench.interface import (
    BenchError,
    Model,
    ModelCard,
    Output,
    Preset,
    StrandPolicy,
    TaskKind,
    hookimpl,
)

BOTH = {TaskKind.CLASSIFICATION: Output.MARGIN, TaskKind.REGRESSION: Output.VALUE}


def card(name, settings=None, tasks=BOTH, **rest):
    return ModelCard(
        name=name,
        summary="for tests",
        family="toy",
        paper="none",
        year=2026,
        tasks=tasks,
        strands=StrandPolicy.GIVEN,
        interface_version=1,
        presets={"only": Preset(settings=settings or {})},
        **{"uses_budget": True, **rest},
    )


class Toy(Model):
    """Counts one base; `behave` says what goes wrong in `fit`."""

    card = card("toy-model")

    def __init__(self, base=0, behave="well", touch=""):
        self.base, self.behave, self.touch = base, behave, touch

    def fit(self, train, valid, context):
        import numpy as np

        print("a model may print")
        if self.touch:
            with open(self.touch, "a") as stream:
                stream.write(f"{context.seed}\n")
        for step in range(3):
            context.progress(step, 3, "fitting")
        assert train.targets().shape == (len(train), context.shape.targets)
        assert context.scratch.is_dir()
        if self.behave == "tell-imports":
            with open(self.touch, "a") as stream:
                stream.write(" ".join(sys.modules))
        if self.behave == "raise":
            raise RuntimeError("no luck\nat all")
        if self.behave == "user-error":
            raise BenchError("k is too large")
        if self.behave == "hang":
            time.sleep(60)
        if self.behave == "slow":
            time.sleep(1.5)
        if self.behave == "die":
            os.kill(os.getpid(), 9)
        if self.behave == "exit":
            sys.exit(3)
        if self.behave == "memory-error":
            raise MemoryError
        if self.behave == "eat":
            kept = []
            while True:
                kept.append(np.ones(10_000_000))
        if self.behave == "full-disk":
            import errno

            self.save = self._full
            self._error = OSError(errno.ENOSPC, "No space left on device", "model.bin")
        self.targets = context.shape.targets
        self.upstream = sum(model.base for model in context.upstream.values())

    def _full(self, folder):
        raise self._error

    def predict(self, examples, head="default"):
        import numpy as np

        if self.behave == "peek":
            examples.targets()
        counts = (examples.windows() == self.base).sum(axis=1, dtype=float) + self.upstream
        if self.behave == "nan":
            counts[0] = np.nan
        if self.behave == "shape":
            return counts
        if self.behave == "whole":
            return counts.astype(int)[:, None]
        return np.repeat(counts[:, None], self.targets, axis=1)

    def receptive_field(self):
        if self.behave == "blind":
            raise ValueError("no idea")
        return 1

    def save(self, folder):
        facts = {"base": self.base, "targets": self.targets, "upstream": self.upstream}
        (folder / "toy.json").write_text(json.dumps(facts))

    @classmethod
    def load(cls, folder, context):
        model = cls()
        model.cache = context.upstream_cache
        for name, value in json.loads((folder / "toy.json").read_text()).items():
            setattr(model, name, value)
        return model


class Standing(Toy):
    """Stands on another model."""

    card = card("standing", {"base": 1, "below": "toy-model"}, upstream=("below",))

    def __init__(self, base=1, below="toy-model", behave="well"):
        super().__init__(base, behave)
        self.below = below


class Pretrained(Toy):
    """Begins with weights from a file."""

    card = card("toy-pretrained", {"weights": ""}, files=("weights",))

    def __init__(self, weights=""):
        super().__init__()
        self.weights = weights


PRESETS = {"short": Preset(input_length=1000), "long": Preset(input_length=2000)}
LONG = dataclasses.replace(card("toy-long"), presets=PRESETS)
SETTINGS = {"base": 0, "behave": "well", "touch": ""}


def refuse_negative(base, behave):
    if base < 0:
        raise BenchError(f"base is {base}, expected 0 or more")


@hookimpl
def bench_models(register):
    register.model(card("toy-model", SETTINGS), "toy_models:Toy")
    register.model(card("toy-seeded", SETTINGS, uses_seed=True), "toy_models:Toy")
    register.model(
        card("toy-fixed", SETTINGS, uses_seed=False, uses_budget=False), "toy_models:Toy"
    )
    register.model(card("toy-precision", SETTINGS, uses_precision=True), "toy_models:Toy")
    register.model(card("toy-threads", SETTINGS, uses_threads=True), "toy_models:Toy")
    register.model(
        card("toy-strict", {"base": 0, "behave": "well"}, check_settings=refuse_negative),
        "toy_models:Toy",
    )
    register.model(
        card("toy-distances", SETTINGS, reads="tss-distance", uses_coordinates=True),
        "toy_models:Toy",
    )
    register.model(Standing.card, "toy_models:Standing")
    register.model(Pretrained.card, "toy_models:Pretrained")
    register.model(LONG, "toy_models:Toy")
    register.model(
        card("toy-regressor", SETTINGS, {TaskKind.REGRESSION: Output.VALUE}), "toy_models:Toy"
    )
    register.model(card("toy-native", SETTINGS, {TaskKind.VARIANT: Output.VALUE}), "toy_models:Toy")
    register.model(card("toy-needy", SETTINGS, packages=("no-such-package",)), "toy_models:Toy")
    register.model(card("toy-absent", SETTINGS), "toy_models:NoSuchClass")
    register.model(card("toy-no-model", SETTINGS), "toy_models:card")
    register.model(
        card("circular", {"below": "circular"}, upstream=("below",)), "toy_models:Standing"
    )
