"""First weights of networks."""

from __future__ import annotations

from torch import nn

UNIFORM_DEVIATION = 0.05
"""Standard deviation of DeepSEA's first weights and biases."""


def draw_first_weights(network: nn.Module, initial_weights: str) -> None:
    """Draw what the setting `initial_weights` names; `torch` leaves a network as it was made."""
    if initial_weights == "he":
        draw_he_weights(network)
    if initial_weights == "uniform":
        draw_uniform_weights(network)


def draw_uniform_weights(network: nn.Module) -> None:
    """Draw all weights and biases of convolutions and linear layers as DeepSEA did.

    Zhou and Troyanskaya 2015, doi:10.1038/nmeth.3547: uniform, with a standard deviation of 0.05.
    """
    most = UNIFORM_DEVIATION * 3**0.5
    for layer in network.modules():
        if isinstance(layer, nn.Conv1d | nn.Linear):
            for weights in layer.parameters(recurse=False):
                nn.init.uniform_(weights, -most, most)


def draw_he_weights(network: nn.Module) -> None:
    """Draw weights that keep the variance of values through layers with ReLU; biases become 0.

    He et al. 2015, doi:10.1109/ICCV.2015.123, equation 10. The last layer, whose outputs go through
    no ReLU, stays as it is.
    """
    layers = [one for one in network.modules() if isinstance(one, nn.Conv1d | nn.Linear)]
    for layer in layers[:-1]:
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
