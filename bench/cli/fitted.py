"""A fitted model of a run, as a user names it, with what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from bench.interface.card import TaskKind
from bench.interface.errors import BenchError
from bench.interface.names import nearest

if TYPE_CHECKING:
    from bench.data.genome import GenomeStore
    from bench.effects.predictor import AllelePredictor
    from bench.effects.scores import Score
    from bench.interface.card import ModelCard
    from bench.run.result import CellSpec
    from bench.tasks.info import TaskInfo


RunArgument: TypeAlias = Annotated[Path, typer.Argument(help="Run folder.")]
RowOption: TypeAlias = Annotated[
    str, typer.Option("--model", help="Row of the run: name, name:preset or 'name setting=value'.")
]
TaskOption: TypeAlias = Annotated[
    str | None, typer.Option("--task", help="Task that the model was fitted on.")
]
SeedOption: TypeAlias = Annotated[int, typer.Option("--seed", help="Seed that it was fitted with.")]
ScoreOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--score",
        help="difference, log-odds, log-ratio or l2; default: log-odds of probabilities, "
        "log-ratio of profiles, else difference.",
    ),
]
TargetsOption: TypeAlias = Annotated[
    str | None, typer.Option("--targets", help="Targets, comma-separated; default: all.")
]
HeadOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--head", help="Head whose targets are predicted, where there are several."),
]


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A predictor of alleles with the cell that it comes from.

    Attributes:
        predictor: the model.
        label: its row in the run, with the task that it was fitted on.
        task: that task.
        length: bp that it reads.
        reads_whole_items: whether that is not its own, but that of items.
        task_folder: where the task was built.
    """

    predictor: AllelePredictor
    label: str
    task: TaskInfo
    length: int
    reads_whole_items: bool
    task_folder: Path


def open_fitted(
    run: Path,
    model: str,
    task: str | None,
    seed: int,
    *,
    head: str | None = None,
    targets: str | None = None,
    length: int | None = None,
    both_strands: bool = True,
) -> FittedModel:
    """Read back a fitted model of a run.

    Args:
        run: folder of the run.
        model: its row.
        task: on which it was fitted; None where the run has but one.
        seed: with which it was fitted.
        head: whose targets are predicted; None where there is but one.
        targets: their names, comma-separated; None for all.
        length: bp that are read, for a model that reads the whole of an item; None: as much as
            the median item of its task has.
        both_strands: see `AllelePredictor`.

    Raises:
        BenchError: no such cell, head or target, or another length than the model's own.
    """
    from bench.cli.predict import choose
    from bench.effects.predictor import AllelePredictor
    from bench.run.child import load_fitted
    from bench.run.row_name import row_label
    from bench.run.store import RunFolder

    folder = RunFolder(run)
    results = folder.results()
    result = choose(results, model, task, seed)
    # Predictions are the same on either device up to rounding, and a GPU may not be at hand.
    fitted = load_fitted(folder, result.cell.cell_id, device_at_hand(result.cell.device))
    info = folder.task(result.cell.task_key)
    names = tuple(info.heads)
    if head is None and len(names) > 1:
        raise BenchError(f"task {info.name} has heads {', '.join(names)}; choose one by --head")
    only = tuple(filter(None, (name.strip() for name in (targets or "").split(","))))
    return FittedModel(
        AllelePredictor(fitted, info.shape, head or names[0], both_strands, only),
        f"{row_label(result.cell, results)} on {info.name}",
        info,
        _length(fitted.card, result.cell, info, length),
        reads_whole_items(fitted.card, result.cell),
        Path(result.cell.task_folder),
    )


def device_at_hand(device: str) -> str:
    """Return the device of a cell, or `cpu` where there is no such one here."""
    if device == "cpu":
        return device
    import torch

    return device if torch.cuda.is_available() else "cpu"


def reads_whole_items(card: ModelCard, cell: CellSpec) -> bool:
    """Whether a model has no length of its own."""
    return card.input_length(cell.preset, cell.settings) is None


def _length(card: ModelCard, cell: CellSpec, info: TaskInfo, asked: int | None) -> int:
    own = card.input_length(cell.preset, cell.settings)
    if own is None:
        return asked or info.lengths[1]
    if asked not in {None, own}:
        raise BenchError(f"model {cell.model} reads {own:,} bp, not {asked:,}")
    return own


def chosen_score(word: str | None, fitted: FittedModel) -> Score:
    """Return the score that is asked for, or the one that fits the predictions.

    Raises:
        BenchError: no such score, or one that does not fit.
    """
    from bench.effects.scores import Score, default_score, refuse_unfit

    kind, output = fitted.task.kind, fitted.predictor.output
    if word is None:
        return default_score(kind, output)
    if word not in set(Score):
        raise BenchError(f"no score {word!r}; {nearest(word, [str(one) for one in Score])}")
    refuse_unfit(Score(word), kind, output)
    return Score(word)


def genome_behind(fasta: Path | None, build: str | None, fitted: FittedModel) -> GenomeStore:
    """Return the genome that is named, or the simulated one that the model was fitted on.

    Raises:
        BenchError: there is none, or it is another build than that of the model's task.
    """
    from bench.tasks.genomes import simulated_store, stored_genome

    own = fitted.predictor.genome or fitted.task.genome
    if fitted.task.kind is TaskKind.EXPRESSION:
        raise BenchError(
            f"task {fitted.task.name} is of genes, which are read at their TSS in the direction of "
            "transcription: give sequences that are so, as ref_sequence and alt_sequence of "
            "--table, or by --fasta without --region"
        )
    if build is not None and own is not None and build != own:
        raise BenchError(
            f"alleles are on build {build}, but the model was fitted on {own}: the same build is "
            "expected, since coordinates and flanks differ"
        )
    if fasta is not None:
        return stored_genome(fasta, build or fasta.name.partition(".")[0]).store
    store = simulated_store(own) if own else None
    if store is None:
        raise BenchError("no genome: name its FASTA or 2bit file by --fasta")
    return store
