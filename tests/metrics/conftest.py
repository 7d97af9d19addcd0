"""Data that stresses the metrics, and the slow but certain way to score resampled blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st


def replicated(reference, predictions, truth, blocks, weights):
    """Score explicitly repeated items; NaN where the reference is not defined."""
    scores = []
    for weight in weights:
        rows = np.repeat(np.arange(len(truth)), np.asarray(weight)[blocks])
        scores.append(reference(predictions[rows], truth[rows]))
    return np.array(scores)


@pytest.fixture(scope="session")
def by_replication():
    """`replicated(reference, predictions, truth, blocks, weights)`."""
    return replicated


@st.composite
def tied_studies(draw):
    """Items with few distinct predictions in blocks, labels, values and some draws of blocks."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    items, blocks = draw(st.integers(2, 60)), draw(st.integers(1, 8))
    levels = draw(st.sampled_from([2, 4, 30, 10**6]))
    predictions = rng.integers(0, levels, items) / 7
    labels = (rng.random(items) < draw(st.sampled_from([0.05, 0.4, 0.9]))).astype(float)
    known = rng.integers(0, draw(st.sampled_from([2, 5, 10**6])), items) / 3
    rows = rng.integers(0, blocks, items)
    weights = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=5)
    return predictions, labels, known, rows, weights


@pytest.fixture(scope="session")
def studies():
    """Strategy `tied_studies`, for tests that call it by `data.draw`."""
    return tied_studies()
