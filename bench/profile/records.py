"""What a profile holds: curves, their points, and what the machine can do at best."""

from __future__ import annotations

import json
from enum import StrEnum
from statistics import median, quantiles

from pydantic import Field

from bench.interface.card import Setting
from bench.run.result import Provenance, Record, Status

PROFILE_SCHEMA = 1
"""Raised when a field changes its meaning; files of every earlier version must still load."""
NOISY = 0.05
"""Interquartile range over median above which a point is marked noisy."""


class Mode(StrEnum):
    """What is timed."""

    INFERENCE = "inference"
    """Predictions for sequences; of a network one forward pass, of one strand."""
    TRAINING = "training"
    """One update of a network: forward, backward and optimizer."""
    FIT = "fit"
    """The whole fit of a model that is no network, against the number of sequences."""


CONVOLUTION, OTHER = "convolution", "other"
"""Parts of a network that do not say which they are; see `Workload`."""
ENDS = {Status.OOM, Status.FAILED, Status.TIMEOUT}
"""How the last point of a curve may end."""
LARGEST, EVERY = "max", "all"
"""Batches that are no number: the largest that fits, and every power of two up to it."""


class CurveSpec(Record):
    """What is asked for of one model: enough for a child process to measure it."""

    curve_id: str = Field(default="", description="hash of all other fields, code and versions")
    model: str
    preset: str
    settings: dict[str, Setting]
    changes: dict[str, Setting] = Field(
        default_factory=dict, description="those settings that are not the preset's"
    )
    target: str = Field(description="'module:Class' of the model")
    plugin: str = Field(description="the plugin that registered the model")
    plugin_files: tuple[str, ...] = Field(default=(), description="plugin files to load first")
    mode: Mode
    batch: str = Field(description="sequences at once: a number, 'max' or 'all'")
    targets: int = Field(description="targets that are predicted")
    device: str
    precision: str
    compiled: bool = Field(default=False, description="whether torch.compile is on")
    recorded: bool = Field(
        default=False, description="whether the kernels of an update are recorded and replayed"
    )
    threads: int
    seconds: float = Field(description="about how long the samples of a point take together")
    point_limit: float = Field(description="seconds after which a point ends the curve")
    memory_limit: int = Field(description="bytes of host memory that end the curve")
    hashes: dict[str, str] = Field(
        default_factory=dict, description="code and versions that the id depends on"
    )

    @property
    def asked(self) -> str:
        """What a user asked for, without how long it is sampled, code and versions."""
        fields = {
            "model", "preset", "changes", "mode", "batch", "targets", "device", "precision",
            "compiled", "recorded", "threads",
        }  # fmt: skip
        return json.dumps(self.model_dump(mode="json", include=fields), sort_keys=True)

    @property
    def counted(self) -> str:
        """What counts of a step depend on, its length and number of windows apart.

        The threads are those that the machine's best was measured with, which predicts seconds.
        """
        fields = {
            "settings", "target", "plugin", "plugin_files", "mode", "targets", "device",
            "precision", "threads",
        }  # fmt: skip
        return json.dumps(self.model_dump(mode="json", include=fields), sort_keys=True)

    @property
    def label(self) -> str:
        """Name of the curve in messages."""
        compiled = ", compiled" if self.compiled else ""
        compiled += ", recorded" if self.recorded else ""
        batch = "" if self.mode is Mode.FIT else f", batch {self.batch}"
        return f"{self.row}: {self.mode}{batch}, {self.precision}{compiled}"

    @property
    def row(self) -> str:
        """The model with its preset and what is changed of it."""
        changed = "".join(f" {name}={value}" for name, value in sorted(self.changes.items()))
        return f"{self.model}:{self.preset}{changed}"


