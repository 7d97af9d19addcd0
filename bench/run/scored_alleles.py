"""Which models score the variants of a task, fitted on which other task."""

from __future__ import annotations

from bench.interface.card import ModelCard, TaskKind
from bench.interface.errors import BenchError
from bench.run.suite import TRAINING, SuiteModel
from bench.tasks.info import TaskInfo

FITTED = "fitted"
"""Under which name a cell that scores variants holds the cell of the fitted model."""
VALIDATION = "validation"
"""The reduction that is chosen by validation items."""


def fitted_row(model: SuiteModel) -> SuiteModel:
    """Return the row of the model as it is fitted, whatever it scores afterwards."""
    return SuiteModel(name=model.name, preset=model.preset, settings=model.settings)


def reason_not_to_score(card: ModelCard, model: SuiteModel, task: TaskInfo) -> str | None:
    """Say why a model does not score the variants of a task; None where it does."""
    if card.uses_coordinates:
        return "asks for the coordinates of items, which alleles do not have"
    if model.fitted_on == TRAINING and TRAINING not in task.roles:
        named = f"{', '.join(task.roles)} alone" if task.roles else "none"
        return (
            f"does not do variant, and of roles, of which it needs training, the task has {named}"
        )
    if model.reduction == VALIDATION and not task.items["valid"]:
        return "chooses its reduction by validation items, and the task has none"
    return None


def refuse_unfit_source(other: TaskInfo, model: str) -> None:
    """Refuse a task on which no model can be fitted that scores variants.

    Raises:
        BenchError: it is of variants or has several heads.
    """
    if other.kind is TaskKind.VARIANT:
        raise BenchError(f"model {model} is fitted on {other.name}, which is a task of variants")
    if len(other.heads) > 1:
        raise BenchError(
            f"model {model} is fitted on {other.name}, which has {len(other.heads)} heads; "
            "expected one"
        )
