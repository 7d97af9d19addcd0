"""Settings of Basset, without torch."""

from __future__ import annotations

from dataclasses import dataclass

from bench.training import PublishedSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class BassetSettings(PublishedSettings):
    """Three convolutions with normalisation, two hidden layers."""

    length: int = 600
    """bp that the network reads around an item's centre."""
    filters_1: int = 300
    """Filters of the first convolution."""
    filters_2: int = 200
    """Filters of the second one."""
    filters_3: int = 200
    """Filters of the third one."""
    hidden: int = 1000
    """Width of either hidden layer."""

    def __post_init__(self) -> None:
        """Refuse sizes that leave nothing."""
        super(BassetSettings, self).__post_init__()
        self.refuse_below_one("filters_1", "filters_2", "filters_3", "hidden")
        self.refuse_shorter_than(168)
