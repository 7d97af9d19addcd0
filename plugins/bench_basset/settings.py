"""Settings of Basset, without torch."""

from __future__ import annotations

from dataclasses import dataclass

from bench.training import PublishedSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class BassetSettings(PublishedSettings):
    """Three convolutions with normalisation, two hidden layers."""

    length: int = 600
    filters_1: int = 300
    filters_2: int = 200
    filters_3: int = 200
    hidden: int = 1000

    def __post_init__(self) -> None:
        """Refuse sizes that leave nothing."""
        super(BassetSettings, self).__post_init__()
        self.refuse_below_one("filters_1", "filters_2", "filters_3", "hidden")
        self.refuse_shorter_than(168)
