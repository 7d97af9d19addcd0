"""A plugin of a few sound models and many that each have one fault."""

from __future__ import annotations

import contextlib
import json
import warnings
from dataclasses import replace

import numpy as np

from bench.data.alphabet import N
from bench.data.examples import ArrayExamples
from bench.data.kmers import count_kmers, unit_rows
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

CARD = ModelCard(
    name="sound",
    summary="Ridge regression on k-mer counts of a random half of the items",
    family="test",
    paper="none",
    year=2026,
    tasks={TaskKind.CLASSIFICATION: Output.MARGIN, TaskKind.REGRESSION: Output.VALUE},
    strands=StrandPolicy.INVARIANT,
    presets={"default": Preset(settings={"k": 5})},
    interface_version=1,
    several_heads=True,
    # What any of them imports: they share a file.
    packages=("numpy", "scipy", "torch"),
)
CARDS = [CARD]


def named(name, **changes):
    """A card of its own for a faulty model, registered with it."""
    card = replace(CARD, name=name, **changes)
    CARDS.append(card)
    return card


class Sound(Model):
    card = CARD

    def __init__(self, k=5):
        self.k = k
        self.heads = {}

    def features(self, examples):
        return unit_rows(count_kmers(examples.windows(), self.k)).toarray()

    def fit(self, train, valid, context):
        rng = np.random.default_rng(context.seed)
        for head in context.shape.heads:
            targets = train.targets(head).astype(float)
            rows = rng.random(len(train)) < 0.8
            features = self.features(train)
            self.heads[head] = [fitted(features, column, rows) for column in targets.T]

    def predict(self, examples, head="default"):
        features = self.features(examples)
        return np.stack([features @ weights + level for weights, level in self.heads[head]], axis=1)

    def save(self, folder):
        flat = {head: [(w.tolist(), b) for w, b in parts] for head, parts in self.heads.items()}
        (folder / "model.json").write_text(json.dumps(flat))

    @classmethod
    def load(cls, folder, context):
        model = cls(**context.settings)
        flat = json.loads((folder / "model.json").read_text())
        model.heads = {head: [(np.array(w), b) for w, b in parts] for head, parts in flat.items()}
        return model


def fitted(features, column, rows):
    """Weights and level of a ridge regression on the measured rows."""
    rows = rows & ~np.isnan(column)
    level = column[rows].mean()
    kernel = features[rows] @ features[rows].T + 0.1 * np.eye(rows.sum())
    return features[rows].T @ np.linalg.solve(kernel, column[rows] - level), level


class BatchMean(Sound):
    card = named("batch-mean")

    def predict(self, examples, head="default"):
        predictions = super().predict(examples, head)
        return predictions - predictions.mean(axis=0) + 0.5


class RowNumber(Sound):
    card = named("row-number")

    def predict(self, examples, head="default"):
        predictions = super().predict(examples, head)
        return predictions + 0.01 * np.arange(len(predictions))[:, None]


class PaddingCounted(Sound):
    """Divides by the width of the batch, so that a long neighbour changes a prediction."""

    card = named("padding-counted")

    def features(self, examples):
        codes = examples.windows()
        return count_kmers(codes, self.k).toarray() / codes.shape[1] * 100


class FirstStrand(Sound):
    """Counts the k-mers of the given strand alone, though its card says otherwise."""

    card = named("first-strand")

    def features(self, examples):
        return given_strand(examples.windows())


def given_strand(codes, k=4):
    powers = 4 ** np.arange(k)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(codes, ((0, 0), (0, k))), k, axis=1)
    numbers = np.where((windows == N).any(axis=2), 0, windows @ powers)
    counts = np.stack([np.bincount(row, minlength=4**k) for row in numbers]).astype(float)
    counts[:, 0] = 0
    return counts / np.maximum(1, np.linalg.norm(counts, axis=1, keepdims=True))


class Augmented(FirstStrand):
    card = named("augmented", strands=StrandPolicy.AUGMENTED)

    def predict(self, examples, head="default"):
        return -super().predict(examples, head)


