"""The leaderboards: one table for each task.

They hold only what is the same in every run with the same inputs, so that the tables of a run that
was interrupted equal those of one that was not.
"""

from __future__ import annotations

import statistics

from bench.interface.card import TaskKind
from bench.metrics.across_targets import LEAST_TARGETS
from bench.metrics.axis import Axis
from bench.report.marks import mark_notes, marks
from bench.report.rank_note import rank_note
from bench.report.scored import ScoredItems
from bench.report.seen import seen_notes
from bench.report.table import Table
from bench.report.trust import audit_note
from bench.report.view import Aggregate, Row, RunView
from bench.run.scoring import load_metric
from bench.tasks.info import TaskInfo

MISSING = "N/A"
VARIANT_NOTE = (
    "Effects of alternative alleles are compared over variants, and scores are means over targets, "
    "of which there are {targets}; models were fitted on other tasks."
)
NAMED_AXES = (TaskKind.PROFILE, TaskKind.EXPRESSION)
"""Kinds of tasks whose metrics say in their names what they run over."""
NAMED_AXES_NOTE = (
    "{targets} targets; each score runs along the axis that it names, and is a mean over targets, "
    "or over items where it runs across targets."
)
AUPRC_NOTE = "AUPRC is average precision."
INTERVAL_NOTE = (
    "Brackets are 95 % intervals that allow for dependence within the {blocks} blocks of the "
    "{test_set} ({unit}): a t interval on the log-odds scale of areas, Fisher's z of correlations "
    "or -log(1 - R2), with the larger of the block bootstrap's and the block jackknife's standard "
    "error. Whether two models differ is not told by whether their intervals overlap."
)


def task_table(view: RunView, task: str) -> Table:
    """All metrics of all models on one task."""
    info = view.tasks[task]
    rows = view.of_task(task)
    seeds = any(len(row.results) > 1 for row in rows)
    rows_of_words = tuple(
        _task_row(row, info, view.rank(row.label, task), seeds=seeds) for row in rows
    )
    columns = ["model", "rank"]
    for metric in info.metrics:
        columns += [metric_head(view, metric), *(["seed sd"] if seeds else [])]
    return Table(
        task,
        f"{task}: {info.title}{marks(view, task)}",
        tuple(columns),
        rows_of_words,
        tuple(_notes(view, info, rows)),
    )


def decimals(value: float | None) -> str:
    """Three decimals, or N/A."""
    return MISSING if value is None else f"{value:.3f}"


def with_interval(score: Aggregate) -> str:
    """Return `value [low, high]`."""
    if score.value is None:
        return MISSING
    return f"{score.value:.3f} [{decimals(score.low)}, {decimals(score.high)}]"


def metric_head(view: RunView, metric: str) -> str:
    """Title of a metric; its name where its plugin is not loaded."""
    card = view.metrics.get(metric)
    return card.title if card else metric


def _task_row(row: Row, info: TaskInfo, rank: int | None, *, seeds: bool) -> tuple[str, ...]:
    words = [row.label if row.status == "ok" or not row.finished else f"{row.label} ({row.status})"]
    words.append(MISSING if rank is None else str(rank))
    for place, metric in enumerate(info.metrics):
        score = row.metric(metric)
        if score is None:
            words.append(row.status if place == 0 and row.status != "ok" else MISSING)
        else:
            words.append(with_interval(score))
        if seeds:
            one = score is not None and score.seeds == 1
            words.append("one seed" if one else decimals(score.seed_sd if score else None))
    return tuple(words)


