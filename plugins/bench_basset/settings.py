"""Settings of Basset, without torch."""

from __future__ import annotations

from dataclasses import dataclass

from bench.interface import BenchError
from bench.training import TrainingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class BassetSettings(TrainingSettings):
    """Three convolutions with normalisation, two hidden layers."""

    length: int = 600
    filters_1: int = 300
    filters_2: int = 200
    filters_3: int = 200
    hidden: int = 1000
    weights: str = ""
    """File of published weights that training begins with; none if empty."""

    def __post_init__(self) -> None:
        """Refuse sizes that leave nothing."""
        super(BassetSettings, self).__post_init__()
        for name in ("filters_1", "filters_2", "filters_3", "hidden"):
            if getattr(self, name) < 1:
                raise BenchError(f"{name} is {getattr(self, name)}, expected 1 or more")
        if self.length < 168:
            raise BenchError(
                f"length is {self.length}, expected at least 168, which one output of the last "
                "pooling sees"
            )
