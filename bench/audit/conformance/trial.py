"""Small tasks with a known answer, on which models are tried.

The same plan gives the same task in every process, so that a fresh process can be told which.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from bench.audit.conformance.signals import (
    SIGNALS,
    Draft,
    plant_strong_runs,
    plant_weak_runs,
)
from bench.audit.conformance.watched import Reading, WatchedExamples
from bench.interface.card import Reads, TaskKind
from bench.interface.context import DEFAULT_HEAD, HeadShape, TaskShape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface.arrays import CodeArray, FloatArray

TRIAL_KINDS = (TaskKind.CLASSIFICATION, TaskKind.REGRESSION)
"""Kinds of tasks that every model that does them is tried on."""
OTHER_KINDS = (TaskKind.EXPRESSION, TaskKind.PROFILE)
"""Kinds of which the first is tried where a model does none of the usual ones. An item's value is
that of a regression, in a profile with noise of its own in each bin."""
BINS, BIN_WIDTH = 4, 32
"""Bins of a profile, and their width in bp."""

COUNTS = {"small": (257, 65, 129), "full": (800, 150, 300)}
"""Items for training, validation and test. The small ones leave a last batch of a single item for
every usual batch size, on which batch normalisation, for one, fails."""
MOST_BASES = 4_000_000
"""Trials of models that read far are cut to about so many bases."""
FEWEST_ITEMS = 40
SHORTEST, LONGEST = 150, 200
"""Lengths in bp of items whose own interval is read."""

LEVEL, EFFECT, NOISE = 5.0, 2.0, 0.3
"""A regression target is `LEVEL`, and `EFFECT` more with the signal, with so much `NOISE`."""


class TrialPlan(BaseModel):
    """What a trial looks like."""

    model_config = ConfigDict(frozen=True)

    kind: TaskKind
    reads: Reads
    input_length: int | None
    heads: tuple[tuple[str, int], ...] = ((DEFAULT_HEAD, 1),)
    """Names of the heads with their numbers of targets."""
    size: Literal["small", "full"] = "small"
    labels: Literal["true", "shuffled"] = "true"
    signal: Literal["usual", "given strand", "A or T", "C or G"] = "usual"
    """The signal that suits `reads`; the same on the given strand only; runs of one base."""
    uses_coordinates: bool = False
    """Whether the model may read ids and coordinates."""
    unmeasured: float = 0.0
    """Share of the targets that are NaN."""

    @property
    def is_profile(self) -> bool:
        """Whether an item has a value in each of several bins."""
        return self.kind is TaskKind.PROFILE


class Trial:
    """A task made from a plan.

    Attributes:
        plan: what it was made from.
        sequences: codes of all items: training, validation, test.
        truth: whether an item carries the signal of a target, per head `(n, targets)`.
        items: ids and coordinates of all items.
        targets: what a model is shown in training, per head `(n, targets)`, in a profile
            `(n, bins, targets)`.
    """

    def __init__(self, plan: TrialPlan) -> None:
        self.plan = plan
        self._counts = _counts(plan)
        rng = np.random.default_rng(17)
        total = sum(count for _, count in plan.heads)
        draft = _draft(rng, sum(self._counts), total, plan.input_length)
        draft.given_strand = plan.signal == "given strand"
        runs = {"A or T": plant_weak_runs, "C or G": plant_strong_runs}
        plant = runs.get(plan.signal, SIGNALS[plan.reads])
        plant(draft, rng)
        self.sequences: list[CodeArray] = draft.sequences()
        self.items = _items(draft, [len(codes) for codes in self.sequences])
        truth, targets = draft.truth, _targets(plan, draft.truth, rng)
        self.truth = _by_head(plan, truth)
        self.targets = _by_head(plan, targets)

    @property
    def shape(self) -> TaskShape:
        """What a model must predict."""
        heads = {
            head: HeadShape(
                targets=tuple(f"{head}-{number}" for number in range(count)),
                bins=BINS if self.plan.is_profile else None,
                bin_width=BIN_WIDTH if self.plan.is_profile else None,
            )
            for head, count in self.plan.heads
        }
        return TaskShape(kind=self.plan.kind, heads=heads)

    def predicted_shape(self, items: int, head: str = DEFAULT_HEAD) -> tuple[int, ...]:
        """Return the shape of the predictions of a head for so many items."""
        return (items, *self.targets[head].shape[1:])

    def rows(self, split: Literal["train", "valid", "test"]) -> slice:
        """Rows of a split."""
        train, valid, test = self._counts
        starts = {"train": 0, "valid": train, "test": train + valid}
        lengths = {"train": train, "valid": valid, "test": test}
        return slice(starts[split], starts[split] + lengths[split])

    def training(self, split: Literal["train", "valid"], reading: Reading) -> WatchedExamples:
        """Items with targets."""
        shown = WatchedExamples(self.sequences, self.targets, self._shown_items, reading=reading)
        return shown[self.rows(split)]

    def hidden(self, reading: Reading | None = None) -> WatchedExamples:
        """Test items as `predict` sees them."""
        return self.altered(self.test_sequences, reading)

    def altered(
        self, sequences: list[CodeArray], reading: Reading | None = None
    ) -> WatchedExamples:
        """Test items, or the first so many of them, with other sequences."""
        items = self._shown_items
        if items is not None:
            items = items.iloc[self.rows("test")].iloc[: len(sequences)]
        return WatchedExamples(sequences, None, items, reading=reading or Reading())

    @property
    def test_sequences(self) -> list[CodeArray]:
        """Sequences of the test items."""
        return self.sequences[self.rows("test")]

    @property
    def test_truth(self) -> FloatArray:
        """Which test items carry the signal, default head, `(n, targets)`."""
        return self.truth[DEFAULT_HEAD][self.rows("test")]

    @property
    def _shown_items(self) -> pd.DataFrame | None:
        return self.items if self.plan.uses_coordinates else None


def _counts(plan: TrialPlan) -> tuple[int, int, int]:
    train, valid, test = COUNTS[plan.size]
    most = MOST_BASES // (plan.input_length or LONGEST)
    scale = min(1.0, most / (train + valid + test))
    return (
        max(FEWEST_ITEMS, int(train * scale)),
        max(FEWEST_ITEMS, int(valid * scale)),
        max(FEWEST_ITEMS, int(test * scale)),
    )


def _draft(rng: np.random.Generator, count: int, targets: int, length: int | None) -> Draft:
    width = LONGEST if length is None else length
    lengths = np.full(count, width)
    if length is None:
        lengths = rng.integers(SHORTEST, LONGEST + 1, count)
    return Draft(
        codes=rng.integers(0, 4, (count, width), dtype=np.uint8),
        lengths=lengths,
        starts=np.sort(rng.integers(0, 10_000_000, count))[rng.permutation(count)],
        truth=(rng.random((count, targets)) < 0.5).astype(np.float32),
    )


def _targets(
    plan: TrialPlan, truth: NDArray[np.float32], rng: np.random.Generator
) -> NDArray[np.float32]:
    targets = np.repeat(truth[:, None], BINS, axis=1) if plan.is_profile else truth.copy()
    if plan.kind is not TaskKind.CLASSIFICATION:
        noise = rng.normal(0, NOISE, targets.shape)
        targets = (LEVEL + EFFECT * targets + noise).astype(np.float32)
    if plan.labels == "shuffled":
        targets = rng.permuted(targets, axis=0)
    targets[rng.random(targets.shape) < plan.unmeasured] = np.nan
    return targets


def _items(draft: Draft, lengths: list[int]) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "item": [f"item{row}" for row in range(len(lengths))],
            "chrom": "chr1",
            "start": draft.starts,
            "end": draft.starts + np.array(lengths),
            "strand": ".",
        }
    )
    if draft.tss_distances is not None:
        frame["tss_distance"] = draft.tss_distances
    return frame


def _by_head(plan: TrialPlan, columns: NDArray[np.float32]) -> Mapping[str, FloatArray]:
    ends = np.cumsum([count for _, count in plan.heads])
    parts = np.split(columns, ends[:-1], axis=-1)
    return {head: part for (head, _), part in zip(plan.heads, parts, strict=True)}