class NIsA(Sound):
    card = named("n-is-a")

    def features(self, examples):
        codes = examples.windows()
        codes[codes == N] = 0
        return unit_rows(count_kmers(codes, self.k)).toarray()


class NIsNotA(Sound):
    card = named("n-is-not-a", unknown_bases=UnknownBases.AS_A)


class NotFinite(Sound):
    """Divides by a norm that is 0 where there is no k-mer."""

    card = named("not-finite")

    def features(self, examples):
        counts = count_kmers(examples.windows(), self.k).toarray().astype(float)
        with np.errstate(invalid="ignore"):
            return counts / np.linalg.norm(counts, axis=1, keepdims=True)


class SeedUnused(Sound):
    card = named("seed-unused")

    def fit(self, train, valid, context):
        super().fit(train, valid, replace(context, seed=0))


class SeedDenied(Sound):
    card = named("seed-denied", uses_seed=False)


class GlobalDraws(Sound):
    """Draws from the global generator, which nobody has seeded."""

    card = named("global-draws")

    def fit(self, train, valid, context):
        super().fit(train, valid, replace(context, seed=int(np.random.randint(1000))))


class GlobalSeed(Sound):
    """Seeds the global generator for itself and for everybody else."""

    card = named("global-seed")

    def fit(self, train, valid, context):
        np.random.seed(context.seed)
        super().fit(train, valid, replace(context, seed=int(np.random.randint(1000))))


class TorchSeed(Sound):
    """Seeds torch's generator for everybody."""

    card = named("torch-seed")

    def fit(self, train, valid, context):
        import torch

        torch.manual_seed(context.seed)
        super().fit(train, valid, context)


class TorchThreads(Sound):
    card = named("torch-threads")

    def predict(self, examples, head="default"):
        import torch

        torch.set_num_threads(1)
        return super().predict(examples, head)


class Dropout(Sound):
    """Predicts with noise."""

    card = named("dropout")

    def predict(self, examples, head="default"):
        predictions = super().predict(examples, head)
        return predictions + np.random.default_rng().normal(0, 0.1, predictions.shape)


class NeedsTwo(Sound):
    """Normalises batches of 32 in training, of which the last may hold a single item."""

    card = named("needs-two")

    def fit(self, train, valid, context):
        import torch

        norm = torch.nn.BatchNorm1d(4)
        for codes in train.batches(32):
            norm(torch.from_numpy((codes[:, :, None] == range(4)).mean(axis=1)).float())
        super().fit(train, valid, context)


class Normalised(Sound):
    """Normalises by the batch, as batch normalisation does that is left in training mode."""

    card = named("normalised")

    def predict(self, examples, head="default"):
        import torch

        norm = torch.nn.BatchNorm1d(1, affine=False)
        return norm(torch.from_numpy(super().predict(examples, head)).float()).numpy()


class OneKind(Sound):
    """A sound model of numbers alone."""

    card = named("one-kind", tasks={TaskKind.REGRESSION: Output.VALUE})


class Loud(Sound):
    card = named("loud")

    def fit(self, train, valid, context):
        warnings.simplefilter("ignore")
        super().fit(train, valid, context)


class Littering(Sound):
    card = named("littering")

    def fit(self, train, valid, context):
        with open("weights.tmp", "w") as stream:
            stream.write("0")
        super().fit(train, valid, context)


class ProcessNumber(Sound):
    """Depends on which process it runs in."""

    card = named("process-number")

    def fit(self, train, valid, context):
        import os

        super().fit(train, valid, replace(context, seed=os.getpid()))


class LevelForgotten(Sound):
    card = named("level-forgotten")

    def save(self, folder):
        flat = {head: [(w.tolist(), 0.0) for w, _ in parts] for head, parts in self.heads.items()}
        (folder / "model.json").write_text(json.dumps(flat))


class OtherHeadForgotten(Sound):
    card = named("other-head-forgotten")

    @classmethod
    def load(cls, folder, context):
        model = super().load(folder, context)
        if "other" in model.heads:
            model.heads["other"] = model.heads["other"][::-1]
        return model


