"""Settings of the three networks, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from bench.interface import BenchError
from bench.training import PublishedSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepSeaSettings(PublishedSettings):
    """DeepSEA: three convolutions of width 8, one hidden layer."""

    length: int = 1000
    """bp that the network reads around an item's centre."""
    filters_1: int = 320
    """Filters of the first convolutions."""
    filters_2: int = 480
    """Filters of the second ones."""
    filters_3: int = 960
    """Filters of the third ones."""
    hidden: int = 925
    """Width of the hidden layer."""
    dropout: float = 1.0
    """What is left of the paper's rates of dropout, 0.2 and 0.5; 1: all, 0: none."""
    activation_l1: float = 1e-8
    """Weight of the sum of the hidden layer's outputs in the loss."""

    def __post_init__(self) -> None:
        """Refuse sizes that leave nothing."""
        super(DeepSeaSettings, self).__post_init__()
        self.refuse_below_one("filters_1", "filters_2", "filters_3", "hidden")
        self.refuse_shorter_than(163)
        self.refuse_no_share("dropout")
        if not 0 <= self.activation_l1 < inf:
            raise BenchError(f"activation_l1 is {self.activation_l1:g}, expected 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class BelugaSettings(PublishedSettings):
    """Beluga: three pairs of convolutions of width 8, one hidden layer."""

    length: int = 2000
    """bp that the network reads around an item's centre."""
    filters_1: int = 320
    """Filters of the first convolutions."""
    filters_2: int = 480
    """Filters of the second ones."""
    filters_3: int = 640
    """Filters of the third ones."""
    hidden: int = 2003
    """Width of the hidden layer."""
    dropout: float = 1.0
    """What is left of the paper's rates of dropout, 0.2 and 0.5; 1: all, 0: none."""

    def __post_init__(self) -> None:
        """Refuse sizes that leave nothing, and a share that is none."""
        super(BelugaSettings, self).__post_init__()
        self.refuse_no_share("dropout")
        self.refuse_below_one("filters_1", "filters_2", "filters_3", "hidden")
        self.refuse_shorter_than(310)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeeperDeepSeaSettings(PublishedSettings):
    """DeeperDeepSEA: three pairs of convolutions with normalisation; as many hidden as targets."""

    length: int = 1000
    """bp that the network reads around an item's centre."""
    filters_1: int = 320
    """Filters of the first convolutions."""
    filters_2: int = 480
    """Filters of the second ones."""
    filters_3: int = 960
    """Filters of the third ones."""
    hidden: int = 0
    """Width of the hidden layer; 0: the number of targets. That of the published weights is 919."""
    dropout: float = 1.0
    """What is left of the paper's rates of dropout, 0.2; 1: all, 0: none."""

    def __post_init__(self) -> None:
        """Refuse sizes that leave nothing."""
        super(DeeperDeepSeaSettings, self).__post_init__()
        self.refuse_no_share("dropout")
        self.refuse_below_one("filters_1", "filters_2", "filters_3")
        self.refuse_shorter_than(310)
