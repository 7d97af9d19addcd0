"""A plugin of models whose faults hide: behind other targets, other kinds of tasks, other strands.

It is loaded after `faulty_models`, whose sound model all of them are based on.
"""

from __future__ import annotations

import functools
import gzip
import os
import random
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from faulty_models import CARD, Sound, given_strand, subclasses

from bench.data.alphabet import N, reverse_complement
from bench.data.kmers import count_kmers
from bench.interface import Output, Preset, StrandPolicy, TaskKind, UnknownBases, hookimpl


class Subtle(Sound):
    """A sound model; what is based on it is registered here."""


def named(name, **changes):
    return replace(CARD, name=name, **changes)


class FirstForAll(Subtle):
    card = named("first-for-all")

    def predict(self, examples, head="default"):
        predictions = super().predict(examples, head)
        return np.repeat(predictions[:, :1], predictions.shape[1], axis=1)


class SaysOneScore(FirstForAll):
    """The same numbers for all targets, and a card that says so."""

    card = named("says-one-score", one_score=True)

    def predict(self, examples, head="default"):
        predictions = Subtle.predict(self, examples, head)
        return np.repeat(predictions.mean(axis=1, keepdims=True), predictions.shape[1], axis=1)


class SeveralScores(Subtle):
    """A card that says one score, and a model with as many as targets."""

    card = named("several-scores", one_score=True)


class OneScoreOfNothing(Subtle):
    card = named("one-score-of-nothing", one_score=True)

    def predict(self, examples, head="default"):
        predictions = super().predict(examples, head)
        return np.full_like(predictions, 0.5)


class UsesThreads(Subtle):
    card = named("uses-threads", uses_threads=True)


class ColumnsReversed(Subtle):
    card = named("columns-reversed")

    def predict(self, examples, head="default"):
        return super().predict(examples, head)[:, ::-1]


class DefaultForAll(Subtle):
    """Answers every head with the numbers of the default one, in the right shape."""

    card = named("default-for-all")

    def predict(self, examples, head="default"):
        return np.repeat(super().predict(examples), len(self.heads[head]), axis=1)


class Changed:
    """Training items with other targets."""

    def __init__(self, examples):
        self._examples = examples

    def __len__(self):
        return len(self._examples)

    def windows(self, *arguments):
        return self._examples.windows(*arguments)


class Filled(Changed):
    """Gaps are filled with zeros."""

    def targets(self, head="default"):
        return np.nan_to_num(self._examples.targets(head))


class GapsAreZero(Subtle):
    card = named("gaps-are-zero")

    def fit(self, train, valid, context):
        super().fit(Filled(train), valid, context)


class TurnedAfter(Subtle):
    """Reads both strands, each after N was read as A; a fixed length hides the padding."""

    card = named(
        "turned-after",
        strands=StrandPolicy.AVERAGED,
        presets={"default": Preset(input_length=150, settings={"k": 5})},
    )

    def features(self, examples):
        codes = examples.windows(150)
        turned = np.stack([reverse_complement(row) for row in codes])
        return sum(count_kmers(part % N, 4, canonical=False).toarray() for part in (codes, turned))


class TurnedAfterC(TurnedAfter):
    """The same with C, which is G where the strand is turned first."""

    card = replace(TurnedAfter.card, name="turned-after-c")

    def features(self, examples):
        codes = examples.windows(150)
        turned = np.stack([reverse_complement(row) for row in codes])
        return sum(
            count_kmers(np.where(part == N, 1, part), 4, canonical=False).toarray()
            for part in (codes, turned)
        )


class FirstOnly(Subtle):
    """Says one score, and learns the first target alone."""

    card = named("first-only", one_score=True)

    def predict(self, examples, head="default"):
        predictions = super().predict(examples, head).copy()
        predictions[:, 1:] = 0.5
        return predictions


class SaysSo(TurnedAfter):
    card = replace(TurnedAfter.card, name="says-so", unknown_bases=UnknownBases.AS_A)


