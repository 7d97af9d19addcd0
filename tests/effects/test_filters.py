"""Motifs of filters and of k-mers, against sequences in which they were planted."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from allele_models import SHAPE, Linear
from torch import nn

from bench.data.alphabet import N, decode, encode, one_hot, reverse_complement
from bench.data.examples import ArrayExamples
from bench.data.motifs import Motif
from bench.effects.filters import filter_motifs, first_layer
from bench.effects.kmer_motifs import kmer_motifs, top_kmers, words_of
from bench.effects.learned import learned_motifs
from bench.effects.matching import match_motifs
from bench.effects.predictor import AllelePredictor

WORD = encode("GATTACAG")


class Network(Linear):
    """Holds a network, through which sequences of 40 bp go."""

    def __init__(self, network):
        self.network = network.eval()

    @torch.no_grad()
    def predict(self, examples, head="default"):
        given = torch.from_numpy(one_hot(examples.windows(40)))
        # As where both strands are averaged.
        self.network(given.flip(1, 2))
        return self.network(given).numpy()


def convolution(**more):
    """Filter 0 reads the word, filter 1 nothing, filter 2 is never activated."""
    layer = nn.Conv1d(4, 3, 8, **more)
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.zero_()
        layer.weight[0] = torch.from_numpy(one_hot(WORD)) - 0.5
        layer.bias[2] = -1.0
    return layer


def planted(count=300, seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (count, 40), dtype=np.uint8)
    for row in codes[::2]:
        place = rng.integers(0, 33)
        row[place : place + 8] = WORD
    return codes


def found_in(network, codes=None):
    codes = planted() if codes is None else codes
    layer = first_layer(Network(network), codes[0])
    return layer, filter_motifs(layer, ArrayExamples(codes), 40)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even")
@pytest.mark.parametrize(
    "layers",
    [
        [convolution(), nn.ReLU(), nn.AdaptiveMaxPool1d(1), nn.Flatten()],
        [convolution(padding=4), nn.ReLU(), nn.Flatten()],
        [convolution(padding="same"), nn.ReLU(inplace=True), nn.Flatten()],
        [convolution(), nn.MaxPool1d(2), nn.ReLU(), nn.Flatten()],
    ],
)
def test_a_filter_tells_the_word_that_it_reads(layers):
    _, found = found_in(nn.Sequential(*layers))
    assert found.filters == 3
    assert (found.silent, found.rare) == (2, 0)
    (motif,) = found.motifs
    assert motif.name == "filter0"
    assert motif.consensus == decode(WORD)
    assert motif.sites >= 150


def test_the_places_are_those_above_half_of_the_maximum():
    codes = planted()
    _, found = found_in(nn.Sequential(convolution(), nn.ReLU(), nn.Flatten()), codes)
    windows = np.lib.stride_tricks.sliding_window_view(codes, 8, axis=1)
    # The word gives 4; each base that differs takes one away.
    near = windows[(windows == WORD).sum(axis=2) > 6]
    assert found.motifs[0].sites == len(near)
    counts = (near[:, :, None] == np.arange(4)).sum(axis=0)
    np.testing.assert_allclose(found.motifs[0].probabilities, (counts + 0.25) / (len(near) + 1))


def test_normalisation_belongs_to_the_activation():
    norm = nn.BatchNorm1d(3)
    with torch.no_grad():
        norm.weight[0] = -1.0
        norm.bias[0] = 4.5
    layer, found = found_in(nn.Sequential(convolution(), norm, nn.ReLU(), nn.Flatten()))
    assert [type(one) for one in layer.layers] == [nn.Conv1d, nn.BatchNorm1d, nn.ReLU]
    # Turned round, it is activated by all that is not the word.
    assert found.motifs[0].consensus != decode(WORD)


def test_strides_and_dilations():
    layer = nn.Conv1d(4, 1, 4, stride=2, dilation=2, bias=False)
    with torch.no_grad():
        layer.weight[0] = torch.from_numpy(one_hot(WORD[::2])) - 0.5
    codes = planted()
    found_layer, found = found_in(nn.Sequential(layer, nn.Flatten()), codes)
    assert (found_layer.width, found_layer.stride) == (7, 2)
    assert found_layer.steps.tolist() == [0, 2, 4, 6]
    assert found.motifs[0].consensus == decode(WORD[::2])


def test_unknown_bases_are_not_counted():
    codes = planted()
    codes[:, :6] = N
    _, found = found_in(nn.Sequential(convolution(), nn.ReLU(), nn.Flatten()), codes)
    np.testing.assert_allclose(found.motifs[0].probabilities.sum(axis=1), 1)


@pytest.mark.parametrize(
    "network",
    [
        nn.Sequential(nn.Flatten(), nn.Linear(160, 2)),
        nn.Sequential(nn.BatchNorm1d(4, affine=True), nn.Conv1d(4, 2, 3), nn.Flatten()),
    ],
)
def test_networks_without_such_a_layer(network):
    if isinstance(network[0], nn.BatchNorm1d):
        network[0].running_mean += 1
    assert first_layer(Network(network), planted()[0]) is None


def test_models_that_tell_nothing():
    predictor = AllelePredictor(Linear(40), SHAPE)
    examples = ArrayExamples(planted(20))
    assert learned_motifs(predictor, examples, 40, lambda _: lambda *_: None) is None


def test_models_of_motifs_tell_these():
    model = Linear(40)
    model.motifs = [Motif("m", np.full((6, 4), 0.25))]
    predictor = AllelePredictor(model, SHAPE)
    found = learned_motifs(predictor, ArrayExamples(planted(20)), 40, lambda _: lambda *_: None)
    assert (found.kind, found.motifs) == ("motifs", model.motifs)


def number_of(codes):
    return int(sum(int(code) << 2 * place for place, code in enumerate(codes[::-1])))


def weights_of(words, k, seed=0):
    """Noise, with high weights for k-mers of some words and their other strands."""
    weights = np.random.default_rng(seed).normal(0, 0.05, 4**k)
    for height, word in words:
        codes = encode(word)
        for start in range(len(codes) - k + 1):
            for read in (codes[start : start + k], reverse_complement(codes[start : start + k])):
                weights[number_of(read)] = height
    return weights


def test_words_are_read_from_numbers():
    words = np.random.default_rng(1).integers(0, 4, (20, 6), dtype=np.uint8)
    numbers = np.array([number_of(word) for word in words])
    assert np.array_equal(words_of(numbers, 6), words)


def test_a_word_and_its_other_strand_are_listed_once():
    weights = weights_of([(2.0, "GATTAC"), (1.5, "ACGCGT")], 6)
    numbers, heights = top_kmers(weights, 50)
    assert (heights[:2].tolist(), len(numbers)) == ([2.0, 1.5], 50)
    assert (np.diff(heights) <= 0).all()
    assert decode(words_of(numbers[:2], 6)[1]) == "ACGCGT"
    assert decode(words_of(numbers[:1], 6)[0]) in {"GATTAC", "GTAATC"}
    assert len(top_kmers(-np.ones(256), 50)[0]) == 0


def test_overlapping_k_mers_become_a_motif():
    weights = weights_of([(2.0, "GATTACAG"), (1.0, "CCGGTTTA")], 6)
    motifs = kmer_motifs(weights, "target")
    known = [Motif(word, one_hot(encode(word), np.float64).T) for word in ("GATTACAG", "CCGGTTTA")]
    rng = np.random.default_rng(2)
    others = [Motif("other", rng.dirichlet(np.ones(4), 8)) for _ in range(10)]
    first, second = motifs[:2]
    assert first.name == "target.1"
    matches = match_motifs([first, second], [*known, *others])
    assert [match.motif for match in matches] == [0, 1]
    assert all(match.overlap >= 7 and match.correlation > 0.9 for match in matches)


def test_both_targets_are_told_with_their_names():
    model = Linear(40)
    model.kmer_weights = lambda target, head: weights_of([(2.0, "GATTACAG")], 6, seed=target)
    examples = ArrayExamples(planted(20))
    for only, names in (((), {"one", "two"}), (("two",), {"two"})):
        predictor = AllelePredictor(model, SHAPE, only=only)
        found = learned_motifs(predictor, examples, 40, lambda _: lambda *_: None)
        assert found.kind == "k-mers"
        assert {motif.name.partition(".")[0] for motif in found.motifs} == names
    model.kmer_weights = lambda target, head: None
    assert learned_motifs(predictor, examples, 40, lambda _: lambda *_: None) is None
