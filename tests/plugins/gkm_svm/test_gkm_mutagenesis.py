"""Changes of a sequence by the l-mers that they replace, against whole predictions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.data.examples import ArrayExamples
from bench_gkm_svm.kernel import GkmKernel, KernelType
from bench_gkm_svm.model import GkmSvm, WeightedGkmSvm
from bench_gkm_svm.places import table_size
from bench_gkm_svm.scores import TableScores

FORMS = [
    (GkmSvm, {"kernel": 0, "l": 6, "k": 4, "d": 2}, True),
    (GkmSvm, {"kernel": 1, "l": 5, "k": 3, "d": 2}, True),
    (GkmSvm, {"kernel": 2, "l": 7, "k": 5, "d": 2}, True),
    (GkmSvm, {"kernel": 2, "l": 6, "k": 4, "d": 2}, False),
    (GkmSvm, {"kernel": 2, "l": 6, "k": 4, "d": 2, "n_policy": "lsgkm"}, True),
    (WeightedGkmSvm, {"kernel": 4, "l": 6, "k": 4, "d": 2, "peak": 9, "half_life": 8.0}, True),
]


def machine(form, targets=2):
    """A machine with weights drawn at random, which no training would tell from others."""
    kind, given, both_strands = form
    model = kind(**given)
    sizes = {name: given[name] for name in ("l", "k", "d")}
    places = {name: given[name] for name in ("peak", "half_life") if name in given}
    kernel = GkmKernel(
        type=KernelType(given["kernel"]), both_strands=both_strands, **sizes, **places
    )
    model._kernel = kernel
    generator = np.random.default_rng(given["l"])
    tables = generator.normal(size=(table_size(kernel), targets)).astype(np.float32)
    rho, scale, centre = generator.normal(size=(3, targets))
    model._scores = {"default": TableScores(kernel, tables, rho, scale, centre)}
    return model


MACHINES = [machine(form) for form in FORMS]
BASES = st.sampled_from([0, 0, 1, 2, 3, 3, 4])


@pytest.mark.parametrize("number", range(len(FORMS)))
@settings(max_examples=40, deadline=None)
@given(codes=st.integers(1, 30).flatmap(lambda n: st.lists(BASES, min_size=n, max_size=n)))
def test_every_change_is_predicted_as_the_whole(number, codes):
    model, sequence = MACHINES[number], np.array(codes, np.uint8)
    positions = np.repeat(np.arange(len(sequence)), 4)
    bases = np.tile(np.arange(4, dtype=np.uint8), len(sequence))
    changed = np.repeat(sequence[None], len(positions), axis=0)
    changed[np.arange(len(positions)), positions] = bases
    expected = model.predict(ArrayExamples(changed))
    found = model.mutagenesis(sequence)(positions, bases)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_where_there_is_no_short_way():
    model = MACHINES[0]
    assert model.mutagenesis(np.zeros(200_000, np.uint8)) is None
    model = GkmSvm(l=6, k=4, d=2, length=20)
    model._scores = MACHINES[0]._scores
    assert model.mutagenesis(np.zeros(21, np.uint8)) is None
    assert model.mutagenesis(np.zeros(20, np.uint8)) is not None


def test_machines_with_a_radial_basis_function_predict_anew(fitted):
    model = fitted(GkmSvm, kernel=3, l=6, k=4, d=2)
    assert model.mutagenesis(np.zeros(50, np.uint8)) is None