def _notes(view: RunView, info: TaskInfo, rows: list[Row]) -> list[str]:
    counts = ", ".join(f"{number} {split}" for split, number in info.items.items())
    scored = view.scored[info.name]
    notes = [
        INTERVAL_NOTE.format(
            blocks=scored.blocks, test_set=_test_set(scored), unit=info.block_unit
        ),
        f"Items: {counts}{_of_these(scored)}, {_span(info.lengths)}.",
        rank_note(view, info.name),
        f"{f'Negatives: {info.negatives}. ' if scored.prevalence else ''}Split: {info.split}.",
    ]
    if any(len(row.results) > 1 for row in rows):
        most = max(len(row.results) for row in rows)
        notes.append(
            f"Scores and ends of intervals are means over up to {most} seeds, seed sd is the "
            "standard deviation over seeds; models that do not depend on the seed ran once."
        )
    if scored.items:
        notes.append(_about_scores(info, scored))
    notes += [f"Left out: {number} ({reason})." for reason, number in info.excluded.items()]
    notes += _undefined(view, info, rows)
    notes += mark_notes(view, [info.name])
    notes.append(audit_note(view.run.certificate(info.key)))
    notes += seen_notes(view, info.name)
    notes += info.notes
    notes.append(
        f"Data: {info.citation}; licence: {info.licence}; "
        f"hash of the items {info.dataset_hash[:8]}."
    )
    return notes


def _test_set(scored: ScoredItems) -> str:
    return "test items that are scored" if scored.left_out else "test set"


def _about_scores(info: TaskInfo, scored: ScoredItems) -> str:
    """Say what scores are means over, and what a guess has."""
    shares, test_set = scored.prevalence, _test_set(scored)
    targets = len(info.target_names)
    if len(shares) == 1:
        said = f"Prevalence in the {test_set}: {shares[0]:.3f}, the AUPRC of a guess. {AUPRC_NOTE}"
    elif shares:
        span = f"{min(shares):.3f} to {max(shares):.3f}, mean {statistics.fmean(shares):.3f}"
        said = f"Scores are means over {len(shares)} targets; prevalence in the {test_set} {span}."
    elif info.kind is TaskKind.VARIANT:
        said = VARIANT_NOTE.format(targets=targets)
    elif info.kind in NAMED_AXES:
        said = NAMED_AXES_NOTE.format(targets=targets)
    elif targets > 1:
        said = f"Scores are means over {targets} targets, each over items."
    else:
        said = "Correlations are over items."
    return said


def _of_these(scored: ScoredItems) -> str:
    """Say how many test items count, where not all do."""
    return f" ({scored.items} scored, {scored.left_out} left out)" if scored.left_out else ""


def _undefined(view: RunView, info: TaskInfo, rows: list[Row]) -> list[str]:
    """Say why scores are missing of cells that ended well."""
    left_out = view.run.left_out(info.key)
    if left_out is not None and left_out.all():
        return []
    degenerate: dict[str, int] = {}
    for row in rows:
        for name in info.metrics:
            score = row.metric(name)
            if score is not None and score.targets_degenerate:
                degenerate[name] = max(degenerate.get(name, 0), score.targets_degenerate)
    notes = []
    most = max(len(head.targets) for head in info.heads.values())
    if most < LEAST_TARGETS:
        across = [name for name in degenerate if _runs_across_targets(view, name)]
        if across:
            titles = ", ".join(metric_head(view, name) for name in across)
            notes.append(
                f"No score for {titles}: at least {LEAST_TARGETS} targets are needed, and the task "
                f"has {most}."
            )
        for name in across:
            del degenerate[name]
    if degenerate:
        worst = max(degenerate.values())
        have = "target has" if worst == 1 else "targets have"
        notes.append(f"Up to {worst} {have} no score for a constant truth or prediction.")
    return notes


def _runs_across_targets(view: RunView, metric: str) -> bool:
    # A metric whose plugin is not loaded may be anything.
    card = view.metrics.get(metric)
    return card is not None and load_metric(card.target).axis is Axis.TARGETS


def _span(lengths: tuple[int, int, int]) -> str:
    shortest, median, longest = lengths
    return (
        f"{longest} bp" if shortest == longest else f"{shortest} to {longest} bp (median {median})"
    )
