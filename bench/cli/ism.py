"""`bench ism`: saturation mutagenesis by a model that a run has fitted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.fitted import (
    HeadOption,
    RowOption,
    RunArgument,
    ScoreOption,
    SeedOption,
    TargetsOption,
    TaskOption,
)
from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.cli.fitted import FittedModel
    from bench.effects.stretches import Stretch


def ism(
    run: RunArgument,
    model: RowOption,
    region: Annotated[
        list[str] | None,
        typer.Option(help="chrom:first-last, 1-based, both included; may be given several times."),
    ] = None,
    fasta: Annotated[
        Path | None,
        typer.Option(help="Genome of the regions, or the sequences where there is no region."),
    ] = None,
    out: Annotated[Path, typer.Option(help="New folder for tables and figures.")] = Path(
        "runs/ism"
    ),
    deletions: Annotated[
        int, typer.Option(min=0, help="Also delete every so many bases in a row.")
    ] = 0,
    insertion: Annotated[str, typer.Option(help="Also insert these bases before each base.")] = "",
    task: TaskOption = None,
    seed: SeedOption = 0,
    score: ScoreOption = None,
    targets: TargetsOption = None,
    head: HeadOption = None,
    length: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="bp that are read around a region, for models that read whole items; default: as "
            "long as the median item of the task.",
        ),
    ] = None,
    naive: Annotated[
        bool,
        typer.Option("--naive", help="Predict every sequence anew, also where a shorter way is."),
    ] = False,
    figures: Annotated[
        int, typer.Option(min=0, help="Sequences and targets that are drawn at most.")
    ] = 20,
) -> None:
    """Change every base of regions or sequences; tables, logos and heat maps of what that does.

    Example: bench ism runs/quick --model gkm-svm --task sim-binding --region sim1:2101-2300
    """
    from bench.cli.display import ConsoleDisplay
    from bench.cli.fitted import chosen_score, open_fitted
    from bench.data.files import atomic_folder
    from bench.effects.tables import MutagenesisRequest, run_mutagenesis
    from bench.report.effects.write import draw_all

    if out.exists():
        raise BenchError(f"{out} is there already; name a new folder by --out")
    if not region and fasta is None:
        raise BenchError("expected --region or --fasta")
    fitted = open_fitted(run, model, task, seed, head=head, targets=targets, length=length)
    chosen = chosen_score(score, fitted)
    # A sequence of its own is read as it is by a model that reads whole items.
    own = None if not region and fitted.reads_whole_items else fitted.length
    request = MutagenesisRequest(
        fitted.predictor, chosen, own, deletions, _bases(insertion), naive=naive
    )
    display = ConsoleDisplay()
    with atomic_folder(out) as folder:
        found = run_mutagenesis(request, _stretches(region, fasta, fitted), folder, display.step)
        names = fitted.predictor.targets
        drawn = draw_all(found, names, folder, fitted.label, str(chosen), figures)
    typer.echo(f"{out}: substitutions.tsv, importance.tsv and {drawn} figures")


def _bases(text: str) -> str:
    from bench.data.alphabet import encode

    try:
        encode(text)
    except ValueError as error:
        raise BenchError(f"--insertion {text!r}: {error}") from error
    return text.upper()


def _stretches(
    regions: list[str] | None, fasta: Path | None, fitted: FittedModel
) -> Iterator[Stretch]:
    from bench.cli.fitted import genome_behind
    from bench.data.fasta import read_fasta
    from bench.effects.stretches import Stretch

    if regions:
        genome = genome_behind(fasta, None, fitted)
        for text in regions:
            yield Stretch.of_region(genome, text)
        return
    assert fasta is not None
    for record in read_fasta(fasta):
        yield Stretch.of_record(record)
