"""The motifs that a fitted model tells of itself: filters, k-mers, or motifs as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from bench.data.motifs import Motif
from bench.effects.filters import filter_motifs, first_layer
from bench.effects.kmer_motifs import TellsKmers, kmer_motifs

if TYPE_CHECKING:
    from bench.effects.predictor import AllelePredictor
    from bench.interface.context import Progress
    from bench.interface.examples import Examples

MOST_ITEMS = 5000
"""Of more items so many are drawn, in which filters are watched."""


@runtime_checkable
class HasMotifs(Protocol):
    """A fitted model that is made of motifs."""

    motifs: list[Motif]


@dataclass(frozen=True, slots=True)
class LearnedMotifs:
    """The motifs of a model.

    Attributes:
        kind: `filters`, `k-mers` or `motifs`.
        motifs: with the number of places, k-mers or sites behind each as `sites`.
        told: what they were made of, in words.
    """

    kind: str
    motifs: list[Motif]
    told: str


def learned_motifs(
    predictor: AllelePredictor,
    examples: Examples,
    length: int,
    step: Callable[[str], Progress],
    seed: int = 0,
) -> LearnedMotifs | None:
    """Ask a model for its motifs; None where it has none to tell.

    Args:
        predictor: the model, with the targets that are asked for.
        examples: items in which the filters of a network are watched.
        length: bp that the model reads.
        step: makes a progress callback.
        seed: of the draw, where there are very many items.
    """
    model = predictor.model
    if isinstance(model, TellsKmers):
        return _of_kmers(model, predictor)
    if isinstance(model, HasMotifs) and all(isinstance(one, Motif) for one in model.motifs):
        return LearnedMotifs("motifs", list(model.motifs), f"{len(model.motifs)} motifs")
    if len(examples) > MOST_ITEMS:
        rng = np.random.default_rng(seed)
        examples = examples[np.sort(rng.choice(len(examples), MOST_ITEMS, replace=False))]
    layer = first_layer(model, examples[:1].windows(length)[0], predictor.head)
    if layer is None:
        return None
    found = filter_motifs(layer, examples, length, step("filters"))
    told = (
        f"{len(found.motifs)} of {found.filters} filters, watched in {len(examples):,} items; "
        f"{found.silent} are never activated, {found.rare} in fewer than 10 places"
    )
    return LearnedMotifs("filters", found.motifs, told)


def _of_kmers(model: TellsKmers, predictor: AllelePredictor) -> LearnedMotifs | None:
    names = predictor.shape.heads[predictor.head].targets
    motifs: list[Motif] = []
    for target in predictor.targets:
        weights = model.kmer_weights(names.index(target), predictor.head)
        if weights is None:
            return None
        motifs += kmer_motifs(weights, target)
    return LearnedMotifs("k-mers", motifs, f"{len(motifs)} groups of the highest k-mers")
