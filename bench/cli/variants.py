"""`bench variants`: what alleles do, by a model that a run has fitted."""

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
    from collections.abc import Iterable

    from bench.effects.records import AlleleRecord
    from bench.effects.variants import LeftOut

SHOWN = 5
"""Records that do not fit the genome of which a line is printed; a file has them all."""


def variants(
    run: RunArgument,
    model: RowOption,
    out: Annotated[
        list[Path],
        typer.Option(help="Output: .vcf, .vcf.gz, .parquet or .tsv; may be given several times."),
    ],
    vcf: Annotated[Path | None, typer.Option(help="Alleles: VCF, plain or gzip.")] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            help="Alleles: tab-separated, with columns chrom, pos (1-based), ref and alt, or "
            "ref_sequence and alt_sequence."
        ),
    ] = None,
    fasta: Annotated[
        Path | None,
        typer.Option(help="Genome: FASTA or 2bit; default: the simulated one of the task."),
    ] = None,
    build: Annotated[
        str | None,
        typer.Option(help="Genome build of the alleles; an error if the model's is another."),
    ] = None,
    task: TaskOption = None,
    seed: SeedOption = 0,
    score: ScoreOption = None,
    targets: TargetsOption = None,
    head: HeadOption = None,
    length: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="bp that are read, for models that read whole items; default: as long as the "
            "median item of the task.",
        ),
    ] = None,
    shifts: Annotated[
        str, typer.Option(help="bp by which windows are moved; predictions are their mean.")
    ] = "0",
    one_strand: Annotated[
        bool, typer.Option("--one-strand", help="Predict the given strand alone.")
    ] = False,
    skip_mismatch: Annotated[
        bool,
        typer.Option(
            "--skip-mismatch", help="Leave out and count alleles that do not fit the genome."
        ),
    ] = False,
) -> None:
    """Score alleles: alternative against reference, positive where the alternative is more active.

    Example: bench variants runs/quick --model gkm-svm --task sim-binding --vcf my.vcf --out my.tsv
    """
    from bench.cli.display import Counter
    from bench.cli.fitted import chosen_score, genome_behind, open_fitted
    from bench.data.vcf import VcfReader
    from bench.effects.records import AlleleTable, vcf_records
    from bench.effects.variants import LeftOut, VariantScorer, checked_shifts
    from bench.effects.writers import Origin, writing

    if (vcf is None) == (table is None):
        raise BenchError("expected either --vcf or --table")
    given_path = vcf or table
    assert given_path is not None
    if given_path.resolve() in [path.resolve() for path in out]:
        raise BenchError(f"{given_path} is the input; name another output")
    reader = None if vcf is None else VcfReader(vcf)
    rows = None if table is None else AlleleTable(table)
    fitted = open_fitted(
        run, model, task, seed, head=head, targets=targets, length=length,
        both_strands=not one_strand,
    )  # fmt: skip
    chosen = chosen_score(score, fitted)
    given = rows is not None and rows.has_sequences
    genome = None if given else genome_behind(fasta, build, fitted)
    moved = checked_shifts(shifts, fitted.length)
    scorer = VariantScorer(
        fitted.predictor, chosen, fitted.length, genome, moved, skip_mismatch=skip_mismatch,
        whole_items=fitted.reads_whole_items and length is None,
    )  # fmt: skip
    records: Iterable[AlleleRecord]
    if reader is not None:
        records, path = vcf_records(reader), reader.path
    else:
        assert rows is not None
        records, path = rows, rows.path
    origin = Origin(
        fitted.label, str(chosen), genome.name if genome else "", fitted.predictor.targets
    )
    left_out, count = LeftOut(), Counter("variants")
    header = reader.header if reader else None
    with writing(out, origin, header, rows.columns if rows else ()) as writers:
        for scored in scorer.scored(records, path, left_out):
            for writer in writers:
                writer.write(scored)
            count.add(len(scored.scores))
    count.end()
    _tell(left_out, out[0])


def _tell(left_out: LeftOut, out: Path) -> None:
    """Say what was left out, and write every line of it to a file."""
    from bench.data.files import atomic_file

    path = out.with_name(f"{out.name}.left-out.tsv")
    path.unlink(missing_ok=True)
    for reason, number in left_out.counts.items():
        if number:
            typer.echo(f"left out: {number:,} alleles: {reason}", err=True)
    for line, reason in left_out.lines[:SHOWN]:
        typer.echo(f"  line {line}: {reason}", err=True)
    if left_out.lines:
        with atomic_file(path) as temporary:
            text = "".join(f"{line}\t{reason}\n" for line, reason in left_out.lines)
            temporary.write_text(f"line\treason\n{text}")
        typer.echo(f"  all: {path}", err=True)