class Point(Record):
    """A model at one length: one row of the table of points."""

    length: int = Field(description="bp of a sequence")
    sequences: int = Field(description="sequences of a step, or of the fit")
    status: Status = Field(description="ok, skipped, or how it ended")
    reason: str = Field(default="", description="why there are no samples, or the curve ends here")
    window: int | None = Field(
        default=None, description="bp that the network reads, where its window is fixed"
    )
    passes: int = Field(default=1, description="windows that cover a sequence")
    seconds: tuple[float, ...] = Field(default=(), description="samples: seconds of one step each")
    repeats: int = Field(default=1, description="steps that a sample is the mean of")
    rounds: int = Field(
        default=1, description="rounds in which samples were taken, with other points in between"
    )
    round_failed: str = Field(default="", description="why a further round was not taken")
    parts: dict[str, tuple[float, ...]] = Field(
        default_factory=dict, description="samples of the parts of one step, in seconds"
    )
    peak_host_bytes: int | None = Field(default=None, description="resident memory at most")
    base_host_bytes: int | None = Field(default=None, description="that before the model was made")
    peak_device_bytes: int | None = Field(default=None, description="GPU memory at most")
    flops: float | None = Field(
        default=None,
        description="of one step in the published form: an addition and a multiplication are two",
    )
    flops_of_parts: dict[str, float] = Field(default_factory=dict, description="of a forward pass")
    bytes_moved: float | None = Field(
        default=None, description="that a step's operators read and write"
    )
    uncounted: dict[str, int] = Field(
        default_factory=dict, description="operators without counted arithmetic, and their calls"
    )
    predicted_seconds: float | None = Field(
        default=None, description="of a step, each operator at the machine's best"
    )
    energy_joules: float | None = Field(default=None, description="of one step")
    parameters: int | None = Field(default=None, description="weights of the network")
    tried: dict[int, float] = Field(
        default_factory=dict, description="sequences at once -> seconds, on the way to the largest"
    )

    @property
    def note(self) -> str:
        """What is to be said of the point."""
        return "; ".join(filter(None, (self.reason, self.round_failed)))

    @property
    def median(self) -> float:
        """Median seconds of a step; NaN without samples."""
        return median(self.seconds) if self.seconds else float("nan")

    @property
    def quartiles(self) -> tuple[float, float]:
        """First and third quartile of the seconds of a step."""
        return _quartiles(self.seconds)

    @property
    def is_noisy(self) -> bool:
        """Whether the interquartile range is above 5 % of the median."""
        low, high = self.quartiles
        return high - low > NOISY * self.median

    @property
    def bases_per_second(self) -> float:
        """Bp of all sequences of a step in a second."""
        return self.length * self.sequences / self.median

    @property
    def memory_bytes(self) -> int | None:
        """Memory at most: of the GPU, or what the model added to the process."""
        if self.peak_device_bytes is not None:
            return self.peak_device_bytes
        if self.peak_host_bytes is None or self.base_host_bytes is None:
            return None
        return max(0, self.peak_host_bytes - self.base_host_bytes)

    def part_median(self, part: str) -> float:
        """Median seconds of a part of a step."""
        return median(self.parts[part])


def _quartiles(samples: tuple[float, ...]) -> tuple[float, float]:
    if len(samples) < 2:
        value = samples[0] if samples else float("nan")
        return value, value
    low, _, high = quantiles(samples, n=4, method="inclusive")
    return low, high


class Probe(Record):
    """What the machine does at best, measured with the profile."""

    flops_per_second: float = Field(description="of a product of large matrices")
    bytes_per_second: float = Field(description="of a copy, read and written")


class ProfileIndex(Record):
    """`profile.json`."""

    schema_version: int = PROFILE_SCHEMA
    created: str = Field(description="UTC time, ISO 8601")
    machine: Provenance
    probes: dict[str, Probe] = Field(default_factory=dict, description="by device and precision")
    curves: tuple[str, ...] = Field(description="ids of the curves, in the order of the request")
    lengths: tuple[int, ...] = Field(description="bp")
    counts: tuple[int, ...] = Field(description="numbers of sequences of fits")
