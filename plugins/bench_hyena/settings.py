"""Settings of the network of long convolutions, without torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bench.interface import BenchError
from bench.training import TrainingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class HyenaSettings(TrainingSettings):
    """A tower of convolutions that halve the length, then blocks of gated long convolutions."""

    length: int = 196_608
    """bp that the network reads around an item's centre."""
    stem_channels: int = 768
    """Channels of the first convolution."""
    channels: int = 1536
    """Channels of the tower's last block and of the long convolutions."""
    pools: int = 6
    """Blocks of the tower; a bin is 2 to the power of one more bp wide."""
    layers: int = 11
    """Blocks of long convolutions."""
    filter_waves: int = 16
    """Wavelengths, from 2 to 65,536 bins, by which the filters' network is told a distance."""
    filter_hidden: int = 64
    """Width of the network that draws the filters."""
    hidden: int = 3072
    """Width between the two linear maps after a long convolution."""
    pointwise: int = 3072
    """Channels that the targets are read from."""
    dropout: float = 0.1
    """Rate in the blocks of long convolutions."""
    trunk: str = ""
    """The same model fitted to other tracks, whose weights training begins with, all but those of
    the targets: `hyena:compact@tracks`; none if empty."""

    def __post_init__(self) -> None:
        """Refuse sizes that leave nothing, rates that are none, and lengths of partial bins."""
        super(HyenaSettings, self).__post_init__()
        self.refuse_below_one(
            "stem_channels", "channels", "pools", "layers", "filter_waves", "filter_hidden",
            "hidden", "pointwise",
        )  # fmt: skip
        if not 0 <= self.dropout < 1:
            raise BenchError(f"dropout is {self.dropout:g}, expected 0 to less than 1")
        if self.length % self.bin_width:
            raise BenchError(
                f"length is {self.length}, expected a multiple of the bin width, {self.bin_width}"
            )

    @property
    def bin_width(self) -> int:
        """Width of a bin in bp."""
        return int(2 ** (self.pools + 1))

    @property
    def tower_channels(self) -> tuple[int, ...]:
        """Channels of the tower's blocks, each about the same factor more than the one before."""
        growth = self.channels / self.stem_channels
        return tuple(
            round(self.stem_channels * growth ** (number / self.pools))
            for number in range(1, self.pools + 1)
        )


# As wide and as deep as the published Enformer, and trained like it.
FULL = HyenaSettings(
    batch_size=64, items_at_once=1, optimizer="adam", learning_rate=5e-4, warmup_steps=5000,
    gradient_clip=0.2, steps_per_epoch=1000, epochs=150, patience=0, shift=3,
)  # fmt: skip
COMPACT = HyenaSettings(
    length=16_384, stem_channels=16, channels=112, pools=4, layers=2, hidden=224, pointwise=224,
    filter_hidden=32, batch_size=8, optimizer="adamw", learning_rate=2e-3, weight_decay=1e-2,
    schedule="one-cycle", gradient_clip=0.5, epochs=20, shift=3, patience=0,
)  # fmt: skip
# Small enough for the checks that every model must pass.
TRIAL = replace(COMPACT, length=512, batch_size=32, epochs=10)
