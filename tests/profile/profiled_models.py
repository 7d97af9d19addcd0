"""Models that are profiled in tests: a quick one, and others that misbehave."""

from __future__ import annotations

import os
import time

import numpy as np

from bench.interface import Model, ModelCard, Output, Preset, StrandPolicy, TaskKind, hookimpl

CARD = ModelCard(
    name="toy", summary="G and C", family="toy", paper="unpublished", year=None,
    tasks={TaskKind.CLASSIFICATION: Output.MARGIN}, strands=StrandPolicy.INVARIANT,
    presets={"default": Preset(settings={"trouble": "", "trouble_from": 2048})},
    interface_version=1, uses_seed=False,
)  # fmt: skip


class Toy(Model):
    """Predicts how many G and C there are."""

    card = CARD

    def __init__(self, trouble: str = "", trouble_from: int = 2048) -> None:
        self.trouble, self.trouble_from = trouble, trouble_from
        self.longest = 0

    def fit(self, train, valid, context):
        self.mean = float(train.targets().mean())

    def predict(self, examples, head="default"):
        codes = examples.windows()
        if self.trouble == "full":
            print("process", os.getpid())
            if len(codes) > 2:
                raise RuntimeError("can't allocate memory")
        elif self.trouble == "later":
            self.longest = max(self.longest, codes.shape[1])
            if codes.shape[1] < self.longest:
                os.abort()
        elif codes.shape[1] >= self.trouble_from:
            self._make_trouble()
        return ((codes == 1) | (codes == 2)).mean(axis=1, keepdims=True)

    def _make_trouble(self):
        if self.trouble == "slow":
            time.sleep(60)
        if self.trouble == "error":
            raise ValueError("no such sequence")
        if self.trouble == "memory":
            self.held = np.ones(1 << 27)
            time.sleep(5)
        if self.trouble == "crash":
            os.abort()

    def save(self, folder):
        (folder / "mean").write_text(str(self.mean))

    @classmethod
    def load(cls, folder, context):
        return cls(**context.settings)


@hookimpl
def bench_models(register):
    register.model(CARD, "profiled_models:Toy")
