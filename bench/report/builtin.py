"""Registers the sections of the report that come with the suite."""

from __future__ import annotations

from bench.interface.hooks import Register, hookimpl

SECTIONS = (
    "overview", "leaderboards", "comparison", "budgets", "trust", "curves", "learning",
    "reach", "costs", "failures", "provenance",
)  # fmt: skip


@hookimpl
def bench_report_sections(register: Register) -> None:
    """Add the built-in sections in the order in which they stand on the page."""
    for name in SECTIONS:
        register.report_section(name, f"bench.report.sections:{name}")
