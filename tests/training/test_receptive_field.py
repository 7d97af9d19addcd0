"""What networks see of their input, by networks of which it is known."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from bench.training.receptive_field import receptive_field


class Attending(nn.Module):
    """Every position reads every other."""

    def forward(self, sequences):
        values = sequences.transpose(1, 2)
        return ((values @ sequences).softmax(dim=2) @ values)[:, 10]


class Middle(nn.Module):
    """Profiles of as many bins as positions."""

    def __init__(self, width):
        super().__init__()
        self.convolution = nn.Conv1d(4, 2, width, padding=width // 2)

    def forward(self, sequences):
        return self.convolution(sequences).transpose(1, 2)


def convolutions(*dilations):
    layers = [nn.Conv1d(4, 4, 3, dilation=dilation, padding=dilation) for dilation in dilations]
    return nn.Sequential(*layers, nn.BatchNorm1d(4), nn.ReLU())


class Centred(nn.Sequential):
    """The output at the middle position."""

    def forward(self, sequences):
        return super().forward(sequences)[:, :, sequences.shape[2] // 2]


@pytest.mark.parametrize(
    ("network", "length", "expected"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(400, 2)), 100, 100),
        (Attending(), 64, 64),
        (Middle(7), 50, 7),
        (Centred(convolutions(1, 2, 4)), 101, 15),
        (Centred(convolutions(1, 2, 4)), 11, 11),
        (Centred(nn.MaxPool1d(5, stride=1, padding=2)), 30, 5),
        (Centred(nn.AvgPool1d(9, stride=1, padding=4)), 31, 9),
    ],
)
def test_receptive_fields(network, length, expected):
    assert receptive_field(network.eval(), length) == expected


def test_weights_of_zero_hide_nothing():
    network = Centred(convolutions(1, 8)).eval()
    for weights in network.parameters():
        nn.init.zeros_(weights)
    assert receptive_field(network, 99) == 19


def test_a_network_that_does_not_look():
    assert receptive_field(lambda _: torch.zeros(1, 3), 40) == 0
