"""The HTML page: all sections, each with what goes wrong in it kept to itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from markupsafe import Markup

from bench.registry.entries import Entry
from bench.registry.registry import Registry
from bench.report.sections import Section
from bench.report.view import RunView


def render_page(view: RunView, registry: Registry) -> str:
    """Return the page of a run; it loads nothing from anywhere."""
    sections = [_section(entry, view) for entry in registry.report_sections]
    return page_of(f"cisbench: {view.suite}", sections)


def page_of(title: str, sections: Sequence[Section]) -> str:
    """Return a page of sections."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bench.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("report.html").render(title=title, sections=sections)


def _section(entry: Entry[str], view: RunView) -> Section:
    try:
        render = cast("Callable[[RunView], Section]", entry.load())
        return render(view)
    except Exception as error:  # noqa: BLE001  a section of a plugin must not take the page along
        note = f"section {entry.name} ({entry.origin}) failed: {type(error).__name__}: {error}"
        return Section(entry.name, Markup("<p class='note'>{}</p>").format(note))
