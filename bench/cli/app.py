"""The verbs together, and what happens to errors."""

from __future__ import annotations

from collections.abc import Sequence

import click
import typer

from bench.cli import data, list_, predict, report, run
from bench.interface.errors import BenchError

BAD_USAGE = 2
INTERRUPTED = 130

app = typer.Typer(
    name="bench",
    help="Benchmark models that predict transcriptional regulation from DNA sequence.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("run")(run.run)
app.command("report")(report.report)
app.command("list")(list_.list_)
app.add_typer(data.app, name="data")
app.command("predict")(predict.predict)


def run_app(arguments: Sequence[str]) -> int:
    """Run one verb; return its exit code. An error of the user is one line, never a traceback."""
    command = typer.main.get_command(app)
    try:
        code = command.main(list(arguments), prog_name="bench", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return BAD_USAGE
    except (click.Abort, KeyboardInterrupt):
        return fail("interrupted; the same command goes on where it stopped", INTERRUPTED)
    except BenchError as error:
        return fail(str(error), BAD_USAGE)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return fail(f"{place}{error.strerror or error}", BAD_USAGE)
    return code if isinstance(code, int) else 0


def fail(message: str, code: int) -> int:
    """Print one line on standard error and return the exit code."""
    line = " ".join(message.split())
    typer.echo(f"error: {line}", err=True)
    return code
