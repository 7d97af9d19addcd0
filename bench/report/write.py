"""Writes a report: tables, figures and the page that holds them all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from bench.data.files import atomic_file
from bench.registry.registry import Registry
from bench.report.budget import budget_csv, budget_table
from bench.report.comparisons import against_the_best, pairs_csv
from bench.report.costs import cost_table
from bench.report.csv_tables import costs_csv, leaderboard_csv, reach_csv, targets_csv
from bench.report.figures import draw_all
from bench.report.leaderboard import task_table
from bench.report.overview import overview
from bench.report.page import render_page
from bench.report.ranking import rank_tasks
from bench.report.records import results_json
from bench.report.seen import seen_tables
from bench.report.style import render
from bench.report.table import as_latex, as_markdown
from bench.report.trust import audit_table, similarity_tables
from bench.report.view import view_run
from bench.run.store import RunFolder


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """Where the parts of a report are."""

    html: Path
    tables: tuple[Path, ...]
    figures: tuple[Path, ...]


def write(
    run: RunFolder, out: Path, registry: Registry, threads: int = 1, margin: float | None = None
) -> ReportFiles:
    """Write the report of a run into the folder `out`.

    Args:
        run: the run.
        out: the folder.
        registry: knows models, metrics and sections.
        threads: to compare rows with.
        margin: differences of main metrics below it do not matter.

    Raises:
        BenchError: the run has no results, or `out` cannot be a folder.
    """
    view = view_run(run, registry)
    view = replace(view, rankings=rank_tasks(view, registry, threads, margin))
    against = [table for task in view.tasks if (table := against_the_best(view, task))]
    boards = [overview(view), *(task_table(view, task) for task in view.tasks)]
    texts = {
        "leaderboard.md": f"# {view.suite}\n\n" + "\n".join(map(as_markdown, boards)),
        "leaderboard.tex": "\n".join(map(as_latex, boards)),
        "leaderboard.csv": leaderboard_csv(view),
        "targets.csv": targets_csv(view),
        "comparison.md": "\n".join(map(as_markdown, against)),
        "pairs.csv": pairs_csv(view),
        "budget.md": "\n".join(as_markdown(budget_table(view, task)) for task in view.tasks),
        "budget.csv": budget_csv(view),
        "audits.md": "\n".join(
            map(as_markdown, [audit_table(view), *similarity_tables(view), *seen_tables(view)])
        ),
        "costs.md": as_markdown(cost_table(view)),
        "costs.csv": costs_csv(view),
        "results.json": results_json(view),
    }
    if (reach := reach_csv(view)) is not None:
        texts["reach.csv"] = reach
    tables = [_write(out / name, text.encode()) for name, text in texts.items()]
    drawn: dict[str, bytes] = {}
    figures: list[Path] = []
    for name, figure in draw_all(view):
        drawn[name] = render(figure, "svg")
        figures.append(_write(out / "figures" / f"{name}.svg", drawn[name]))
        figures.append(_write(out / "figures" / f"{name}.png", render(figure, "png")))
    page = render_page(replace(view, figures=drawn), registry)
    return ReportFiles(_write(out / "report.html", page.encode()), tuple(tables), tuple(figures))


def _write(path: Path, content: bytes) -> Path:
    with atomic_file(path) as temporary:
        temporary.write_bytes(content)
    return path
