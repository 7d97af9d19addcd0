"""`bench motifs`: whether a fitted model has found the motifs that are there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    from collections.abc import Callable, Sequence

    from bench.cli.fitted import FittedModel
    from bench.data.motifs import Motif
    from bench.effects.learned import LearnedMotifs
    from bench.effects.recovery import Recovery
    from bench.interface.context import Progress
    from bench.tasks.store import BuiltTask

SIMULATED = "simulated"


def motifs(
    run: RunArgument,
    model: RowOption,
    motif_file: Annotated[
        str | None,
        typer.Option(
            "--motifs",
            help="Known motifs: a MEME or JASPAR file, or simulated; default: the factors of the "
            "task's genome where it was simulated.",
        ),
    ] = None,
    items: Annotated[
        int, typer.Option(min=2, help="Test items with functional sites that are changed at most.")
    ] = 200,
    out: Annotated[Path, typer.Option(help="New folder for tables and the figure.")] = Path(
        "runs/motifs"
    ),
    task: TaskOption = None,
    seed: SeedOption = 0,
    score: ScoreOption = None,
    targets: TargetsOption = None,
    head: HeadOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare importance with planted sites, and filters or k-mers with known motifs.

    Example: bench motifs runs/quick --model gkm-svm --task sim-accessibility
    """
    from bench.cli.display import ConsoleDisplay
    from bench.cli.fitted import open_fitted
    from bench.data.files import atomic_folder
    from bench.tasks.store import BuiltTask

    if out.exists():
        raise BenchError(f"{out} is there already; name a new folder by --out")
    fitted = open_fitted(run, model, task, seed, head=head, targets=targets)
    built = BuiltTask(fitted.task_folder)
    if not (built.folder / "task.json").is_file():
        raise BenchError(
            f"task {fitted.task.name} is no longer at {built.folder}; `bench data build "
            f"{fitted.task.name}` makes it again"
        )
    known = _known_motifs(motif_file, fitted)
    step = ConsoleDisplay().step
    record: dict[str, Any] = {
        "model": fitted.label, "task": fitted.task.name, "targets": fitted.predictor.targets,
    }  # fmt: skip
    with atomic_folder(out) as folder:
        told = [
            *_recovery(fitted, built, items, score, folder, record, step),
            *_matches(fitted, built, known, motif_file or SIMULATED, folder, record, step),
        ]
        if not {"recovery", "motifs"} & set(record):
            raise BenchError("; ".join(told))
        _write_record(folder / "motifs.json", record)
        written = sorted(path.name for path in folder.iterdir())
    if json:
        typer.echo(_json_of(record))
        return
    for line in told:
        typer.echo(line)
    typer.echo(f"{out}: {', '.join(written)}")


def _known_motifs(word: str | None, fitted: FittedModel) -> list[Motif]:
    from bench.data.motifs import read_motifs
    from bench.tasks.planted_sites import is_simulated, simulated_motifs

    if word is None and not is_simulated(fitted.task.genome):
        raise BenchError(
            f"task {fitted.task.name} was not simulated: name a file of known motifs by --motifs"
        )
    if word in {None, SIMULATED}:
        return simulated_motifs(fitted.task.genome)
    return read_motifs(Path(str(word)))