class RegressionBatch(Subtle):
    """Centres predictions on the batch, in regression only."""

    card = named("regression-batch")

    def fit(self, train, valid, context):
        super().fit(train, valid, context)
        self.level = train.targets().mean() if context.shape.kind is TaskKind.REGRESSION else None

    def predict(self, examples, head="default"):
        predictions = super().predict(examples, head)
        if self.level is None:
            return predictions
        return predictions - predictions.mean(axis=0) + self.level


class SeedsWhenMade(Subtle):
    card = named("seeds-when-made")

    def __init__(self, k=5):
        super().__init__(k)
        random.seed(0)


@functools.cache
def set_up():
    warnings.simplefilter("ignore")


class SetsUpOnce(Subtle):
    card = named("sets-up-once")

    def fit(self, train, valid, context):
        set_up()
        super().fit(train, valid, context)


class MovesInLoad(Subtle):
    card = named("moves-in-load")

    @classmethod
    def load(cls, folder, context):
        os.chdir("/")
        return super().load(folder, context)


class Sharded(Subtle):
    """Leaves items out where there are several threads."""

    card = named("sharded")

    def fit(self, train, valid, context):
        super().fit(train[:: context.threads], valid, context)


class NotAugmented(Subtle):
    """Sees the given strand only, and still says that it is augmented."""

    card = named("not-augmented", strands=StrandPolicy.AUGMENTED)

    def features(self, examples):
        return given_strand(examples.windows())


class PackedPickle(Subtle):
    card = named("packed-pickle")

    def save(self, folder):
        super().save(folder)
        with gzip.open(folder / "model.gz", "wb") as stream:
            np.save(stream, np.array([None]))
        with gzip.open(folder / "other.gz", "wb") as stream:
            stream.write(b"\x80\x04N.")


class Shifted(Subtle):
    card = named("shifted", presets={"default": Preset(input_length=100, settings={"k": 5})})

    def features(self, examples):
        codes = [examples.windows(100, shift=shift) for shift in (-200, 0, 200)]
        return sum(given_strand(part) for part in codes)


class Flat(Subtle):
    """Predicts numbers in no columns."""

    card = named("flat")

    def predict(self, examples, head="default"):
        return super().predict(examples, head)[:, 0]


class InWords(Subtle):
    """Its card is written in words."""

    card = named(
        "in-words",
        tasks={"classification": "probability", "regression": "value"},
        strands="invariant",
    )


class OfBins(Changed):
    """Training items with the mean of their bins."""

    def targets(self, head="default"):
        targets = self._examples.targets(head)
        measured = ~np.isnan(targets)
        counts = measured.sum(axis=1)
        sums = np.where(measured, targets, 0).sum(axis=1)
        return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


class Profiles(Subtle):
    """The same in all bins."""

    card = named("profiles", tasks={TaskKind.PROFILE: Output.VALUE})

    def fit(self, train, valid, context):
        self.bins = context.shape.heads["default"].bins
        super().fit(OfBins(train), valid, context)

    def predict(self, examples, head="default"):
        return np.repeat(super().predict(examples, head)[:, None], self.bins, axis=1)

    @classmethod
    def load(cls, folder, context):
        model = super().load(folder, context)
        model.bins = context.shape.heads["default"].bins
        return model


class BinsLast(Profiles):
    card = named("bins-last", tasks={TaskKind.PROFILE: Output.VALUE})

    def predict(self, examples, head="default"):
        return super().predict(examples, head).transpose(0, 2, 1)


class Stepwise(Subtle):
    """Predicts one of two values, so that most changes of a base change nothing."""

    card = named("stepwise")

    def predict(self, examples, head="default"):
        levels = np.array([level for _, level in self.heads[head]])
        return levels + np.where(super().predict(examples, head) > levels, 0.2, -0.2)


class NeverFits(Subtle):
    """Cannot be fitted at all, and only to a kind of task without trials."""

    card = named("never-fits", tasks={TaskKind.VARIANT: Output.VALUE})

    def fit(self, train, valid, context):
        raise RuntimeError("never works")


@hookimpl
def bench_models(register):
    for model in subclasses(Subtle):
        if model is not Subtle:
            register.model(model.card, f"subtle_models:{model.__name__}")
