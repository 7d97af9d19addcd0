"""`bench check`: whether a model keeps what the interface promises and its card says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.session import PluginFiles, load_registry
from bench.interface.errors import BenchError
from bench.interface.names import nearest

if TYPE_CHECKING:
    from bench.audit.conformance.check import Check, CheckResult
    from bench.registry.registry import Registry

WORDS = {"passed": "ok", "failed": "FAILED", "skipped": "skipped"}


def check(
    model: Annotated[str, typer.Argument(help="Model: name or name:preset.")],
    only: Annotated[
        str | None, typer.Option(help="Checks to run, comma-separated; default: all.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    plugin: PluginFiles = None,
) -> None:
    """Try a model on small tasks with known answers; exit with 1 where a check fails.

    Without a preset, `trial` or `compact` is tried where there is one, else the default.

    Example: bench check my-model --plugin my_model.py
    """
    import tempfile

    from bench.audit.conformance.conduct import check_model, was_checked
    from bench.audit.conformance.subject import Subject

    registry = load_registry(plugin)
    checks = chosen_checks(only)
    _require_installed(model, registry)
    with tempfile.TemporaryDirectory(prefix="bench-check-") as folder:
        subject = Subject(registry, model, Path(folder))
        if not as_json:
            typer.echo(f"{subject.name}:{subject.preset_name} ({subject.origin})")
        results = []
        for result in check_model(subject, checks, _show_running):
            _show_running("")
            results.append(result)
            if not as_json:
                typer.echo(as_text(result))
    if as_json:
        typer.echo(as_json_text(f"{subject.name}:{subject.preset_name}", results))
    else:
        typer.echo(summary(results))
    checked = was_checked(results)
    if not checked and not as_json:
        typer.echo("nothing of the model was checked, which counts as a failure")
    if not checked or any(result.outcome == "failed" for result in results):
        raise typer.Exit(1)


def _require_installed(model: str, registry: Registry) -> None:
    """Guess why a model is not there: its package was written, and not installed."""
    name = model.partition(":")[0]
    if name not in registry.models and Path(name, "pyproject.toml").is_file():
        raise BenchError(
            f"unknown model {name!r}; the package in ./{name} is not installed: pip install "
            f"--editable ./{name}"
        )


def _show_running(name: str) -> None:
    """Name the check that runs, on a terminal; an empty name clears the line."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{name and f'running  {name}'}")
        sys.stderr.flush()


def chosen_checks(only: str | None) -> tuple[Check, ...]:
    """Return the checks of these names, in their usual order.

    Raises:
        BenchError: there is no such check.
    """
    from bench.audit.conformance.catalogue import CHECKS

    if only is None:
        return CHECKS
    names = [name.strip() for name in only.split(",")]
    known = [one.name for one in CHECKS]
    for name in names:
        if name not in known:
            raise BenchError(f"unknown check {name!r}; {nearest(name, known)}")
    return tuple(one for one in CHECKS if one.name in names)


def as_text(result: CheckResult) -> str:
    """Show a check: in two lines where it passed, with what to do where it failed."""
    head = f"{WORDS[result.outcome]:<8} {result.check:<16} {result.seconds:5.1f} s"
    if result.outcome == "skipped":
        return f"{head}  {result.found}"
    lines = [head, f"    tried     {result.tried}", f"    expected  {result.expected}"]
    if result.found:
        lines.append(f"    found     {result.found}")
    if result.outcome == "failed":
        lines.append(f"    to mend   {result.mend}")
    return "\n".join(lines)


def summary(results: list[CheckResult]) -> str:
    """Count outcomes and seconds, and name what failed."""
    counts = {word: sum(one.outcome == word for one in results) for word in WORDS}
    parts = {word: f"{count} {word}" for word, count in counts.items()}
    failed = [one.check for one in results if one.outcome == "failed"]
    if failed:
        parts["failed"] += f" ({', '.join(failed)})"
    return f"{', '.join(parts.values())} in {sum(one.seconds for one in results):.1f} s"


def as_json_text(model: str, results: list[CheckResult]) -> str:
    """Write results as JSON."""
    import dataclasses
    import json

    rows = [dataclasses.asdict(result) for result in results]
    return json.dumps({"model": model, "checks": rows}, indent=1)
