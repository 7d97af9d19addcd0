"""The network, apart from its training."""

import torch
from bench.data.alphabet import encode, reverse_complement

from motif_cnn.network import one_hot, seeded_network

SIZES = {"filters": 8, "width": 5, "hidden": 4, "targets": 2}


def test_both_strands_give_the_same():
    network = seeded_network(0, **SIZES)
    codes = encode("ACGTTGCAAGGCTTANCCAGT")[None]
    output = [network(one_hot(strand, "cpu")) for strand in (codes, reverse_complement(codes))]
    torch.testing.assert_close(output[0], output[1])


def test_the_seed_decides_and_the_global_generator_is_left_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one, same, other = (seeded_network(seed, **SIZES) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one.scan.weight, same.scan.weight)
    assert not torch.equal(one.scan.weight, other.scan.weight)


def test_an_n_is_four_zeros():
    assert one_hot(encode("AN")[None], "cpu")[0].T.tolist() == [[1, 0, 0, 0], [0, 0, 0, 0]]
