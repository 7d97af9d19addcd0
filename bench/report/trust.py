"""What audits found of the tasks of a run, and scores by similarity to training."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from bench.metrics.axis import Axis
from bench.report.marks import mark_notes, marked
from bench.report.table import Table
from bench.run.scoring import MeanOverTargets, load_metric
from bench.tasks.certificate import IDENTITY_NAMES, Verdict, identity_classes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.metrics.metric import Metric
    from bench.report.view import Row, RunView
    from bench.run.store import Truth
    from bench.tasks.certificate import Certificate

MISSING = "N/A"
LEAST_ITEMS = 20
"""Of fewer test items no score is given."""
SIMILARITY_NOTE = (
    "{metric}, the mean over seeds and targets, of the test items of which so large a share stands "
    f"in their nearest training item. {MISSING}: fewer than {LEAST_ITEMS} items, or no score for "
    "them. Items of other classes are other items: compare rows, not columns."
)
NEVER_AUDITED = "never audited; see: bench audit"


def certificates(view: RunView) -> dict[str, Certificate | None]:
    """Read the certificate of each task of a run; None for one that was never audited."""
    return {name: view.run.certificate(info.key) for name, info in view.tasks.items()}


def audit_table(view: RunView) -> Table:
    """Verdict of each task, with the findings that are no pass."""
    rows = []
    for task, certificate in certificates(view).items():
        if certificate is None:
            rows.append((task, MISSING, NEVER_AUDITED))
        else:
            rows.append((task, str(certificate.verdict), certificate.reason))
    note = (
        "A task that fails runs only with --allow-leaky. The certificates stand in "
        "tasks/KEY/certificate.json, with every rule that was applied."
    )
    return Table("audits", "Audits", ("task", "verdict", "findings"), tuple(rows), (note,))


def audit_note(certificate: Certificate | None) -> str:
    """Say below the table of a task what its audit found."""
    if certificate is None:
        return f"Audit: {NEVER_AUDITED} TASK."
    if certificate.verdict is Verdict.PASS:
        return "Audit: pass."
    return f"Audit: {certificate.verdict}. {certificate.reason}."


def similarity_tables(view: RunView) -> Iterator[Table]:
    """Score every row on test items of about the same similarity to training, task by task."""
    for task, info in view.tasks.items():
        similarity = view.run.similarity(info.key)
        card = view.metrics.get(info.metrics[0])
        if similarity is None or card is None:
            continue
        metric = load_metric(card.target)
        if metric.axis is not Axis.ITEMS:
            continue
        truth = view.run.truth(info.key)
        classes = identity_classes(similarity)
        left_out = view.run.left_out(info.key)
        counted = np.ones(len(classes), dtype=bool) if left_out is None else ~left_out
        counts = np.bincount(classes[counted], minlength=len(IDENTITY_NAMES))
        shown = np.flatnonzero(counts)
        if len(shown) < 2:
            continue
        heads = tuple(f"{IDENTITY_NAMES[one]} ({counts[one]} items)" for one in shown)
        rows = tuple(
            (
                row.label,
                *(score_on(view, row, metric, truth, counted & (classes == one)) for one in shown),
            )
            for row in view.of_task(task)
        )
        yield Table(
            f"similarity-{task}",
            f"{marked(view, task)}, by similarity to training",
            ("model", *heads),
            rows,
            (SIMILARITY_NOTE.format(metric=card.title), *mark_notes(view, [task])),
        )


def score_on(
    view: RunView,
    row: Row,
    metric: Metric,
    truth: Truth,
    chosen: NDArray[np.bool_],
) -> str:
    """Return the score of a row on some test items, the mean over seeds, in words."""
    if chosen.sum() < LEAST_ITEMS or not row.finished:
        return MISSING
    mean = MeanOverTargets(metric, 1.0)
    values = [
        mean(view.run.predictions(result.cell.cell_id)[chosen], truth.targets[chosen])
        for result in row.finished
    ]
    value = float(np.mean(values))
    return MISSING if math.isnan(value) else f"{value:.3f}"
