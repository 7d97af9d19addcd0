"""A suite: which models run on which tasks, read from TOML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bench.data.manifest import describe
from bench.interface.card import Setting
from bench.interface.context import Budget
from bench.interface.errors import BenchError, DataError

SUITE_SCHEMA = 1
TRAINING = "training"
"""What the task is to one of variants on which models are fitted, unless they name another."""
UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
BYTES = {"m": 1 << 20, "mb": 1 << 20, "g": 1 << 30, "gb": 1 << 30}


class Strict(BaseModel):
    """A table in which a misspelt key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SuiteModel(Strict):
    """One row of the leaderboard: a model with a preset and changed settings."""

    name: str
    preset: str | None = None
    settings: dict[str, Setting] = Field(default_factory=dict)
    tasks: tuple[str, ...] = Field(
        default=(), description="those of the suite's tasks that it runs on; all if empty"
    )

    fitted_on: str = Field(
        default=TRAINING,
        description="for tasks of variants: the task on which the model is fitted, or what one is "
        "to them",
    )
    score: str = Field(default="", description="for tasks of variants: how alleles are compared")
    reduction: str = Field(
        default="matching",
        description="for tasks of variants: how targets of the model become those of the task",
    )

    def is_for(self, task: str) -> bool:
        """Tell whether the row runs on a task."""
        return not self.tasks or task in self.tasks


class Limits(Strict):
    """Hard limits of each cell."""

    time: str = "1h"
    memory: str = "8gb"


class Suite(Strict):
    """What is run."""

    schema_version: int = Field(alias="schema")
    title: str
    tasks: tuple[str, ...] = Field(min_length=1)
    models: tuple[SuiteModel, ...] = Field(min_length=1)
    seeds: int = Field(default=1, ge=1)
    budget: str | None = None
    limits: Limits = Limits()
    device: Literal["cpu", "cuda"] = "cpu"
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    seen: Literal["mark", "exclude"] = "mark"

    @model_validator(mode="after")
    def _known_tasks(self) -> Suite:
        for model in self.models:
            for task in model.tasks:
                if task not in self.tasks:
                    raise ValueError(f"model {model.name!r}: {task!r} is no task of the suite")
        return self


def parse_suite(path: Path, content: dict[str, object]) -> Suite:
    """Check a suite that was read as TOML.

    Raises:
        DataError: a field is missing, misspelt or out of range.
    """
    try:
        suite = Suite.model_validate(content)
        if suite.schema_version != SUITE_SCHEMA:
            raise DataError(path, f"schema {suite.schema_version}: expected {SUITE_SCHEMA}")
        parse_budget(suite.budget)
        parse_seconds(suite.limits.time)
        parse_bytes(suite.limits.memory)
    except ValidationError as error:
        raise DataError(path, describe(error)) from error
    return suite


def parse_budget(text: str | None) -> Budget:
    """Read a budget such as "90s", "5m", "2h" or "1000steps".

    Raises:
        BenchError: none of these.
    """
    if text is None:
        return Budget()
    steps = re.fullmatch(r"([1-9]\d*) *steps?", text)
    if steps:
        return Budget(steps=int(steps[1]))
    try:
        return Budget(seconds=parse_seconds(text))
    except BenchError as error:
        raise BenchError(f"budget {text!r}: expected such as 90s, 5m, 2h or 1000steps") from error


def parse_seconds(text: str) -> float:
    """Read a duration such as "90s", "5m" or "2h"."""
    return _quantity(text, UNITS, "a duration such as 90s, 5m or 2h")


def parse_bytes(text: str) -> int:
    """Read an amount of memory such as "500mb" or "8gb"."""
    return int(_quantity(text, BYTES, "an amount of memory such as 500mb or 8gb"))


def _quantity(text: str, units: dict[str, float] | dict[str, int], expected: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?) *([a-z]+)", text.lower())
    if match is None or match[2] not in units or float(match[1]) <= 0:
        raise BenchError(f"{text!r}: expected {expected}")
    return float(match[1]) * units[match[2]]
