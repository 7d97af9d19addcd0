"""How a network is trained, as settings of its model; importing this does not import torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Self

from bench.interface import BenchError, TaskKind

if TYPE_CHECKING:
    from bench.interface import Setting

OPTIMIZERS = ("adamw", "adam", "sgd", "rmsprop")
SCHEDULES = ("constant", "cosine", "one-cycle", "inverse-time", "plateau")
INITIAL_WEIGHTS = ("torch", "he", "uniform")
CLASS_WEIGHTS = ("none", "balanced")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """Settings that all networks share; a plugin adds those of its architecture in a subclass.

    Raises:
        BenchError: a value is out of range.
    """

    length: int = 1000
    """bp that the network reads around an item's centre."""
    batch_size: int = 128
    """Items of one update of the weights, on all devices together."""
    items_at_once: int = 0
    """Most items of a batch that a device holds at a time, for networks that need much memory:
    gradients of its parts are summed up, but normalisation sees each part alone; 0: all."""
    epochs: int = 20
    """Most passes over the training items."""
    steps_per_epoch: int = 0
    """Updates after which the validation items are scored; 0: one pass over the training items."""
    optimizer: str = "adamw"
    """`adamw`, `adam`, `sgd` or `rmsprop`."""
    learning_rate: float = 1e-3
    """The largest that the schedule reaches."""
    weight_decay: float = 0.0
    """Of the optimizer."""
    momentum: float = 0.9
    """Of `sgd`, and the decay of squares of `rmsprop`."""
    schedule: str = "constant"
    """`constant`, `cosine`, `one-cycle`, `inverse-time` or `plateau`."""
    decay: float = 0.0
    """Rate per update of `inverse-time`."""
    plateau_factor: float = 0.5
    """What `plateau` multiplies the rate with."""
    plateau_patience: int = 2
    """Scorings without a better one that `plateau` waits for before it reduces the rate."""
    warmup_steps: int = 0
    """Updates over which the learning rate rises from 0."""
    gradient_clip: float = 0.0
    """Largest norm of all gradients together; 0: no limit."""
    weight_norm: float = 0.0
    """Largest norm of the weights of one output of a layer; 0: no limit."""
    patience: int = 5
    """Scorings without a better one after which training ends; 0: never."""
    reverse_complement: bool = True
    """Whether a training item is read on either strand, drawn anew each time."""
    shift: int = 0
    """Most bp by which a training item's window is moved, drawn anew each time."""
    average_strands: bool = True
    """Whether predictions are the mean of both strands'."""
    class_weights: str = "none"
    """`balanced` weighs the positives of a target by negatives per positive, up to 100."""
    initial_weights: str = "torch"
    """First weights: `torch`'s own, or `he`: wide enough for ReLU without normalisation (He et al.
    2015, doi:10.1109/ICCV.2015.123), in all layers but the last; or `uniform`, with a standard
    deviation of 0.05, as DeepSEA's."""
    workers: int = 1
    """Threads that read batches ahead."""
    devices: int = 1
    """GPUs, or processes where there is none."""
    recorded: bool = False
    """Whether a GPU records the kernels of a batch once and replays them for the others, which
    takes away the time in which the host asks for them. It needs batches of one shape, others are
    computed as usual, as are all of a network that cannot be recorded; its memory is kept for it
    throughout the training. On a CPU, and on several GPUs, it changes nothing."""

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        for name, least in (
            ("length", 1), ("batch_size", 1), ("epochs", 1), ("workers", 1), ("devices", 1),
            ("steps_per_epoch", 0), ("warmup_steps", 0), ("patience", 0), ("shift", 0),
            ("weight_decay", 0), ("momentum", 0), ("decay", 0), ("gradient_clip", 0),
            ("weight_norm", 0), ("plateau_patience", 0), ("items_at_once", 0),
        ):  # fmt: skip
            if not least <= getattr(self, name) < inf:
                raise BenchError(f"{name} is {getattr(self, name):g}, expected {least} or more")
        parts = -(-self.batch_size // self.items_at_once) if self.items_at_once > 0 else 1
        if self.batch_size % parts:
            raise BenchError(
                f"items_at_once is {self.items_at_once}, but a batch of {self.batch_size} has no "
                f"{parts} parts of the same size"
            )
        if not 0 < self.plateau_factor <= 1:
            raise BenchError(f"plateau_factor is {self.plateau_factor:g}, expected above 0 to 1")
        if not 0 < self.learning_rate < inf:
            raise BenchError(f"learning_rate is {self.learning_rate:g}, expected a positive number")
        for name, words in (
            ("optimizer", OPTIMIZERS),
            ("schedule", SCHEDULES),
            ("class_weights", CLASS_WEIGHTS),
            ("initial_weights", INITIAL_WEIGHTS),
        ):
            if getattr(self, name) not in words:
                raise BenchError(
                    f"{name} is {getattr(self, name)!r}, expected one of {', '.join(words)}"
                )

    def refuse_below_one(self, *names: str) -> None:
        """Refuse sizes of an architecture that leave nothing."""
        for name in names:
            if getattr(self, name) < 1:
                raise BenchError(f"{name} is {getattr(self, name)}, expected 1 or more")

    def refuse_no_share(self, *names: str) -> None:
        """Refuse what is no share of something, such as of published rates of dropout."""
        for name in names:
            if not 0 <= getattr(self, name) <= 1:
                raise BenchError(f"{name} is {getattr(self, name):g}, expected 0 to 1")

    def refuse_shorter_than(self, reach: int) -> None:
        """Refuse an input that is shorter than what one output of the last filters sees."""
        if self.length < reach:
            raise BenchError(
                f"length is {self.length}, expected at least {reach}, which one output of the last "
                "filters sees"
            )

    def suited_to(self, kind: TaskKind) -> Self:
        """Return these settings with what does not fit a kind of task switched off.

        Genes are read in the direction of transcription, so either strand is not like the other.
        """
        if kind is not TaskKind.EXPRESSION:
            return self
        return replace(self, reverse_complement=False, average_strands=False)

    def as_preset(self) -> dict[str, Setting]:
        """Return all settings by name, as a model card's preset lists them."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedSettings(TrainingSettings):
    """Settings of a network whose weights are published."""

    weights: str = ""
    """File of published weights, all but those of the targets, that training begins with; none if
    empty."""
