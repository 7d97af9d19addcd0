"""Settings of the three networks, without torch."""

from __future__ import annotations

from dataclasses import dataclass

from bench.interface import BenchError
from bench.training import TrainingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepSeaSettings(TrainingSettings):
    """DeepSEA: three convolutions of width 8, one hidden layer."""

    length: int = 1000
    filters_1: int = 320
    filters_2: int = 480
    filters_3: int = 960
    hidden: int = 925
    activation_l1: float = 1e-8
    """Weight of the sum of the hidden layer's outputs in the loss."""
    weights: str = ""
    """File of published weights that training begins with; none if empty."""

    def __post_init__(self) -> None:
        """Refuse sizes that leave nothing."""
        super(DeepSeaSettings, self).__post_init__()
        _refuse_small(self, ("filters_1", "filters_2", "filters_3", "hidden"), 163)


@dataclass(frozen=True, slots=True, kw_only=True)
class BelugaSettings(TrainingSettings):
    """Beluga: three pairs of convolutions of width 8, one hidden layer."""

    length: int = 2000
    filters_1: int = 320
    filters_2: int = 480
    filters_3: int = 640
    hidden: int = 2003
    weights: str = ""
    """File of published weights that training begins with; none if empty."""

    def __post_init__(self) -> None:
        """Refuse sizes that leave nothing."""
        super(BelugaSettings, self).__post_init__()
        _refuse_small(self, ("filters_1", "filters_2", "filters_3", "hidden"), 310)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeeperDeepSeaSettings(TrainingSettings):
    """DeeperDeepSEA: three pairs of convolutions with normalisation; as many hidden as targets."""

    length: int = 1000
    filters_1: int = 320
    filters_2: int = 480
    filters_3: int = 960
    hidden: int = 0
    """Width of the hidden layer; 0: the number of targets."""
    weights: str = ""
    """File of published weights that training begins with; none if empty."""

    def __post_init__(self) -> None:
        """Refuse sizes that leave nothing."""
        super(DeeperDeepSeaSettings, self).__post_init__()
        _refuse_small(self, ("filters_1", "filters_2", "filters_3"), 310)


def _refuse_small(settings: TrainingSettings, widths: tuple[str, ...], reach: int) -> None:
    for name in widths:
        if getattr(settings, name) < 1:
            raise BenchError(f"{name} is {getattr(settings, name)}, expected 1 or more")
    if settings.length < reach:
        raise BenchError(
            f"length is {settings.length}, expected at least {reach}, which one output of the last "
            "convolution sees"
        )
