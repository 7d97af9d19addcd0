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
    """Fitted, predicted and scored."""
    FAILED = "failed"
    """The model or its input raised an error; the log has it."""
    TIMEOUT = "timeout"
    """Ended since it ran longer than its limit."""
    OOM = "oom"
    """It had no more memory, or held more than its limit."""
    SKIPPED = "skipped"
    """Not run; the reason says why."""


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
    model: str = Field(description="name of the model")
    target: str = Field(description="'module:Class' of the model")
    plugin: str = Field(description="the plugin that registered the model")
    plugin_files: tuple[str, ...] = Field(description="plugin files to load first")
    preset: str = Field(description="name of the preset")
    settings: dict[str, Setting] = Field(
        description="all settings of the model: the preset's, with what was changed"
    )
    input_length: int | None = Field(description="bp that the model reads; None: item's interval")
    task: str = Field(description="name of the task")
    seed: int = Field(description="seed of everything that the model draws")
    budget_seconds: float | None = Field(
        default=None, description="seconds that training may take; null: no such limit"
    )
    budget_steps: int | None = Field(
        default=None, description="updates that training may take; null: no such limit"
    )
    device: str = Field(default="cpu", description="cpu or cuda")
    precision: str = Field(default="float32", description="float32, bfloat16 or float16")
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

    target: str = Field(description="name of the target; with several heads `head: target`")
    value: float | None = Field(description="the score on the test items; null: undefined")
    low: float | None = Field(description="lower end of the 95 % interval")
    high: float | None = Field(description="upper end of the 95 % interval")
    items: int = Field(description="test items with a measured value")
    prevalence: float | None = Field(default=None, description="share of positives; else null")
    note: str = Field(default="", description="why a value or interval is missing")


class MetricResult(Record):
    """One metric of a cell: the mean over targets and each target."""

    metric: str = Field(description="name of the metric")
    code: str = Field(default="", description="hash of the code that computed it")
    value: float | None = Field(description="mean over the targets where it is defined")
    low: float | None = Field(description="lower end of the 95 % interval of the mean")
    high: float | None = Field(description="upper end of the 95 % interval of the mean")
    targets_defined: int = Field(description="targets with a score")
    targets_degenerate: int = Field(description="targets with one class or constant values")
    blocks: int = Field(description="blocks of the test items, which are resampled whole")
    few_blocks: bool = Field(description="whether these are too few for a reliable interval")
    draws: int = Field(description="bootstrap draws")
    seed: int = Field(description="seed of the bootstrap, the same for every model")
    statistics_version: int = Field(description="version of the way to make intervals")
    left_out: str = Field(
        default="", description="hash of which test items are left out of all scores; empty: none"
    )
    targets: tuple[TargetScore, ...] = Field(description="each target, in the order of the task")


class Provenance(Record):
    """Where and with what a cell was computed."""

    cisbench: str = Field(description="version of the suite")
    python: str = Field(description="version of Python")
    packages: dict[str, str] = Field(description="package that computes -> its version")
    system: str = Field(description="operating system and its version")
    machine: str = Field(description="short hash that tells machines apart, not a host name")
    cpu: str = Field(description="name of the processor")
    cores: int = Field(description="cores that the process could use")
    memory_bytes: int = Field(description="physical memory in bytes")
    gpu: str | None = Field(default=None, description="name of the GPU; null on a processor")
    driver: str | None = Field(default=None, description="version of CUDA; null on a processor")
    threads: int = Field(default=1, description="threads that the cell could use")
    workers: int = Field(default=1, description="cells that ran side by side")


class Cost(Record):
    """What a cell cost; None where it was not reached or cannot be measured."""

    load_seconds: float | None = Field(
        default=None, description="wall seconds to import the model and open the task"
    )
    fit_seconds: float | None = Field(
        default=None, description="wall seconds of the fit; of variants, of the choice of a score"
    )
    predict_seconds: float | None = Field(
        default=None, description="wall seconds to predict the test items"
    )
    wall_seconds: float | None = Field(
        default=None,
        description="wall seconds from the start of loading to the last prediction "
        "saved; of a cell that was ended, until then",
    )
    cpu_seconds: float | None = Field(
        default=None, description="processor seconds of the process, over all of its threads"
    )
    peak_memory_bytes: int | None = Field(
        default=None, description="largest resident memory of the process"
    )
    device_seconds: float | None = Field(
        default=None, description="seconds of a GPU; not measured in a run, see `bench profile`"
    )
    flops: float | None = Field(
        default=None,
        description="of all updates, of a network that was trained: products of matrices and "
        "convolutions, forward and backward; an addition and a multiplication are two",
    )
    parameters: int | None = Field(default=None, description="parameters of the fitted model")
    receptive_field: int | None = Field(
        default=None, description="bp of its input that an output depends on"
    )


class Result(Record):
    """`result.json` of a cell."""

    schema_version: int = Field(default=RESULT_SCHEMA, description="version of this schema")
    cell: CellSpec = Field(description="what was asked for")
    status: Status = Field(description="how the cell ended")
    reason: str = Field(default="", description="one line; empty when ok")
    finished: str = Field(default="", description="UTC time, ISO 8601")
    cost: Cost = Field(default_factory=Cost, description="what the cell cost")
    metrics: tuple[MetricResult, ...] = Field(
        default=(), description="one for each metric of the task, in its order; none unless ok"
    )
    provenance: Provenance | None = Field(
        default=None,
        description="where it was computed; null where the cell wrote no result itself",
    )
