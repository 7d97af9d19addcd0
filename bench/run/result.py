"""The result of a cell: a typed schema, described field by field, that old files must still fit."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from bench.interface.card import Setting

RESULT_SCHEMA = 1
"""Raised when a field changes its meaning; files of every earlier version must still load."""

DEVICES = ("cpu", "cuda")
PRECISIONS = ("float32", "bfloat16", "float16")


class Status(StrEnum):
    """How a cell ended."""

    OK = "ok"
    FAILED = "failed"
    TIMEOUT = "timeout"
    OOM = "oom"
    SKIPPED = "skipped"


class Record(BaseModel):
    """Base of everything that is written to disk."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AlleleScoring(Record):
    """How a model that was fitted on another task scores the variants of this one."""

    fitted_on: str = Field(description="the task, or what it is to this one")
    score: str = Field(description="how alleles are compared; empty: as suits the predictions")
    reduction: str = Field(description="how targets of the model become those of the task")
    is_usual: bool = Field(description="whether all of this is what nobody asked otherwise")


class CellSpec(Record):
    """What is asked for: enough for a child process to do it and nothing else."""

    cell_id: str = Field(description="versioned hash of this specification and of all `hashes`")
    model: str
    target: str = Field(description="'module:Class' of the model")
    plugin: str = Field(description="the plugin that registered the model")
    plugin_files: tuple[str, ...] = Field(description="plugin files to load first")
    preset: str
    settings: dict[str, Setting]
    input_length: int | None = Field(description="bp that the model reads; None: item's interval")
    task: str
    seed: int
    budget_seconds: float | None = None
    budget_steps: int | None = None
    device: str = "cpu"
    precision: str = "float32"
    upstream: dict[str, str] = Field(
        default_factory=dict, description="setting that names a model -> cell id of that model"
    )
    alleles: AlleleScoring | None = Field(
        default=None,
        description="of a task of variants; `upstream` holds the fitted model as `fitted` then",
    )
    hashes: dict[str, str] = Field(
        default_factory=dict,
        description="code, dataset, split, versions, machine: what else the id depends on",
    )
    metrics: dict[str, str] = Field(
        default_factory=dict, description="metric -> 'module:name' that computes it"
    )
    metric_code: dict[str, str] = Field(
        default_factory=dict, description="metric -> hash of the code that computes it"
    )
    sources: str = Field(
        default="", description="SHA-256 of the code's bytes when the cell was planned"
    )
    task_key: str = Field(default="", description="version of the task; see TaskInfo.key")
    task_folder: str = Field(default="", description="folder of the built task on this machine")
    time_limit: float | None = Field(default=None, description="seconds of wall time")
    memory_limit: int | None = Field(default=None, description="bytes of resident memory")
    threads: int = Field(default=1, description="threads that the cell may use")
    workers: int = Field(default=1, description="cells that run side by side")

    @property
    def title(self) -> str:
        """The cell in words, for messages."""
        return f"{self.model}:{self.preset} on {self.task}, seed {self.seed}"

    @property
    def slot(self) -> str:
        """The place of a result: what a user asked for, without versions of anything."""
        return f"{self.configuration}|{self.task}|{self.seed}"

    @property
    def configuration(self) -> str:
        """How the model is set up: one row of the leaderboard."""
        settings = ",".join(f"{key}={value}" for key, value in sorted(self.settings.items()))
        budget = f"{self.budget_seconds or ''}s{self.budget_steps or ''}n"
        row = f"{self.model}|{self.preset}|{settings}|{budget}|{self.device}|{self.precision}"
        way = self.alleles
        if way is None or way.is_usual:
            return row
        return f"{row}|{way.fitted_on}|{way.score}|{way.reduction}"


class TargetScore(Record):
    """Score of one target; NaN is written as null."""

    target: str
    value: float | None
    low: float | None = Field(description="lower end of the 95 % interval")
    high: float | None
    items: int = Field(description="test items with a measured value")
    prevalence: float | None = Field(default=None, description="share of positives; else null")
    note: str = Field(default="", description="why a value or interval is missing")


class MetricResult(Record):
    """One metric of a cell: the mean over targets and each target."""

    metric: str
    code: str = Field(default="", description="hash of the code that computed it")
    value: float | None = Field(description="mean over the targets where it is defined")
    low: float | None
    high: float | None
    targets_defined: int
    targets_degenerate: int = Field(description="targets with one class or constant values")
    blocks: int
    few_blocks: bool
    draws: int = Field(description="bootstrap draws")
    seed: int = Field(description="seed of the bootstrap, the same for every model")
    statistics_version: int
    targets: tuple[TargetScore, ...]


class Provenance(Record):
    """Where and with what a cell was computed."""

    cisbench: str
    python: str
    packages: dict[str, str]
    system: str
    machine: str = Field(description="short hash that tells machines apart, not a host name")
    cpu: str
    cores: int
    memory_bytes: int
    gpu: str | None = None
    driver: str | None = None
    threads: int = 1
    workers: int = Field(default=1, description="cells that ran side by side")


class Cost(Record):
    """What a cell cost; None where it was not reached or cannot be measured."""

    load_seconds: float | None = None
    fit_seconds: float | None = None
    predict_seconds: float | None = None
    wall_seconds: float | None = None
    cpu_seconds: float | None = None
    peak_memory_bytes: int | None = None
    device_seconds: float | None = None
    flops: float | None = Field(
        default=None,
        description="of all updates, of a network that was trained: products of matrices and "
        "convolutions, forward and backward; an addition and a multiplication are two",
    )
    parameters: int | None = None
    receptive_field: int | None = Field(
        default=None, description="bp of its input that an output depends on"
    )


class Result(Record):
    """`result.json` of a cell."""

    schema_version: int = RESULT_SCHEMA
    cell: CellSpec
    status: Status
    reason: str = Field(default="", description="one line; empty when ok")
    finished: str = Field(default="", description="UTC time, ISO 8601")
    cost: Cost = Field(default_factory=Cost)
    metrics: tuple[MetricResult, ...] = ()
    provenance: Provenance | None = None
