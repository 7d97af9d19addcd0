"""`bench predict`: score sequences with a model that a run has fitted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from bench.run.result import Result


def predict(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    fasta: Annotated[Path, typer.Option(help="Sequences to score: FASTA, plain or compressed.")],
    model: Annotated[
        str, typer.Option(help="Row of the run: name, name:preset or 'name setting=value'.")
    ],
    task: Annotated[str | None, typer.Option(help="Task that it was fitted on.")] = None,
    seed: Annotated[int, typer.Option(help="Seed that it was fitted with.")] = 0,
    out: Annotated[Path | None, typer.Option(help="TSV file; default: standard output.")] = None,
) -> None:
    """Score the sequences of a FASTA file; one line for each, one column for each target.

    Example: bench predict runs/quick --model kmer-svm --task sim-binding --fasta new.fa
    """
    import sys

    import numpy as np
    import pandas as pd

    from bench.data.examples import ArrayExamples
    from bench.data.fasta import read_fasta
    from bench.data.files import atomic_file
    from bench.run.child import load_fitted
    from bench.run.store import RunFolder

    folder = RunFolder(run)
    result = choose(folder.results(), model, task, seed)
    fitted = load_fitted(folder, result.cell.cell_id)
    if fitted.card.uses_coordinates:
        raise BenchError(f"model {model} reads coordinates, which a FASTA file does not give")
    records = list(read_fasta(fasta))
    examples = ArrayExamples([record.codes for record in records])
    predictions = np.asarray(fitted.predict(examples))
    if predictions.ndim > 2:
        raise BenchError(f"model {model} predicts profiles, which are no table of sequences")
    names = folder.task(result.cell.task_key).target_names
    table = pd.DataFrame(predictions, columns=list(names))
    table.insert(0, "sequence", [record.name for record in records])
    if out is None:
        table.to_csv(sys.stdout, sep="\t", index=False, float_format="%.6g")
        return
    with atomic_file(out) as temporary:
        table.to_csv(temporary, sep="\t", index=False, float_format="%.6g")


def choose(results: list[Result], model: str, task: str | None, seed: int) -> Result:
    """Find the one finished cell that is meant.

    Raises:
        BenchError: none or several fit; the text says which there are.
    """
    from bench.run.result import Status
    from bench.run.row_name import cells_named, row_label

    finished = [result for result in results if result.status is Status.OK]
    of_task = [result for result in cells_named(finished, model) if result.cell.task == task]
    if of_task and all(result.cell.alleles is not None for result in of_task):
        raise BenchError(
            f"models of task {task} were fitted on other tasks, and score variants there: name by "
            "--task the task that it was fitted on"
        )
    finished = [result for result in finished if result.cell.alleles is None]
    named = cells_named(finished, model)
    fitting = [
        result
        for result in named
        if (task is None or result.cell.task == task) and result.cell.seed == seed
    ]
    if len(fitting) != 1:
        shown = fitting or named or finished
        places = ", ".join(
            f"{row_label(cell, shown)} on {cell.task} seed {cell.seed}"
            for cell in (result.cell for result in shown)
        )
        raise BenchError(
            f"{len(fitting)} cells match, expected one; choose with --model 'name:preset "
            f"setting=value', --task and --seed among: {places}"
        )
    return fitting[0]
