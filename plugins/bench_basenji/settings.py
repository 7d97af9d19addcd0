"""Settings of the two networks, without torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bench.interface import DEFAULT_HEAD, BenchError
from bench.training import PublishedSettings, TrainingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class BasenjiSettings(TrainingSettings):
    """Basenji: a tower of convolutions, then dilated ones that each read all those before.

    The tower is a convolution of width 22, one of width 1 with pooling by 2, `pools` of width 6
    with pooling by 4, and one of width 3. Its widths grow from the first to the last by a constant
    factor.
    """

    length: int = 131_072
    """bp that the network reads."""
    first_filters: int = 312
    """Filters of the tower's first convolution."""
    last_filters: int = 717
    """Filters of the tower's last convolution."""
    pools: int = 3
    """Poolings by 4; a bin is 2 * 4 ** pools bp."""
    dilated_layers: int = 6
    """Dilated convolutions, with dilations 2, 4, 8, ..."""
    dilated_filters: int = 108
    """Filters of each dilated convolution."""
    pointwise: int = 1365
    """Filters of the convolution of width 1 before the outputs."""
    dropout: float = 1.0
    """What is left of the original rates of dropout, 0.05 and 0.1; 1: all, 0: none."""
    trunk: str = ""
    """The same model fitted to other tracks, whose weights training begins with, all but those of
    the targets: `basenji:compact@tracks`; none if empty."""

    def __post_init__(self) -> None:
        """Refuse sizes that leave nothing, and lengths that are no whole number of bins."""
        super(BasenjiSettings, self).__post_init__()
        self.refuse_below_one(
            "first_filters", "last_filters", "pools", "dilated_layers", "dilated_filters",
            "pointwise",
        )  # fmt: skip
        self.refuse_no_share("dropout")
        refuse_partial_bins(self.length, self.bin_width)
        refuse_dilations_beyond(self.length // self.bin_width, self.dilations)

    @property
    def bin_width(self) -> int:
        """Return the bp of one output."""
        return int(2 * 4**self.pools)

    @property
    def tower_widths(self) -> tuple[int, ...]:
        """Return the filters of each convolution of the tower."""
        return geometric_widths(self.first_filters, self.last_filters, self.pools + 3)

    @property
    def dilations(self) -> tuple[int, ...]:
        """Return the dilations in bins: 2, 4, 8, 16, 32, 64 for six layers."""
        return tuple(2**layer for layer in range(1, self.dilated_layers + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Basenji2Settings(PublishedSettings):
    """Basenji2: a tower of convolutions, then dilated residual blocks.

    The tower is a convolution of width 15 and `pools` of width 5, all with pooling by 2. The widths
    of the latter grow from the first to the last by a constant factor.
    """

    length: int = 131_072
    """bp that the network reads."""
    stem_filters: int = 288
    """Filters of the convolution on the sequence."""
    first_filters: int = 339
    """Filters of the first convolution after it."""
    last_filters: int = 768
    """Filters of the tower's last convolution, and of what the residual blocks add to."""
    pools: int = 6
    """Convolutions with pooling by 2 after the first; a bin is 2 * 2 ** pools bp."""
    dilated_layers: int = 11
    """Residual blocks, with dilations that grow by half."""
    dilated_filters: int = 384
    """Filters of each dilated convolution."""
    pointwise: int = 1536
    """Filters of the convolution of width 1 before the outputs."""
    dropout: float = 1.0
    """What is left of the original rates of dropout, 0.3 and 0.05; 1: all, 0: none."""
    trunk: str = ""
    """The same model fitted to other tracks, whose weights training begins with, all but those of
    the targets: `basenji2:compact@tracks`; none if empty."""

    def __post_init__(self) -> None:
        """Refuse sizes that leave nothing, and lengths that are no whole number of bins."""
        super(Basenji2Settings, self).__post_init__()
        self.refuse_below_one(
            "stem_filters", "first_filters", "last_filters", "pools", "dilated_layers",
            "dilated_filters", "pointwise",
        )  # fmt: skip
        self.refuse_no_share("dropout")
        refuse_partial_bins(self.length, self.bin_width)
        refuse_dilations_beyond(self.length // self.bin_width, self.dilations)

    @property
    def bin_width(self) -> int:
        """Return the bp of one output."""
        return int(2 * 2**self.pools)

    @property
    def tower_widths(self) -> tuple[int, ...]:
        """Return the filters of each convolution of the tower after the first."""
        return geometric_widths(self.first_filters, self.last_filters, self.pools)

    @property
    def dilations(self) -> tuple[int, ...]:
        """Return the dilations in bins: 1, 2, 3, 4, 6, 9, 14, 21, 32, 48, 72 for eleven blocks."""
        dilations = [1]
        while len(dilations) < self.dilated_layers:
            # Halves go to the even number here as they did in the original: 4.5 becomes 4.
            dilations.append(round(1.5 * dilations[-1]))
        return tuple(dilations)


def geometric_widths(first: int, last: int, count: int) -> tuple[int, ...]:
    """Return whole numbers from `first` to `last`, each about the same factor from the one before.

    A single one is `last`.
    """
    steps = max(1, count - 1)
    return tuple(
        round(last * (first / last) ** ((count - 1 - number) / steps)) for number in range(count)
    )


def refuse_partial_bins(length: int, bin_width: int) -> None:
    """Refuse an input that is no whole number of bins."""
    if length % bin_width:
        raise BenchError(f"length is {length}, expected a multiple of the bin width, {bin_width}")


def refuse_dilations_beyond(bins: int, dilations: tuple[int, ...]) -> None:
    """Refuse dilated filters of which all but the middle always lie outside of the input."""
    if dilations[-1] >= bins:
        fitting = sum(dilation < bins for dilation in dilations)
        raise BenchError(
            f"dilated_layers is {len(dilations)}, expected at most {fitting} for {bins} bins"
        )


Heads = dict[str, tuple[int, int]]
"""Name of a head -> (bins, targets)."""

PUBLISHED_BASENJI_HEADS: Heads = {DEFAULT_HEAD: (960, 4229)}
PUBLISHED_BASENJI2_HEADS: Heads = {"human": (896, 5313), "mouse": (896, 1643)}

# Adam decayed its means by 0.97 and 0.98 in the original.
PUBLISHED_BASENJI = BasenjiSettings(
    batch_size=2, optimizer="adam", learning_rate=0.002063, gradient_clip=1.0, shift=3, epochs=200,
)  # fmt: skip
# The original's limit of gradients held for each array alone.
PUBLISHED_BASENJI2 = Basenji2Settings(
    batch_size=4, optimizer="sgd", learning_rate=0.15, momentum=0.99, gradient_clip=2.0, shift=3,
    epochs=200, patience=16,
)  # fmt: skip

COMPACT_BASENJI = BasenjiSettings(
    length=16_384, first_filters=12, last_filters=54, pools=2, dilated_filters=28, pointwise=128,
    dropout=0.0, batch_size=8, learning_rate=2e-3, gradient_clip=1.0, shift=3, epochs=20,
    schedule="one-cycle", patience=0,
)  # fmt: skip
COMPACT_BASENJI2 = Basenji2Settings(
    length=16_384, stem_filters=12, first_filters=16, last_filters=64, pools=4, dilated_layers=10,
    dilated_filters=36, pointwise=128, dropout=0.0, batch_size=8, learning_rate=2e-3,
    gradient_clip=1.0, shift=3, epochs=20, schedule="one-cycle", patience=0,
)  # fmt: skip

# Small enough for the checks that every model must pass.
TRIAL_BASENJI = replace(COMPACT_BASENJI, length=512, dilated_layers=3, batch_size=32, epochs=10)
TRIAL_BASENJI2 = replace(COMPACT_BASENJI2, length=512, dilated_layers=5, batch_size=32, epochs=10)
