"""`bench run`: run a suite, or the tasks of a manifest, and go on where an earlier run stopped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.session import PluginFiles, load_registry, load_tasks

if TYPE_CHECKING:
    from bench.registry.registry import Registry
    from bench.run.runner import Outcome, RunRequest

RUNS = Path("runs")
INTERRUPTED = 130


def run(
    what: Annotated[str, typer.Argument(help="Suite, or TOML file: a suite or a manifest.")],
    models: Annotated[
        str | None, typer.Option(help="Models, comma-separated: name or name:preset.")
    ] = None,
    tasks: Annotated[str | None, typer.Option(help="Tasks, comma-separated.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Change a setting: model.setting=value.")
    ] = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="Number of seeds.")] = None,
    budget: Annotated[
        str | None, typer.Option(help="What training may cost: 90s, 5m or 1000steps.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="cpu or cuda.")] = None,
    precision: Annotated[str | None, typer.Option(help="float32, bfloat16 or float16.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Cells that run side by side.")] = 1,
    threads: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Threads of each cell; default: cores / workers. Networks train anew with another "
            "number.",
        ),
    ] = None,
    time_limit: Annotated[str | None, typer.Option(help="Of each cell, such as 10m.")] = None,
    memory_limit: Annotated[str | None, typer.Option(help="Of each cell, such as 8gb.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Run folder; default: runs/ and the suite's name.")
    ] = None,
    executor: Annotated[str, typer.Option(help="Where cells are executed.")] = "local",
    retry: Annotated[
        bool, typer.Option("--retry", help="Run failed, timed-out and out-of-memory cells again.")
    ] = False,
    seen: Annotated[
        str | None,
        typer.Option(
            help="Test items that weights were trained on: mark them, or exclude them from the "
            "scores of all models."
        ),
    ] = None,
    allow_leaky: Annotated[
        bool, typer.Option("--allow-leaky", help="Run tasks too that fail their audit.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the cells; build and run nothing.")
    ] = False,
    plugin: PluginFiles = None,
) -> None:
    """Run models on tasks. The same command resumes an interrupted run.

    Example: bench run quick --models kmer-svm,gc --workers 2
    """
    from bench.cli.display import ConsoleDisplay
    from bench.run.request import Changes, make_request, unused_options
    from bench.run.runner import run as run_request
    from bench.run.runner import writing

    registry = load_registry(plugin)
    changes = Changes(
        models=models,
        tasks=tasks,
        settings=tuple(set_ or ()),
        seeds=seeds,
        budget=budget,
        device=device,
        precision=precision,
        workers=workers,
        threads=threads,
        time_limit=time_limit,
        memory_limit=memory_limit,
        seen=seen,
    )
    request = make_request(
        what, changes, registry, load_tasks(registry),
        executor=executor, retry=retry, allow_leaky=allow_leaky,
    )  # fmt: skip
    for note in unused_options(request, registry):
        typer.echo(f"note: {note}", err=True)
    path = out if out is not None else RUNS / request.suite
    if dry_run:
        _show_plan(request, path, registry)
        return
    try:
        with writing(path) as folder:
            outcome = run_request(request, folder, registry, ConsoleDisplay())
    except KeyboardInterrupt:
        typer.echo("\ninterrupted; the same command goes on where it stopped", err=True)
        raise typer.Exit(INTERRUPTED) from None
    typer.echo(f"{path}: {_in_words(outcome)}; see: bench report {path}")
    if not outcome.is_well:
        raise typer.Exit(1)


def _in_words(outcome: Outcome) -> str:
    """Say in words how the cells of a run stand."""
    if outcome.asked_skipped and not outcome.failed:
        return "every cell that was asked for is skipped (reasons above)"
    if not outcome.failed and not outcome.skipped:
        return "all cells are well"
    words = [f"{outcome.well} {'cell' if outcome.well == 1 else 'cells'} well"]
    if outcome.skipped:
        words.append(f"{outcome.skipped} skipped (reasons above)")
    if outcome.failed:
        words.append(f"{outcome.failed} failed (--retry runs them again)")
    return ", ".join(words)


def _show_plan(request: RunRequest, path: Path, registry: Registry) -> None:
    from bench.cli.list_ import as_text
    from bench.run.preview import preview

    rows = preview(request, path, registry)
    typer.echo(as_text([row.columns() for row in rows]))
    waiting = sum(row.state.startswith("to run") for row in rows)
    cells = "1 cell" if len(rows) == 1 else f"{len(rows)} cells"
    typer.echo(f"{cells}, {waiting} to run; nothing was built or run")
