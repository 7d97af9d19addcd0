"""`bench report`: tables, figures and one HTML page of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.run import RUNS
from bench.cli.session import PluginFiles, load_registry
from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from bench.profile.folder import ProfileFolder
    from bench.run.store import RunFolder


def report(
    run: Annotated[
        Path | None, typer.Argument(help="Run folder; default: the newest under runs/.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write; default: RUN/report.")] = None,
    leaderboard: Annotated[
        Path | None,
        typer.Option(help="Of a profile: run folder whose scores are drawn against its costs."),
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(help="Of a run: difference of scores below which two models are as good."),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Write nothing: compute all scores of a run again from its stored predictions, "
            "print those that differ, and exit with 1 where any does.",
        ),
    ] = False,
    plugin: PluginFiles = None,
) -> None:
    """Write tables, figures and a self-contained HTML page of a run or a profile.

    Example: bench report runs/quick
    """
    from bench.profile.folder import ProfileFolder
    from bench.report.write import write
    from bench.run.machine import core_count
    from bench.run.store import RunFolder
    from bench.run.trust import take_along

    check_margin(margin)
    folder = run if run is not None else newest_run()
    profile = ProfileFolder(folder)
    if profile.index_file.is_file():
        if margin is not None:
            raise BenchError(f"{folder} is a profile; --margin belongs to a run")
        if verify:
            raise BenchError(f"{folder} is a profile; --verify belongs to a run")
        typer.echo(_profile_report(profile, out or folder / "report", leaderboard, plugin))
        return
    if leaderboard is not None:
        raise BenchError(f"{folder} is no profile; --leaderboard belongs to one")
    stored = RunFolder(folder)
    registry = load_registry(used_plugins(stored, plugin))
    if verify and margin is not None:
        raise BenchError("--margin changes no score that --verify could compute again")
    if verify:
        _verify(stored)
        return
    for line in take_along(stored):
        typer.echo(line, err=True)
    files = write(stored, out or folder / "report", registry, core_count(), margin)
    typer.echo(files.html)


def _verify(run: RunFolder) -> None:
    """Print which stored scores do not follow from what is stored; exit with 1 where any."""
    from bench.cli.display import ConsoleDisplay
    from bench.run.machine import core_count
    from bench.run.recompute import recompute
    from bench.run.result import Status

    found = list(recompute(run, core_count(), ConsoleDisplay().step("scores")))
    for one in found:
        typer.echo(one)
    if found:
        raise typer.Exit(1)
    results = run.results()
    count = sum(result.status is Status.OK for result in results)
    cells = "1 cell follow" if count == 1 else f"{count} cells follow"
    missing = len(run.index().slots) - len(results)
    told = f"; {missing} of the run have no result" if missing else ""
    typer.echo(f"{run.path}: the scores of {cells} from what is stored{told}")


def _profile_report(
    profile: ProfileFolder, out: Path, leaderboard: Path | None, plugin: list[Path] | None
) -> Path:
    from bench.report.speed.write import write_profile
    from bench.report.view import view_run
    from bench.run.store import RunFolder

    board = None
    if leaderboard is not None:
        stored = RunFolder(leaderboard)
        board = view_run(stored, load_registry(used_plugins(stored, plugin)))
    return write_profile(profile, out, board)


def used_plugins(run: RunFolder, named: list[Path] | None) -> list[Path]:
    """Return plugin files that were named, and those that the run was made with, if they exist."""
    used = {Path(path) for result in run.results() for path in result.cell.plugin_files}
    files = [path.resolve() for path in named or ()]
    return files + sorted(path for path in used - set(files) if path.is_file())


def check_margin(margin: float | None) -> None:
    """Refuse a margin of equivalence that is none.

    Raises:
        BenchError: it is not a positive number.
    """
    if margin is not None and not 0 < margin < float("inf"):
        raise BenchError(f"--margin {margin:g}: expected a positive number")


def newest_run() -> Path:
    """Return the folder of a run or profile that changed last.

    Raises:
        BenchError: there is none.
    """
    indices = [*RUNS.glob("*/run.json"), *RUNS.glob("*/profile.json")]
    found = sorted(indices, key=lambda path: path.stat().st_mtime)
    if not found:
        raise BenchError(f"no run under {RUNS}/; start one with: bench run quick")
    return found[-1].parent
