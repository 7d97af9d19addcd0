"""Machines of several costs, each solved from the one before, and the choice among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.interface import BenchError, TaskKind
from bench.interface.context import silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import FloatArray, Progress
    from bench_gkm_svm.dual import DualProblem
    from bench_gkm_svm.scores import Scores
    from bench_gkm_svm.solver import Solution
    from bench_gkm_svm.training import Batches, Training


@dataclass(frozen=True, slots=True)
class Limits:
    """How machines are solved: to which violation, how many side by side, and where."""

    tolerance: float
    together: int = 1
    device: str = "cpu"


@dataclass(frozen=True, slots=True)
class Judge:
    """Measures decision functions on held-out sequences.

    Attributes:
        batches: the sequences.
        targets: what was measured, `(n, targets)`.
        kind: AUROC judges a classification, Pearson's correlation a regression.
    """

    batches: Batches
    targets: FloatArray
    kind: TaskKind

    def __post_init__(self) -> None:
        """Refuse targets that no function can be judged by.

        Raises:
            BenchError: a target has no two different values.
        """
        for column, truth in enumerate(self.targets.T):
            if len(np.unique(truth[~np.isnan(truth)])) < 2:
                raise BenchError(
                    "c_grid chooses a cost on the validation items, but target number "
                    f"{column + 1} has no two different values there"
                )

    def __call__(self, scores: Scores) -> NDArray[np.float64]:
        """Return the merit of each target's function, higher for better."""
        parts = [scores.of_sequences(*batch)[0] for batch in self.batches()]
        values = np.concatenate([np.zeros((0, scores.targets)), *parts])
        pairs = zip(self.targets.T, values.T, strict=True)
        return np.array([self._merit(truth, value) for truth, value in pairs])

    def _merit(self, truth: FloatArray, value: NDArray[np.float64]) -> float:
        known = ~np.isnan(truth)
        if self.kind is TaskKind.CLASSIFICATION:
            from sklearn.metrics import roc_auc_score

            return float(roc_auc_score(truth[known], value[known]))
        return float(np.nan_to_num(np.corrcoef(truth[known], value[known])[0, 1]))


@dataclass(frozen=True, slots=True)
class Chosen:
    """The machine of a target, its cost, and its merit where costs were compared."""

    solution: Solution
    cost: float
    merit: float | None = None

    @property
    def summary(self) -> str:
        """Cost, merit and solution in a few words."""
        judged = "" if self.merit is None else f" ({self.merit:.4f} on validation items)"
        return f"c {self.cost:g}{judged}, {self.solution.summary}"


def solve_path(
    training: Training,
    problems: Callable[[float], list[DualProblem]],
    costs: Sequence[float],
    judge: Judge | None,
    limits: Limits,
    progress: Progress = silent,
) -> list[Chosen]:
    """Return the machine of each target at the cost that is judged best.

    Args:
        training: the sequences.
        problems: makes the problems of all targets at a cost.
        costs: to try, rising.
        judge: measures machines; without one the last cost's are returned.
        limits: how machines are solved.
        progress: told how far all machines are.
    """
    best: list[Chosen] = []
    latest: list[Solution] = []
    for number, cost in enumerate(costs):
        latest = training.solve(
            [problem.to(limits.device) for problem in problems(cost)],
            starts=[solution.beta for solution in latest] or None,
            tolerance=limits.tolerance,
            together=limits.together,
            progress=_part_of(progress, number, len(costs)),
        )
        if judge is None:
            best = [Chosen(solution, cost) for solution in latest]
            continue
        merits = judge(training.scores(latest)).tolist()
        found = [Chosen(*one) for one in zip(latest, [cost] * len(merits), merits, strict=True)]
        best = [_better(*pair) for pair in zip(best or found, found, strict=True)]
    return best


def _better(one: Chosen, other: Chosen) -> Chosen:
    """Return the machine with the greater merit, the first where both have the same."""
    assert one.merit is not None
    assert other.merit is not None
    return other if other.merit > one.merit else one


def _part_of(progress: Progress, number: int, parts: int) -> Progress:
    def report(done: int, total: int, note: str = "") -> None:
        progress(number * total + done, parts * total, note)

    return report
