"""Settings of Enformer, without torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bench.interface import BenchError
from bench.training import PublishedSettings

FEATURE_KINDS = 6
"""Three families of position features, each symmetric and with the sign of the distance."""

ATTENTION_FORMS = ("auto", "published", "blocks", "fused", "kernels")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnformerSettings(PublishedSettings):
    """Enformer: a tower of convolutions that halve the length, then a transformer."""

    length: int = 196_608
    """bp that the network reads around an item's centre."""
    stem_channels: int = 768
    """Channels of the first convolution."""
    channels: int = 1536
    """Channels of the tower's last block and of the transformer."""
    blocks: int = 6
    """Blocks of the tower; a bin is 2 to the power of one more bp wide."""
    channel_multiple: int = 128
    """What the tower's numbers of channels are rounded to."""
    layers: int = 11
    """Layers of the transformer."""
    heads: int = 8
    """Heads of an attention layer."""
    key_size: int = 64
    """Width of one head's queries and keys."""
    value_size: int = 192
    """Width of one head's values."""
    position_features: int = 192
    """Functions of the distance between two positions, a multiple of 6."""
    hidden: int = 3072
    """Width between a transformer layer's two linear maps."""
    pointwise: int = 3072
    """Channels that the targets are read from."""
    dropout: float = 0.4
    """Rate in the transformer; an eighth of it before the targets."""
    attention_dropout: float = 0.05
    """Rate of weights of attention."""
    position_dropout: float = 0.01
    """Rate of position features."""
    attention: str = "auto"
    """How attention is computed, with the same result: `published`, with all logits by distance at
    once, and pooling by a softmax; `blocks`, some queries at a time; `fused`, those by torch's own
    kernels; `kernels`, by some of its own for a GPU; `auto`, the fastest for device and length."""
    trunk: str = ""
    """The same model fitted to other tracks, whose weights training begins with, all but those of
    the targets: `enformer:compact@tracks`; none if empty."""
    checkpointing: bool = False
    """Whether training keeps no activations inside blocks and layers but computes them twice; on a
    GPU layers of up to 32,768 positions keep theirs, which take little beside the blocks there."""

    def __post_init__(self) -> None:
        """Refuse sizes that leave nothing, and rates that are none."""
        super(EnformerSettings, self).__post_init__()
        self.refuse_below_one(
            "stem_channels", "channels", "blocks", "channel_multiple", "layers", "heads",
            "key_size", "value_size", "position_features", "hidden", "pointwise",
        )  # fmt: skip
        if self.attention not in ATTENTION_FORMS:
            raise BenchError(
                f"attention is {self.attention!r}, expected one of {', '.join(ATTENTION_FORMS)}"
            )
        if self.length < self.bin_width:
            raise BenchError(
                f"length is {self.length}, expected at least a bin of {self.bin_width}"
            )
        if self.position_features % FEATURE_KINDS:
            raise BenchError(
                f"position_features is {self.position_features}, expected a multiple of "
                f"{FEATURE_KINDS}"
            )
        for name in ("stem_channels", "channels"):
            if getattr(self, name) % self.channel_multiple:
                raise BenchError(
                    f"{name} is {getattr(self, name)}, expected a multiple of channel_multiple, "
                    f"{self.channel_multiple}"
                )
        for name in ("dropout", "attention_dropout", "position_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise BenchError(f"{name} is {getattr(self, name):g}, expected 0 to less than 1")

    @property
    def bin_width(self) -> int:
        """Width of a token in bp: the stem and each block of the tower halve the length."""
        return int(2 ** (self.blocks + 1))

    @property
    def tower_channels(self) -> tuple[int, ...]:
        """Channels of the tower's blocks.

        They grow by a constant factor from those of the stem, and the first block has as many as
        the stem.
        """
        growth = self.channels / self.stem_channels
        steps = max(self.blocks - 1, 1)
        multiple = self.channel_multiple
        inner = tuple(
            round(self.stem_channels * growth ** (number / steps) / multiple) * multiple
            for number in range(self.blocks - 1)
        )
        return (*inner, self.channels)


# Avsec et al. took 150,000 updates of both species in turn and 30,000 of human at a fifth of the
# learning rate; this is the first of the two.
PUBLISHED = EnformerSettings(
    checkpointing=True, recorded=True, batch_size=64, items_at_once=1, optimizer="adam",
    learning_rate=5e-4, warmup_steps=5000, gradient_clip=0.2, steps_per_epoch=1000, epochs=150,
    patience=0, shift=3,
)  # fmt: skip
# Dropping out weights of attention would take a quarter of the time on a processor.
COMPACT = EnformerSettings(
    length=16_384, stem_channels=16, channels=112, blocks=4, channel_multiple=8, layers=2, heads=4,
    key_size=8, value_size=16, position_features=48, hidden=224, pointwise=224, dropout=0.1,
    attention_dropout=0.0, batch_size=8, optimizer="adamw", learning_rate=1e-3, weight_decay=1e-2,
    schedule="one-cycle", gradient_clip=0.5, epochs=20, shift=3,
)  # fmt: skip
# Small enough for the checks that every model must pass.
TRIAL = replace(COMPACT, length=512, batch_size=32, epochs=10)
