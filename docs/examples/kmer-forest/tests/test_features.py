"""Features of the package's own, on sequences that are written out."""

import numpy as np
import pytest
from bench.data.alphabet import encode, reverse_complement
from bench.data.examples import ArrayExamples
from bench.interface import BenchError

from kmer_forest.model import KmerForest


def test_both_strands_have_the_same_features():
    codes = encode("ACGTTGCAAGGCTTANCCA")
    model = KmerForest(k_min=2, k_max=4)
    both = model.features(ArrayExamples([codes, reverse_complement(codes)])).toarray()
    np.testing.assert_allclose(both[0], both[1])


def test_there_is_a_column_for_each_kmer_and_its_reverse_complement():
    features = KmerForest(k_min=2, k_max=3).features(ArrayExamples([encode("ACGT")]))
    assert features.shape == (1, 10 + 32)


def test_settings_out_of_range_are_refused():
    with pytest.raises(BenchError, match="k_min is 5 and k_max 4"):
        KmerForest(k_min=5, k_max=4)
