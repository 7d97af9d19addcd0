"""Where a chromatin model is read around a gene, as settings of the model that stands on it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import inf
from typing import TYPE_CHECKING

from bench.interface import BenchError

if TYPE_CHECKING:
    from bench.interface import Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class ChromatinSettings:
    """Settings that all models on a chromatin model share.

    Raises:
        BenchError: a value is out of range.
    """

    chromatin: str = "beluga:compact@chromatin"
    """The chromatin model, and the task on which it is fitted."""
    grid: int = 50
    """bp of the chromosome to a multiple of which each place is rounded, so that neighbouring genes
    share predictions; 0: nothing is rounded."""
    length: int = 42_000
    """bp that are read around the TSS: all bins, and half a window on either side."""
    window: int = 2_000
    """bp that the chromatin model is shown around each place, at least as many as it reads."""
    step: int = 200
    """bp from one bin to the next, and the unit of distances."""

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        for name, least in (("window", 1), ("step", 1), ("grid", 0)):
            if getattr(self, name) < least:
                raise BenchError(f"{name} is {getattr(self, name)}, expected {least} or more")
        span = self.length - self.window
        if span < 2 * self.step or span % (2 * self.step):
            raise BenchError(
                f"length is {self.length}, expected a window of {self.window} and as many steps of "
                f"{self.step} on either side"
            )

    @property
    def bins(self) -> int:
        """Bins on either side of the TSS."""
        return (self.length - self.window) // (2 * self.step)

    def refuse_below(self, *limits: tuple[str, float]) -> None:
        """Refuse settings below a limit, or without one above."""
        for name, least in limits:
            if not least <= getattr(self, name) < inf:
                raise BenchError(f"{name} is {getattr(self, name):g}, expected {least:g} or more")

    def as_preset(self) -> dict[str, Setting]:
        """Return all settings by name, as a model card's preset lists them."""
        return asdict(self)