def _recovery(
    fitted: FittedModel,
    built: BuiltTask,
    items: int,
    score: str | None,
    folder: Path,
    record: dict[str, Any],
    step: Callable[[str], Progress],
) -> list[str]:
    """Write how well bases in planted sites are found; return lines that say so."""
    from bench.cli.fitted import chosen_score
    from bench.cli.planted_bases import head_rows, planted_bases
    from bench.effects.called import called_shares, factor_shares
    from bench.effects.motif_tables import flat_table
    from bench.effects.recovery import recoveries
    from bench.tasks.planted_sites import planted_sites

    chosen = chosen_score(score, fitted)
    targets = fitted.predictor.targets
    planted = planted_sites(fitted.task, built.folder, targets)
    if planted is None:
        return [f"task {fitted.task.name} was not simulated: no sites are known"]
    rows = head_rows(built, fitted.predictor.head)
    bases = planted_bases(fitted, built, rows, planted, items, chosen, step("items"))
    found = recoveries(bases.functional, targets, progress=step("intervals"))
    shares = [
        *factor_shares(bases.functional, found, targets), *called_shares(bases.idle, found, targets)
    ]  # fmt: skip
    _write_table(flat_table(found), folder / "bases.tsv")
    _write_table(flat_table(shares), folder / "sites.tsv")
    record |= {"score": str(chosen), "recovery": found, "called": shares}
    return [_told(found[-1], len(bases.functional))]


def _told(found: Recovery, items: int) -> str:
    def shown(name: str) -> str:
        one = getattr(found, name)
        return f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"

    return (
        f"bases in sites, {found.target}, {items} items: AUROC {shown('auroc')}, AUPRC "
        f"{shown('auprc')} (prevalence {found.prevalence:.3f}), precision = recall "
        f"{shown('equal')}, best F1 {shown('f1')}"
    )


def _matches(
    fitted: FittedModel,
    built: BuiltTask,
    known: Sequence[Motif],
    source: str,
    folder: Path,
    record: dict[str, Any],
    step: Callable[[str], Progress],
) -> list[str]:
    """Write which known motifs the model's own match; return lines that say so."""
    import numpy as np

    from bench.cli.planted_bases import head_rows
    from bench.data.motifs import write_meme
    from bench.effects.learned import learned_motifs
    from bench.effects.matching import SIGNIFICANT, match_motifs
    from bench.effects.motif_tables import match_table, named_motifs

    rows = head_rows(built, fitted.predictor.head)
    examples = built.examples("test")[np.searchsorted(built.rows("test"), rows)]
    learned = learned_motifs(fitted.predictor, examples, fitted.length, step)
    if learned is None or not learned.motifs:
        reason = "tells no filters, k-mers or motifs" if learned is None else learned.told
        return [f"{fitted.label}: {reason}: no motifs of its own to compare"]
    matches = match_motifs(learned.motifs, known, progress=step("matches"))
    table = match_table(learned.motifs, known, matches)
    _write_table(table, folder / "filters.tsv")
    write_meme(folder / "filters.meme", learned.motifs, np.full(4, 0.25))
    named = named_motifs(known, matches)
    record["motifs"] = {
        "kind": learned.kind, "told": learned.told, "source": source, "known": len(known),
        "named": named, "matches": table.to_dict("records"),
    }  # fmt: skip
    _draw(fitted.label, learned, known, matches, folder)
    sure = int((table["q_value"] < SIGNIFICANT).sum())
    told = (
        f"{sure} of {len(table)} match a known motif at q < {SIGNIFICANT}; {len(named)} of "
        f"{len(known)} known motifs are the best match of one"
    )
    return [learned.told, told]


def _draw(
    label: str, learned: LearnedMotifs, known: Sequence[Motif], matches: Sequence[Any], folder: Path
) -> None:
    from bench.report.effects.motif_figure import draw_matches
    from bench.report.style import render

    figure = draw_matches(f"{label}: {learned.kind}", learned.motifs, known, matches)
    for form in ("png", "svg"):
        (folder / f"motifs.{form}").write_bytes(render(figure, form))


def _write_table(table: Any, path: Path) -> None:  # noqa: ANN401  pandas loads late
    table.to_csv(path, sep="\t", index=False, float_format="%.6g")


def _write_record(path: Path, record: dict[str, Any]) -> None:
    path.write_text(_json_of(record) + "\n")


def _json_of(record: dict[str, Any]) -> str:
    import json

    from bench.effects.motif_tables import plain

    return json.dumps(plain(record), indent=1)
