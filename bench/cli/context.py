"""`bench context`: how much of what lies around an item a fitted model makes use of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.fitted import RowOption, RunArgument, SeedOption, TaskOption
from bench.interface.card import PLACES, Reads, UnknownBases
from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from bench.effects.context import Fill, Flanks
    from bench.interface.arrays import FloatArray
    from bench.interface.card import ModelCard
    from bench.run.context_record import ContextCurve, ContextRecord
    from bench.run.result import CellSpec, Result
    from bench.run.store import RunFolder
    from bench.tasks.store import BuiltTask

FILL_SEED = 0
"""One for all models, so that all are shown the same."""
SAME = 0.005
"""Scores that differ by less are the same but for rounding on another device."""
NO_FLANKS = (Reads.LENGTH, Reads.NOTHING, *PLACES)


def context(
    run: RunArgument,
    model: RowOption,
    task: TaskOption = None,
    seed: SeedOption = 0,
    radii: Annotated[
        str | None,
        typer.Option(
            help="bp that stay around an item's centre: 100,500,2k, or doublings 64:4k; k is "
            "1,024. Default: powers of two from 64, up to all that the model reads."
        ),
    ] = None,
    fill: Annotated[
        str,
        typer.Option(
            help="What takes the place of flanks: mask (N), shuffle (their dinucleotides) or "
            "replace (the flanks of other items)."
        ),
    ] = "mask",
    out: Annotated[Path, typer.Option(help="New folder for tables and figure.")] = Path(
        "runs/context"
    ),
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score a fitted model on its test items again, with what lies beyond a radius changed.

    Example: bench context runs/quick --model basset --task sim-accessibility --out context
    """
    from bench.cli.predict import choose
    from bench.data.files import atomic_folder
    from bench.report.effects.context import write_context
    from bench.run.row_name import row_label
    from bench.run.store import RunFolder

    if out.exists():
        raise BenchError(f"{out} is there already; name a new folder by --out")
    folder = RunFolder(run)
    results = folder.results()
    result = choose(results, model, task, seed)
    question = _question(folder, result, fill, radii)
    label = row_label(result.cell, results)
    with atomic_folder(out) as temporary:
        record, contributions = _answer(question, label)
        _warn_of_other_scores(record, result)
        write_context(record, contributions, f"{label} on {result.cell.task}", temporary)
    if json:
        typer.echo(record.model_dump_json(indent=1))
        return
    for curve in record.curves:
        typer.echo(_told(curve))
    typer.echo(f"{out}: tables and figure")


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of which cell; `length` is None for a model that reads whole items."""

    run: RunFolder
    result: Result
    task: BuiltTask
    flanks: Flanks
    length: int | None
    radii: tuple[int, ...]


def _question(run: RunFolder, result: Result, fill: str, radii: str | None) -> _Question:
    """Find all that is needed, the model aside.

    Raises:
        BenchError: no such fill or radius, a model that no flank matters to, or a task that is no
            longer there.
    """
    from bench.effects.context import Core, Fill, Flanks
    from bench.interface.names import nearest
    from bench.registry.model_class import load_model_class
    from bench.tasks.directions import turned_items

    if fill not in set(Fill):
        raise BenchError(f"no fill {fill!r}; {nearest(fill, [str(one) for one in Fill])}")
    cell = result.cell
    card = load_model_class(cell).card
    _refuse_unfit(card, Fill(fill))
    task = _built_task(cell)
    items = task.examples("test", with_items=card.uses_coordinates)
    length = card.input_length(cell.preset, cell.settings)
    core = Core.of(task.info.shape)
    reach = core.reach(int(items.lengths.max(initial=1)) if length is None else length)
    rows = task.rows("test")
    flanks = Flanks(
        items, Fill(fill), core,
        heads={head: task.is_of_head(head)[rows] for head in task.info.heads},
        turned=turned_items(task, "test"), seed=FILL_SEED,
    )  # fmt: skip
    return _Question(run, result, task, flanks, length, _radii(radii, reach, card.name))


def _refuse_unfit(card: ModelCard, fill: Fill) -> None:
    """Refuse a model whose predictions do not depend on bases, or that takes N for one.

    Raises:
        BenchError: it is one.
    """
    if card.reads in NO_FLANKS:
        raise BenchError(
            f"model {card.name} reads {card.reads}, expected one that reads the sequence around "
            "an item"
        )
    if fill == "mask" and card.unknown_bases is UnknownBases.AS_A:
        raise BenchError(
            f"model {card.name} reads N as A, so that a mask is a sequence to it; expected "
            "--fill shuffle or replace"
        )


def _built_task(cell: CellSpec) -> BuiltTask:
    """Open the task that a cell was fitted on.

    Raises:
        BenchError: it is no longer in the cache.
    """
    from bench.tasks.store import BuiltTask

    folder = Path(cell.task_folder)
    if not (folder / "task.json").is_file():
        raise BenchError(
            f"task {cell.task}: {folder} is no longer there; the same bench run command builds it "
            "again"
        )
    return BuiltTask(folder)


def _radii(text: str | None, reach: int, model: str) -> tuple[int, ...]:
    """Return the radii that are tried, the last of which changes nothing.

    Raises:
        BenchError: no such number, or one beyond what the model reads.
    """
    from bench.effects.context import default_radii
    from bench.profile.lengths import parse_lengths

    if reach < 1:
        raise BenchError(f"model {model} reads no further than what it predicts: it has no flanks")
    asked = default_radii(reach) if text is None else parse_lengths(text, "--radii")
    if asked and asked[-1] > reach:
        raise BenchError(
            f"--radii {asked[-1]}: model {model} reads {reach} bp on either side, expected no more"
        )
    return tuple(sorted({*asked, reach}))


def _answer(question: _Question, label: str) -> tuple[ContextRecord, pd.DataFrame | None]:
    """Score the model with what lies within each radius; see `contribution_table` for the rest."""
    from bench.cli.session import load_registry
    from bench.report.effects.context import contribution_table
    from bench.run.context_curve import context_curves, resampled_scores
    from bench.run.machine import core_count

    run, cell = question.run, question.result.cell
    truth = run.truth(cell.task_key)
    scores = {}
    for radius, predictions in _predicted(question):
        scores[radius] = resampled_scores(cell, predictions, truth, core_count())
    files = [Path(path) for path in cell.plugin_files if Path(path).is_file()]
    cards = {entry.name: entry.value for entry in load_registry(files).metrics}
    record = _record(question, label, context_curves(cell, cards, scores))
    return record, contribution_table(run, question.task.info, cell, predictions)


def _predicted(question: _Question) -> Iterator[tuple[int, FloatArray]]:
    from tempfile import TemporaryDirectory

    from bench.cli.display import ConsoleDisplay
    from bench.cli.fitted import device_at_hand
    from bench.effects.context import predicted_within
    from bench.run.child import load_fitted
    from bench.run.prediction import predict_heads

    cell = question.result.cell
    with TemporaryDirectory() as copies:
        device = device_at_hand(cell.device)
        model = load_fitted(question.run, cell.cell_id, device, Path(copies))
        yield from predicted_within(
            question.radii,
            question.flanks,
            lambda changed: predict_heads(model, changed, question.task),
            ConsoleDisplay().step("context"),
        )


def _record(question: _Question, label: str, curves: tuple[ContextCurve, ...]) -> ContextRecord:
    from bench.run.context_record import ContextRecord
    from bench.run.scoring import DRAWS

    cell, core = question.result.cell, question.flanks.core
    return ContextRecord(
        cell_id=cell.cell_id,
        model=label,
        task=cell.task,
        seed=cell.seed,
        fill=str(question.flanks.fill),
        fill_seed=FILL_SEED,
        input_length=question.length,
        radius_from="the centre" if core.before == 0 else "the predicted bins",
        core=(core.before, core.after),
        receptive_field=question.result.cost.receptive_field,
        items=len(question.flanks.items),
        draws=DRAWS,
        curves=curves,
    )


def _warn_of_other_scores(record: ContextRecord, result: Result) -> None:
    """Say where the full score is not that of the run, so that curves may not be trusted."""
    from bench.cli.session import warn

    scores = {metric.metric: metric.value for metric in result.metrics}
    for curve in record.curves:
        full, known = curve.points[-1].value, scores.get(curve.metric)
        if full is not None and known is not None and abs(full - known) > SAME * max(1, abs(known)):
            warn(
                f"{curve.metric} is {full:.4f} with all {curve.points[-1].radius:,} bp, but "
                f"{known:.4f} in the run: the model reads further than its card says, or computes "
                "less exactly on one of both devices"
            )


def _told(curve: ContextCurve) -> str:
    """Say in one line from which radius on enough is kept."""
    full = curve.points[-1]
    if full.value is None:
        return f"{curve.metric}: undefined"
    said = f"{curve.metric}: {full.value:.4f} with all"
    if curve.enough is None:
        return f"{said}; {curve.note}"
    said += f"; 95 % of the {curve.kept_of} from {curve.enough:,} bp on"
    if curve.enough_low is None:
        return f"{said} ({curve.note})"
    return f"{said} [{curve.enough_low:,}, {curve.enough_high:,}]"
