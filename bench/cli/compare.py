"""`bench compare`: differences between models of a run, on the same items."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.report import newest_run
from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from bench.run.compare import Comparison


def compare(
    models: Annotated[
        str,
        typer.Argument(help="Rows, comma-separated: name, name:preset or 'name setting=value'."),
    ],
    against: Annotated[str, typer.Argument(help="The row that they are compared with.")],
    task: Annotated[str, typer.Option(help="Task of the run.")],
    run: Annotated[
        Path | None, typer.Option(help="Run folder; default: the newest under runs/.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show differences of scores with 95 % intervals of the paired block bootstrap.

    Example: bench compare basset,kmer-svm shared-score --task yeast-chipexo --run runs/yeast
    """
    from bench.run.compare import compare as compared
    from bench.run.machine import core_count
    from bench.run.store import RunFolder

    names = [name.strip() for name in models.split(",")]
    if not all(names):
        raise BenchError(f"{models!r}: expected names separated by single commas")
    folder = RunFolder(run if run is not None else newest_run())
    found = compared(folder, names, against, task, core_count())
    if json:
        import json as format_

        rows = [one.model_dump(mode="json") for one in found]
        typer.echo(format_.dumps(rows, indent=1))
        return
    typer.echo(f"score less that of {found[0].against} on {task}; {found[0].blocks} blocks")
    width = max(len(one.model) for one in found)
    for one in found:
        typer.echo(f"{one.metric:8} {one.model:{width}} {_shown(one)}")


def _shown(one: Comparison) -> str:
    if one.difference is None:
        return "N/A"
    if one.low is None:
        return f"{one.difference:+.4f} ({one.note})"
    return f"{one.difference:+.4f} [{one.low:+.4f}, {one.high:+.4f}]"
