"""Changes of a sequence by the k-mers that they replace, against whole predictions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.data.examples import ArrayExamples
from bench_kmer_svm.linear import LinearScore
from bench_kmer_svm.spectrum import Spectrum
from bench_kmer_svm.svm import KmerSvm

LENGTHS = st.integers(1, 40)


def machine(k, k_max, targets=2):
    model = KmerSvm(k=k, k_max=k_max)
    spectrum = Spectrum(k, k_max)
    generator = np.random.default_rng(k)
    weights = generator.normal(size=(targets, spectrum.columns))
    model._scores = {"default": LinearScore(weights, generator.normal(size=targets))}
    return model


MACHINES = {words: machine(*words) for words in [(3, 0), (4, 0), (6, 0), (3, 5)]}


@settings(max_examples=200, deadline=None)
@given(
    words=st.sampled_from(sorted(MACHINES)),
    codes=LENGTHS.flatmap(lambda n: st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 4]), min_size=n,
                                             max_size=n)),
)  # fmt: skip
def test_every_change_is_predicted_as_the_whole(words, codes):
    model, sequence = MACHINES[words], np.array(codes, np.uint8)
    positions = np.repeat(np.arange(len(sequence)), 4)
    bases = np.tile(np.arange(4, dtype=np.uint8), len(sequence))
    changed = np.repeat(sequence[None], len(positions), axis=0)
    changed[np.arange(len(positions)), positions] = bases
    expected = model.predict(ArrayExamples(changed))
    found = model.mutagenesis(sequence)(positions, bases)
    # Features are held in float32.
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_a_window_of_another_length_is_predicted_anew():
    model = KmerSvm(k=4, length=20)
    model._scores = MACHINES[4, 0]._scores
    assert model.mutagenesis(np.zeros(21, np.uint8)) is None
    assert model.mutagenesis(np.zeros(20, np.uint8)) is not None


@pytest.mark.parametrize("letter", [0, 4])
def test_no_k_mer_at_all(letter):
    model = MACHINES[6, 0]
    found = model.mutagenesis(np.full(3, letter, np.uint8))(np.array([1]), np.array([2], np.uint8))
    assert found[0] == pytest.approx(model._scores["default"].intercepts)
