"""Kernels against the values that LS-GKM's `gkmmatrix` prints, and against sums over all pairs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gkm_sequences import codes_of, sequences
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.data.kmers import reverse_complements
from bench.interface import BenchError
from bench_gkm_svm import self_kernel
from bench_gkm_svm.kernel import GkmKernel, KernelType
from bench_gkm_svm.kernel_matrix import kernel_columns
from bench_gkm_svm.lmer_table import every_lmer
from bench_gkm_svm.lmers import LmerIndex, index_lmers, occurrences
from bench_gkm_svm.normalised import NormalisedProduct
from bench_gkm_svm.places import is_halved, lmers_at, places_of, table_size
from bench_gkm_svm.processor_product import ProcessorProduct
from bench_gkm_svm.torch_product import DeviceIndex, TorchProduct

GOLDEN: list[dict[str, Any]] = json.loads(Path(__file__).with_name("gkmmatrix.json").read_text())


def index_of(texts: list[str], kernel: GkmKernel) -> LmerIndex:
    codes, lengths = codes_of(texts)
    return index_lmers([occurrences(codes, lengths, kernel)], kernel)


def kernel_of(golden: dict[str, Any], **more: Any) -> GkmKernel:
    return GkmKernel(
        type=KernelType(golden["type"]), l=golden["l"], k=golden["k"], d=golden["d"], **more
    )


@pytest.mark.parametrize(
    "golden", GOLDEN, ids=lambda case: "-".join(str(case[name]) for name in ("type", *"lkd"))
)
def test_kernels_are_those_of_gkmmatrix(golden: dict[str, Any]) -> None:
    kernel = kernel_of(golden)
    texts = sequences()
    values = kernel_columns(index_of(texts, kernel), kernel, range(len(texts)))
    for row, printed in enumerate(golden["lower"]):
        # Six digits are printed.
        np.testing.assert_allclose(values[row, : row + 1], printed, rtol=5e-6, atol=1e-7)


def naive(one: str, other: str, kernel: GkmKernel) -> float:
    """Sum over all pairs of l-mers, written as text."""

    def lmers(text: str) -> list[tuple[str, int]]:
        count = max(0, len(text) - kernel.l + 1)
        weights = kernel.place_weights(count) if kernel.weighs_places else np.ones(count, int)
        found = [(text[start : start + kernel.l], int(weights[start])) for start in range(count)]
        return [(lmer, weight) for lmer, weight in found if "N" not in lmer]

    def reverse(lmer: str) -> str:
        return lmer.translate(str.maketrans("ACGT", "TGCA"))[::-1]

    others = lmers(other)
    if kernel.both_strands:
        others += [(reverse(lmer), weight) for lmer, weight in others]
    similarity = kernel.coefficients
    return sum(
        weight * weight_of_other * similarity[sum(a != b for a, b in zip(lmer, found, strict=True))]
        for lmer, weight in lmers(one)
        for found, weight_of_other in others
    )


@pytest.mark.parametrize("both_strands", [True, False])
@pytest.mark.parametrize(
    "type_", [KernelType.COUNT, KernelType.FULL, KernelType.TRUNCATED, KernelType.CENTRE]
)
@pytest.mark.parametrize(
    ("l", "k", "d"), [(3, 2, 3), (3, 3, 0), (4, 1, 2), (4, 4, 4), (5, 4, 5), (6, 3, 1), (7, 6, 7)]
)
def test_kernels_are_sums_over_all_pairs(
    l: int, k: int, d: int, type_: KernelType, both_strands: bool
) -> None:
    kernel = GkmKernel(type=type_, l=l, k=k, d=d, both_strands=both_strands, peak=9)
    texts = ["ACGTTGCAACGNTAGCA", "TTTTTTTTTT", "GATTACAGATTACA", "CCNGG", "TGCTANCGTTGCAACGT"]
    expected = np.array([[naive(one, other, kernel) for other in texts] for one in texts])
    index = index_of(texts, kernel)
    np.testing.assert_allclose(ProcessorProduct(index, kernel, np.float64)(np.eye(5)), expected)
    np.testing.assert_allclose(index.norms**2, np.diag(expected))


def test_products_are_linear_and_symmetric_over_many_sequences() -> None:
    generator = np.random.default_rng(3)
    codes = generator.integers(0, 5, (40, 90), dtype=np.uint8)
    kernel = GkmKernel(l=7, k=5, d=2)
    index = index_lmers([occurrences(codes, np.full(40, 90), kernel)], kernel)
    product = ProcessorProduct(index, kernel, np.float64)
    matrix = product(np.eye(40))
    np.testing.assert_allclose(matrix, matrix.T)
    vectors = generator.normal(size=(40, 3))
    np.testing.assert_allclose(product(vectors), matrix @ vectors)
    single = ProcessorProduct(index, kernel, np.float32)(vectors)
    np.testing.assert_allclose(single, product(vectors), rtol=1e-4, atol=1e-4)


def test_lmer_weights_sum_to_products() -> None:
    kernel = GkmKernel(l=5, k=3, d=2)
    texts = sequences()
    index = index_of(texts, kernel)
    product = ProcessorProduct(index, kernel, np.float64)
    vector = np.arange(len(texts), dtype=float)
    weights = every_lmer(product.table(vector), kernel)
    lmers = np.arange(4**5, dtype=np.int32)
    np.testing.assert_allclose(weights, weights[reverse_complements(lmers, 5)])
    sums = [weights[index.lmers[index.words[a:b]]].sum() for a, b in _spans(index)]
    np.testing.assert_allclose(sums, product(vector[:, None])[:, 0])


def _spans(index: LmerIndex) -> list[tuple[int, int]]:
    return list(zip(index.starts[:-1], index.starts[1:], strict=True))


@settings(deadline=None, max_examples=25)
@given(l=st.integers(3, 8), both_strands=st.booleans(), data=st.data())
def test_a_reverse_complement_shares_the_place(
    l: int, both_strands: bool, data: st.DataObject
) -> None:
    kernel = GkmKernel(l=l, k=3, d=1, both_strands=both_strands)
    numbers = data.draw(st.lists(st.integers(0, 4**l - 1), min_size=1))
    lmers = np.array(numbers, dtype=np.int32)
    partners = reverse_complements(lmers, l)
    places = places_of(lmers, kernel)
    assert places.max() < table_size(kernel)
    found = lmers_at(places, kernel)
    if both_strands:
        assert (places == places_of(partners, kernel)).all()
        assert ((found == lmers) | (found == partners)).all()
    else:
        assert (found == lmers).all()


@pytest.mark.parametrize("l", [5, 7, 9])
def test_a_half_table_has_one_place_for_each_pair(l: int) -> None:
    kernel = GkmKernel(l=l, k=3, d=1)
    assert is_halved(kernel)
    lmers = np.arange(4**l, dtype=np.int32)
    assert (np.bincount(places_of(lmers, kernel)) == 2).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"l": 2}, "l is 2, expected 3 to 12"),
        ({"l": 13}, "l is 13, expected 3 to 12"),
        ({"k": 12}, "k is 12, expected 1 to 11"),
        ({"d": 12}, "d is 12, expected 0 to 11"),
        ({"peak": 256}, "peak is 256, expected 1 to 255"),
        ({"gamma": 0}, "gamma is 0, expected a positive number"),
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(BenchError, match=message):
        GkmKernel(**wrong)


@pytest.mark.parametrize("both_strands", [True, False])
@pytest.mark.parametrize(("type_", "l"), [(2, 7), (4, 7), (0, 6), (1, 3)])
def test_torch_multiplies_as_the_processor_does(type_: int, l: int, both_strands: bool) -> None:
    generator = np.random.default_rng(5)
    codes = generator.integers(0, 5, (30, 60), dtype=np.uint8)
    kernel = GkmKernel(type=KernelType(type_), l=l, k=l - 1, d=2, both_strands=both_strands)
    index = index_lmers([occurrences(codes, generator.integers(0, 61, 30), kernel)], kernel)
    vectors = generator.normal(size=(30, 4))
    expected = ProcessorProduct(index, kernel, np.float64)(vectors)
    product = TorchProduct(DeviceIndex.of(index, "cpu"), kernel).exact()
    np.testing.assert_allclose(product(torch.from_numpy(vectors)), expected, atol=1e-9)
    weights = product.lmer_weights(torch.from_numpy(vectors[:, :1]))[:, 0].numpy()
    table = ProcessorProduct(index, kernel, np.float64).table(vectors[:, 0])
    np.testing.assert_allclose(weights, every_lmer(table, kernel), atol=1e-9)
    normalised = NormalisedProduct.of(index, kernel)
    rough = normalised(torch.from_numpy(vectors))
    np.testing.assert_allclose(rough, normalised.exact()(torch.from_numpy(vectors)), atol=1e-5)


@pytest.mark.parametrize("kind", [KernelType.TRUNCATED, KernelType.FULL, KernelType.CENTRE])
@pytest.mark.parametrize("both_strands", [True, False])
def test_long_sequences_have_the_kernel_of_all_their_pairs(monkeypatch, kind, both_strands) -> None:
    kernel = GkmKernel(type=kind, l=7, k=4, d=3, both_strands=both_strands)
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 5, (5, 600), dtype=np.uint8)
    codes[:, rng.random(600) < 0.5] %= 4
    lengths = np.array([600, 599, 300, 6, 420])
    expected = occurrences(codes, lengths, kernel).norms
    monkeypatch.setattr(self_kernel, "is_long", lambda places, _: places > 350)
    np.testing.assert_allclose(occurrences(codes, lengths, kernel).norms, expected, rtol=1e-9)
