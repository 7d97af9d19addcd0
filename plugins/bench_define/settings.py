"""Settings of the DeFine-style network, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from bench.interface import BenchError
from bench.training import TrainingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class DefineSettings(TrainingSettings):
    """Convolutions shared by both strands, the largest and the mean output, one hidden layer."""

    length: int = 300
    """bp that the network reads around an item's centre."""
    filters_1: int = 64
    """Filters of the first convolution."""
    filters_2: int = 128
    """Filters of the second convolution."""
    width_1: int = 15
    """bp that a filter of the first convolution covers."""
    width_2: int = 7
    """Positions that a filter of the second convolution covers."""
    pool: int = 3
    """Positions of which the first convolution's largest output is kept."""
    hidden: int = 128
    """Width of the hidden layer."""
    combination: float = 0.0
    """Regression: weight of a second output that tells items above the training mean from the
    others; 0: none. Without effect on classes."""
    dropout: float = 0.3
    """Part of the values that are dropped before either dense layer."""

    def __post_init__(self) -> None:
        """Refuse sizes that leave nothing."""
        super(DefineSettings, self).__post_init__()
        self.refuse_below_one("filters_1", "filters_2", "width_1", "width_2", "pool", "hidden")
        if not 0 <= self.combination < inf:
            raise BenchError(f"combination is {self.combination:g}, expected 0 or more")
        if not 0 <= self.dropout < 1:
            raise BenchError(f"dropout is {self.dropout:g}, expected 0 to less than 1")
        self.refuse_shorter_than(self.width_1 - 1 + self.pool * self.width_2)
