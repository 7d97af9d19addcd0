"""First weights of networks."""

from __future__ import annotations

from torch import nn


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
