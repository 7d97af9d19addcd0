"""The network."""

import torch
from bench.interface import CodeArray
from torch import Tensor, nn


class Network(nn.Module):
    """One-hot sequences `(n, 4, length)` to `(n, targets)`, the same for both strands."""

    def __init__(self, filters: int, width: int, hidden: int, targets: int) -> None:
        super().__init__()
        self.scan = nn.Conv1d(4, filters, width)
        self.dense = nn.Sequential(
            nn.Linear(filters, hidden), nn.ReLU(), nn.Linear(hidden, targets)
        )
        # Targets that are numbers are learnt in standard units.
        self.register_buffer("mean", torch.zeros(targets))
        self.register_buffer("scale", torch.ones(targets))

    def forward(self, sequences: Tensor) -> Tensor:
        """Weigh the best match of each filter on either strand."""
        other_strand = sequences.flip(1, 2)  # A, C, G, T backwards are their complements
        scores = torch.maximum(self.scan(sequences), self.scan(other_strand))
        return self.dense(torch.relu(scores.amax(dim=2)))


def seeded_network(seed: int, **sizes: int) -> Network:
    """Make a network whose first weights come from the seed alone.

    Layers draw from torch's global generator, which is put back after: other code may depend on it.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Network(**sizes)


def one_hot(codes: CodeArray, device: str) -> Tensor:
    """Turn codes `(n, length)` into `(n, 4, length)`; an N is four zeros."""
    bases = torch.from_numpy(codes).to(device)
    return (bases[:, None, :] == torch.arange(4, device=device)[:, None]).float()
