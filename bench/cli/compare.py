"""`bench compare`: differences between models of a run, on the same items."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.report import check_margin, newest_run, used_plugins
from bench.cli.session import PluginFiles, load_registry
from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.run.pairs import Comparison


def compare(
    models: Annotated[
        str | None,
        typer.Argument(
            help="Rows, comma-separated: name, name:preset or 'name setting=value'; default: all."
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Argument(help="The row that they are compared with; default: each with each."),
    ] = None,
    *,
    task: Annotated[str, typer.Option(help="Task of the run.")],
    run: Annotated[
        Path | None, typer.Option(help="Run folder; default: the newest under runs/.")
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(help="Difference of scores below which two models are as good."),
    ] = None,
    plugin: PluginFiles = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say which differences of scores are real, by the paired block bootstrap.

    P-values are corrected for the number of pairs, for each metric by itself.

    Example: bench compare basset,kmer-svm shared-score --task yeast-chipexo --run runs/yeast
    """
    from bench.run.compare import compare as compared
    from bench.run.machine import core_count
    from bench.run.store import RunFolder
    from bench.tasks.certificate import Verdict

    names = [] if models is None else [name.strip() for name in models.split(",")]
    if not all(names):
        raise BenchError(f"{models!r}: expected names separated by single commas")
    check_margin(margin)
    folder = RunFolder(run if run is not None else newest_run())
    registry = load_registry(used_plugins(folder, plugin))
    if task in folder.index().tasks:
        certificate = folder.certificate(folder.index().tasks[task])
        if certificate is not None and certificate.verdict is Verdict.FAIL:
            typer.echo(f"note: {task} fails its audit: {certificate.reasons[0]}", err=True)
    found = compared(folder, registry, names, against, task, margin, core_count())
    if json:
        import json as format_

        rows = [one.model_dump(mode="json") for one in found]
        typer.echo(format_.dumps(rows, indent=1))
        return
    for line in _lines(found, with_one=against is not None):
        typer.echo(line)


def _lines(found: Sequence[Comparison], *, with_one: bool) -> list[str]:
    first = found[0]
    if with_one:
        head = f"score less that of {first.against} on {first.task}"
        labels = [one.model for one in found]
    else:
        head = f"score of the first less that of the second on {first.task}"
        labels = [f"{one.model} - {one.against}" for one in found]
    wide, metric = max(map(len, labels)), max(8, *(len(one.metric) for one in found))
    shown = [_shown(one) for one in found]
    number = max(map(len, shown))
    explained = (
        "95 % interval, standard errors from sampling and from seeds, and P-value after Holm's "
        f"correction for {_pairs(found)} of a metric"
    )
    lines = [f"{head}; {first.blocks} blocks", explained]
    for one, label, difference in zip(found, labels, shown, strict=True):
        told = [f"{one.metric:{metric}} {label:{wide}} {difference:{number}}"]
        if one.difference is not None:
            told.append(f"  {_errors(one)}  {_p(one.p_adjusted)}  {one.verdict}")
        lines.append("".join(told).rstrip())
    notes = {note for one in found for note in one.note.split("; ") if note and one.low is not None}
    return lines + sorted(notes)


def _pairs(found: Sequence[Comparison]) -> str:
    counts = sorted({one.pairs or 0 for one in found})
    words = " or ".join(map(str, counts))
    return f"{words} pair" if counts == [1] else f"{words} pairs"


def _shown(one: Comparison) -> str:
    if one.difference is None:
        return f"N/A ({one.note})"
    if one.low is None:
        return f"{one.difference:+.4f} ({one.note})"
    return f"{one.difference:+.4f} [{one.low:+.4f}, {one.high:+.4f}]"


def _errors(one: Comparison) -> str:
    seed = "N/A" if one.seed_error is None else f"{one.seed_error:.4f}"
    sampling = "N/A" if one.sampling_error is None else f"{one.sampling_error:.4f}"
    return f"sampling {sampling}, seeds {seed}"


def _p(value: float | None) -> str:
    if value is None:
        return "p N/A"
    return "p < 0.0001" if value < 0.0001 else f"p = {value:.4f}"
