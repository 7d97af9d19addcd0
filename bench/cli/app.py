"""The verbs together, and what happens to errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from bench import __version__
from bench.cli import (
    audit,
    check,
    compare,
    context,
    data,
    ism,
    list_,
    motifs,
    new,
    predict,
    profile,
    report,
    run,
    variants,
)
from bench.interface.errors import BenchError

BAD_INPUT = 2

app = typer.Typer(
    name="bench",
    no_args_is_help=True,
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def version(
    show: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True)
    ] = False,
) -> None:
    """Benchmark models that predict transcriptional regulation from DNA sequence."""
    if show:
        typer.echo(f"cisbench {__version__}")
        raise typer.Exit


app.command("run")(run.run)
app.command("profile")(profile.profile)
app.command("report")(report.report)
app.command("compare")(compare.compare)
app.command("list")(list_.list_)
app.add_typer(data.app, name="data")
app.command("predict")(predict.predict)
app.command("ism")(ism.ism)
app.command("motifs")(motifs.motifs)
app.command("variants")(variants.variants)
app.command("context")(context.context)
app.command("audit")(audit.audit)
app.command("new")(new.new)
app.command("check")(check.check)


def run_app(arguments: Sequence[str]) -> int:
    """Run one verb; return its exit code. An error of the user is one line, never a traceback."""
    try:
        # Wrong usage and --help are handled inside, which ends with SystemExit.
        app(args=list(arguments), prog_name="bench")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except BenchError as error:
        return fail(str(error), BAD_INPUT)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return fail(f"{place}{error.strerror or error}", BAD_INPUT)
    return 0


def fail(message: str, code: int) -> int:
    """Print one line on standard error and return the exit code."""
    line = " ".join(message.split())
    typer.echo(f"error: {line}", err=True)
    return code
