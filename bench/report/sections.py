"""The built-in sections of the HTML page."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from bench.report.across_tasks import across_tasks
from bench.report.budget import budget_table
from bench.report.comparisons import against_the_best
from bench.report.costs import cost_table
from bench.report.leaderboard import task_table
from bench.report.marks import mark_notes
from bench.report.overview import overview as overview_table
from bench.report.seen import seen_tables
from bench.report.table import Table
from bench.report.trust import audit_table, similarity_tables
from bench.report.view import RunView
from bench.run.result import Status

CELLS = {"th": Markup("<th>{}</th>"), "td": Markup("<td>{}</td>")}


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the page: `html` is trusted, so everything in it must be escaped."""

    title: str
    html: Markup


def overview(view: RunView) -> Section:
    """All models on all tasks, and the picture of it."""
    return Section("Overview", html_table(overview_table(view)) + figures(view, "scores"))


def leaderboards(view: RunView) -> Section:
    """One table for each task."""
    tables = (task_table(view, task) for task in view.tasks)
    return Section("Leaderboards", Markup("").join(html_table(table) for table in tables))


def comparison(view: RunView) -> Section:
    """The best row of each task against the others, and all models over the tasks."""
    found = across_tasks(view)
    said = found if isinstance(found, str) else found.note
    tables = [table for task in view.tasks if (table := against_the_best(view, task))]
    parts = [
        figures(view, "critical-difference"),
        Markup("<p class='note'>{}</p>").format(said),
        *(html_table(table) for table in tables),
    ]
    if not tables:
        parts.append(Markup("<p>{}</p>").format("No two rows of a task could be compared."))
    return Section("Comparison", Markup("").join(parts))


def budgets(view: RunView) -> Section:
    """The best row within round budgets, and the fronts of score against cost."""
    note = Markup(
        "<p>The line joins rows that no other beats in both cost and score; whether the scores "
        "along it differ, the tables say.</p>"
    )
    tables = (html_table(budget_table(view, task)) for task in view.tasks)
    shown = figures(view, "pareto") + marks_of(view)
    return Section("Equal budget", note + shown + Markup("").join(tables))


def curves(view: RunView) -> Section:
    """ROC and precision-recall curves."""
    note = Markup("<p>Curves of the first seed. Dotted: chance, and prevalence.</p>")
    return Section("ROC and precision-recall", note + figures(view, "curves") + marks_of(view))


def learning(view: RunView) -> Section:
    """Learning curves of networks."""
    shown = figures(view, "learning")
    if not shown:
        return Section("Learning curves", Markup("<p>No network was trained.</p>"))
    note = Markup("<p>One line for each seed; the mark is where the weights were kept.</p>")
    return Section("Learning curves", note + shown + marks_of(view))


def reach(view: RunView) -> Section:
    """At which distance enhancers of simulated genes are still seen."""
    shown = figures(view, "reach")
    if not shown:
        why = "No task in the cache holds genes whose enhancers are known, with a finished cell."
        return Section("Distance", Markup("<p>{}</p>").format(why))
    note = Markup(
        "<p>Predictions, those of all seeds averaged, regressed on what promoter and enhancers "
        "add in truth: 1 where all of an effect is predicted, 0 where none of it is. 95 % "
        "block-bootstrap intervals.</p>"
    )
    return Section("Distance", note + shown + marks_of(view))


def trust(view: RunView) -> Section:
    """What audits found of the tasks, and scores by similarity to training."""
    tables = [audit_table(view), *similarity_tables(view), *seen_tables(view)]
    return Section("Trust", Markup("").join(html_table(table) for table in tables))


def costs(view: RunView) -> Section:
    """What everything cost."""
    return Section("Costs", html_table(cost_table(view)))


def failures(view: RunView) -> Section:
    """Cells that did not end well, with the reason and the log."""
    rows = tuple(
        (row.label, row.task, str(result.cell.seed), str(result.status), result.reason,
         f"cells/{result.cell.cell_id}/log.txt")
        for row in view.rows
        for result in row.results
        if result.status is not Status.OK
    )  # fmt: skip
    if not rows:
        return Section("Failures", Markup("<p>Every cell ended well.</p>"))
    columns = ("model", "task", "seed", "status", "reason", "log")
    return Section(
        "Failures", html_table(Table("failures", "Cells without a score", columns, rows))
    )


def provenance(view: RunView) -> Section:
    """Machines, versions and threads that the cells were computed with."""
    found = [result.provenance for row in view.rows for result in row.finished if result.provenance]
    rows = dict.fromkeys(
        (f"{where.cpu}, {where.cores} cores", where.gpu or "none", where.system, where.python,
         where.cisbench, ", ".join(f"{name} {version}" for name, version in where.packages.items()))
        for where in found
    )  # fmt: skip
    columns = ("processor", "GPU", "system", "Python", "cisbench", "packages")
    return Section(
        "Provenance", html_table(Table("provenance", "Where it was computed", columns, tuple(rows)))
    )


def html_table(table: Table) -> Markup:
    """Return a table as HTML; its columns sort when their head is clicked."""
    head = _cells("th", table.columns)
    body = Markup("\n").join(Markup("<tr>{}</tr>").format(_cells("td", row)) for row in table.rows)
    return Markup(
        "<h3>{}</h3><div class='wide'><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>"
        "</div>{}"
    ).format(table.title, head, body, _paragraphs(table.notes))


def figures(view: RunView, prefix: str) -> Markup:
    """Return the figures whose name starts with `prefix`, inlined."""
    shown = [
        Markup("<img alt='{}' src='data:image/svg+xml;base64,{}'>").format(
            name, base64.b64encode(content).decode()
        )
        for name, content in view.figures.items()
        if name.startswith(prefix)
    ]
    return Markup("\n").join(shown)


def marks_of(view: RunView) -> Markup:
    """Return what explains the marks of tasks, for below figures."""
    return _paragraphs(mark_notes(view, view.tasks))


def _paragraphs(notes: Iterable[str]) -> Markup:
    return Markup("").join(Markup("<p class='note'>{}</p>").format(note) for note in notes)


def _cells(tag: str, words: Iterable[str]) -> Markup:
    cell = CELLS[tag]
    return Markup("").join(cell.format(word) for word in words)
