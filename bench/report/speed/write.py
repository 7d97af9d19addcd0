"""Writes the report of a profile: tables, figures and the page that holds them all."""

from __future__ import annotations

import base64
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from bench.data.files import atomic_file
from bench.profile.folder import ProfileFolder
from bench.report.page import page_of
from bench.report.sections import Section, html_table
from bench.report.speed.csv_tables import growth_csv, points_csv
from bench.report.speed.figures import draw_profile
from bench.report.speed.front import front_figures
from bench.report.speed.tables import core_table, growth_table, machine_table, points_table
from bench.report.speed.view import view_profile
from bench.report.style import render
from bench.report.table import Table, as_markdown

if TYPE_CHECKING:
    from bench.report.view import RunView

TITLES = {
    "latency": "Latency",
    "throughput": "Throughput",
    "memory": "Memory",
    "fits": "Fits",
    "shares": "Attention",
    "front": "Accuracy against cost",
}
"""Figures by the beginning of their names, and the section that shows them."""


def write_profile(folder: ProfileFolder, out: Path, board: RunView | None = None) -> Path:
    """Write the report of a profile; return the path of its page.

    Args:
        folder: the profile.
        out: folder of the report.
        board: leaderboard run whose scores are drawn against cost.

    Raises:
        BenchError: nothing was measured, or `out` cannot be a folder.
    """
    view = view_profile(folder)
    tables = {
        "machine": machine_table(view), "growth": growth_table(view), "core": core_table(view),
    }  # fmt: skip
    points = [points_table(one) for one in view.series]
    shown = [*(table for table in tables.values() if table.rows), *points]
    _write(out / "profile.md", "# Profile\n\n" + "\n".join(map(as_markdown, shown)))
    _write(out / "points.csv", points_csv(view))
    _write(out / "growth.csv", growth_csv(view))
    drawn: dict[str, bytes] = {}
    # Each is rendered while it is drawn, under the settings of figures.
    fronts = [] if board is None else front_figures(view, board)
    for name, figure in chain(draw_profile(view), fronts):
        drawn[name] = render(figure, "svg")
        _write(out / "figures" / f"{name}.svg", drawn[name])
        _write(out / "figures" / f"{name}.png", render(figure, "png"))
    sections = _sections(tables, points, drawn)
    return _write(out / "profile.html", page_of("cisbench: profile", sections))


def _sections(
    tables: dict[str, Table], points: list[Table], drawn: dict[str, bytes]
) -> list[Section]:
    sections = [Section("Machine", html_table(tables["machine"]))]
    under = {"Latency": [tables["growth"]], "Attention": [tables["core"]]}
    for beginning, title in TITLES.items():
        pictures = Markup("\n").join(
            _picture(name, content) for name, content in drawn.items() if name.startswith(beginning)
        )
        if pictures:
            beside = Markup("").join(map(html_table, under.get(title, [])))
            sections.append(Section(title, pictures + beside))
    sections.append(Section("Points", Markup("").join(map(html_table, points))))
    return sections


def _picture(name: str, content: bytes) -> Markup:
    return Markup("<img alt='{}' src='data:image/svg+xml;base64,{}'>").format(
        name, base64.b64encode(content).decode()
    )


def _write(path: Path, content: str | bytes) -> Path:
    with atomic_file(path) as temporary:
        temporary.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