class LeftInClass(Sound):
    """Keeps what it learnt in the class, where a fresh process does not find it."""

    card = named("left-in-class")

    def save(self, folder):
        type(self).kept = self.heads
        (folder / "model.json").write_text("{}")

    @classmethod
    def load(cls, folder, context):
        model = cls(**context.settings)
        model.heads = cls.kept
        return model


class Pickled(Sound):
    card = named("pickled")

    def save(self, folder):
        super().save(folder)
        np.save(folder / "odd.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)


class AsksForTargets(Sound):
    card = named("asks-for-targets")

    def predict(self, examples, head="default"):
        try:
            return examples.targets(head)
        except Exception:
            return super().predict(examples, head)


class LooksBehind(Sound):
    """Reads the stored targets of the test items past the examples."""

    card = named("looks-behind")

    def predict(self, examples, head="default"):
        predictions = super().predict(examples, head)
        task = getattr(examples, "_task", None)
        if task is None:
            return predictions
        return np.asarray(task.targets(head)[examples._rows], dtype=float)


class Remembers(Sound):
    """Finds the test targets in the memory that its training targets are a part of."""

    card = named("remembers")

    def fit(self, train, valid, context):
        super().fit(train, valid, context)
        self.all = train.targets().base

    def predict(self, examples, head="default"):
        if len(examples) > len(self.all):
            return super().predict(examples, head)
        return np.array(self.all[-len(examples) :], dtype=float)


class Squeezed(Sound):
    card = named("squeezed")

    def predict(self, examples, head="default"):
        return super().predict(examples, head).squeeze(axis=0 if len(examples) == 1 else ())


class CrashesOnOne(Sound):
    card = named("crashes-on-one")

    def predict(self, examples, head="default"):
        if len(examples) == 1:
            raise IndexError("too few items")
        return super().predict(examples, head)


class Transposed(Sound):
    card = named("transposed")

    def predict(self, examples, head="default"):
        return super().predict(examples, head).T


class WholeNumbers(Sound):
    card = named("whole-numbers")

    def predict(self, examples, head="default"):
        return super().predict(examples, head).round().astype(int)


class NoProbability(Sound):
    card = named("no-probability", tasks={TaskKind.CLASSIFICATION: Output.PROBABILITY})

    def predict(self, examples, head="default"):
        return 10 * super().predict(examples, head)


class WrongLevel(Sound):
    card = named("wrong-level", tasks={TaskKind.REGRESSION: Output.VALUE})

    def predict(self, examples, head="default"):
        return super().predict(examples, head) - 100


class Counted(Sound):
    """Holds a network of 11 parameters."""

    card = named("counted", presets={"default": Preset(parameters=12, settings={"k": 5})})

    def fit(self, train, valid, context):
        import torch

        super().fit(train, valid, context)
        with torch.random.fork_rng():
            self.network = torch.nn.Linear(10, 1)


class CountLeftOut(Counted):
    card = named("count-left-out")


class NotCountable(Sound):
    card = named("not-countable", presets={"default": Preset(parameters=12, settings={"k": 5})})


class ReadsFurther(Sound):
    card = named("reads-further", presets={"default": Preset(input_length=100, settings={"k": 5})})

    def features(self, examples):
        return unit_rows(count_kmers(examples.windows(120), self.k)).toarray()


class ReadsWindow(ReadsFurther):
    card = named("reads-window")


class ReadsPlaces(Sound):
    card = named("reads-places")

    def predict(self, examples, head="default"):
        with contextlib.suppress(Exception):
            examples.items
        return super().predict(examples, head)


class IgnoresPlaces(Sound):
    card = named("ignores-places", uses_coordinates=True)


class Deaf(Sound):
    """Reads composition and says that it reads the sequence."""

    card = named("deaf")

    def features(self, examples):
        return np.ones((len(examples), 1))


class ChangesNothing(Sound):
    """Predicts every changed sequence as the one that it was made from."""

    card = named("changes-nothing")

    def mutagenesis(self, codes, head="default"):
        reference = self.predict(ArrayExamples(codes[None]), head)
        return lambda positions, bases: np.repeat(reference, len(positions), axis=0)


class Unlearning(Sound):
    """Mixes up rows and targets."""

    card = named("unlearning")

    def features(self, examples):
        features = super().features(examples)
        return features[::-1] if len(features) == 800 else features


class GapsAreZero(Sound):
    card = named("gaps-spread")

    def fit(self, train, valid, context):
        self.heads["default"] = []
        features = self.features(train)
        for column in train.targets().T:
            level = column.mean()
            self.heads["default"].append((features.T @ (column - level), level))


class OneTarget(Sound):
    card = named("one-target")

    def predict(self, examples, head="default"):
        return super().predict(examples, head)[:, :1]


class OneHead(Sound):
    card = named("one-head")

    def predict(self, examples, head="default"):
        return super().predict(examples)


class NeverResumes(Sound):
    card = named("never-resumes", resumes=True)

    def fit(self, train, valid, context):
        for step in range(4):
            context.progress(step + 1, 4)
        super().fit(train, valid, context)


class Resumes(Sound):
    """Writes down how far it is."""

    card = named("resumes", resumes=True)

    def fit(self, train, valid, context):
        note = context.scratch / "step"
        begin = int(note.read_text()) if note.is_file() else 0
        for step in range(begin, 4):
            note.write_text(str(step + 1))
            context.progress(step + 1, 4)
        super().fit(train, valid, context)


class ResumesElsewhere(Resumes):
    """Goes on after a kill, with another model."""

    card = named("resumes-elsewhere", resumes=True)

    def fit(self, train, valid, context):
        again = (context.scratch / "step").is_file()
        super().fit(train, valid, replace(context, seed=context.seed + again))


class Silent(Sound):
    card = named("silent", resumes=True)


class NoDefault(Sound):
    card = named("no-default")

    def __init__(self, k):
        super().__init__(k)


class OtherSetting(Sound):
    card = named("other-setting", presets={"default": Preset(settings={"width": 5})})


class OtherCard(Sound):
    card = CARD


named("other-card", family="another")


class Unsaid(Sound):
    """Imports a package that its card leaves out."""

    card = named("unsaid", packages=("numpy", "torch"))

    def fit(self, train, valid, context):
        import scipy.special

        super().fit(train, valid, context)
        assert scipy.special is not None


named("poor-card", summary="", family="", paper="")
named("odd-output", tasks={TaskKind.CLASSIFICATION: Output.VALUE})
named("missing-package", packages=(*CARD.packages, "no-such-package"))
named("other-kind", tasks={TaskKind.VARIANT: Output.VALUE})
named("no-model")
named("fails")


class Fails(Sound):
    def fit(self, train, valid, context):
        raise ValueError("nothing to be\nlearnt")


class Fixed(Sound):
    """A sound model with a fixed length."""

    card = named("fixed", presets={"default": Preset(input_length=100, settings={"k": 5})})

    def features(self, examples):
        return unit_rows(count_kmers(examples.windows(100), self.k)).toarray()


class Composition(Sound):
    card = named("composition", reads=Reads.COMPOSITION, strands=StrandPolicy.GIVEN)

    def features(self, examples):
        codes = examples.windows()
        lengths = np.maximum(1, (codes != N).sum(axis=1, keepdims=True))
        return (codes[:, :, None] == np.arange(4)).sum(axis=1) / lengths


TARGETS = {
    "poor-card": "Sound",
    "odd-output": "Sound",
    "missing-package": "Sound",
    "other-kind": "Sound",
    "other-card": "OtherCard",
    "no-model": "fitted",
    "fails": "Fails",
}


@hookimpl
def bench_models(register):
    classes = {one.card.name: one for one in subclasses(Sound)}
    for card in CARDS:
        name = TARGETS.get(card.name) or classes[card.name].__name__
        register.model(card, f"faulty_models:{name}")


def subclasses(model):
    own = [model] if "card" in vars(model) else []
    return own + [one for child in model.__subclasses__() for one in subclasses(child)]
