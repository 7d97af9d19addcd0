"""Names of models that others stand on, and the task on which they are fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from bench.interface.errors import BenchError
from bench.run.row_name import RowName
from bench.run.suite import SuiteModel
from bench.tasks.info import TaskInfo, divided_alike


@dataclass(frozen=True, slots=True)
class Upstream:
    """A model, and a task or what one is to the task at hand; empty for the task at hand."""

    model: SuiteModel
    task: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `name`, `name:preset` or `name:preset@task setting=value ...`.

        Raises:
            BenchError: a word after the name that is not `setting=value`.
        """
        first, *rest = text.split() or [""]
        named, _, task = first.partition("@")
        row = RowName.parse(" ".join([named, *rest]))
        return cls(
            SuiteModel(name=row.model, preset=row.preset or None, settings=dict(row.settings)), task
        )

    def task_for(self, task: TaskInfo) -> str:
        """Return the name of the task on which it is fitted for another."""
        return task.roles.get(self.task, self.task) or task.name


def refuse_other_chromosomes(task: TaskInfo, other: TaskInfo, model: str) -> None:
    """Refuse a task whose training items may lie where the items at hand are tested.

    Raises:
        BenchError: the two tasks are not divided by the chromosomes of one genome.
    """
    if not divided_alike(task, other):
        raise BenchError(
            f"model {model} on task {task.name} stands on a model of task {other.name}, expected "
            "tasks that are both divided by the same chromosomes of one genome"
        )
