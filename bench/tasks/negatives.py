"""Adds the negatives that a manifest asks for to the positives of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.data.manifest import Negatives, TaskManifest
from bench.data.negatives import matched_windows
from bench.data.shuffle import dinucleotide_shuffles, mononucleotide_shuffles
from bench.interface.errors import BenchError
from bench.tasks.collected import Collected, item_frame

if TYPE_CHECKING:
    import pandas as pd

    from bench.data.genome import GenomeStore
    from bench.interface.arrays import CodeArray, IntArray


SHUFFLES = {
    "dinucleotide-shuffle": dinucleotide_shuffles,
    "mononucleotide-shuffle": mononucleotide_shuffles,
}


def add_negatives(
    collected: Collected, task: TaskManifest, genome: GenomeStore | None, name: str
) -> tuple[Collected, dict[str, int]]:
    """Append negatives; return all items and the number of negatives that could not be made.

    Raises:
        BenchError: the rule does not fit the task.
    """
    rule = task.negatives
    if rule is None:
        return collected, {}
    if len(collected.target_names) != 1:
        raise BenchError(f"task {name}: negatives can be made for one target only")
    rows = _positives(collected, rule)
    if not len(rows):
        raise BenchError(f"task {name}: no positives to make negatives for")
    on_genome = genome is not None and collected.sequences is None
    if on_genome != (rule.method == "matched-windows"):
        needs = "sequences" if on_genome else "a genome"
        raise BenchError(f"task {name}: negatives method {rule.method!r} needs items with {needs}")
    if rule.method == "matched-windows":
        assert genome is not None
        return _matched(collected, rows, rule, genome)
    return _shuffled(collected, rows, rule), {}


def _positives(collected: Collected, rule: Negatives) -> IntArray:
    positive = collected.targets[:, 0] == 1
    given = collected.frame["split"]
    chosen = positive & ((given == "") | given.isin(rule.splits)).to_numpy()
    return np.flatnonzero(chosen)


def _shuffled(collected: Collected, rows: IntArray, rule: Negatives) -> Collected:
    assert collected.sequences is not None
    originals = [collected.sequences[row] for row in rows]
    shuffled: list[CodeArray] = []
    shuffle = SHUFFLES[rule.method]
    for round_ in range(rule.per_positive):
        shuffled += shuffle(originals, rule.seed + round_)
    parents = np.tile(rows, rule.per_positive)
    numbers = np.repeat(np.arange(1, rule.per_positive + 1), len(rows))
    frame = collected.frame.iloc[parents].reset_index(drop=True)
    frame["item"] = frame["item"] + [f"/shuffle{number}" for number in numbers]
    return _append(collected, frame, shuffled, parents)


def _matched(
    collected: Collected, rows: IntArray, rule: Negatives, genome: GenomeStore
) -> tuple[Collected, dict[str, int]]:
    found = matched_windows(
        genome,
        collected.frame.iloc[rows],
        collected.frame,
        seed=rule.seed,
        gc_tolerance=rule.gc_tolerance,
        per_positive=rule.per_positive,
    )
    windows = found.windows
    parents = rows[windows["parent"].to_numpy()]
    names = zip(windows["chrom"], windows["start"], windows["end"], strict=True)
    frame = item_frame(
        [f"{chrom}:{start}-{end}/matched" for chrom, start, end in names],
        windows["chrom"].tolist(),
        windows["start"].tolist(),
        windows["end"].tolist(),
        split=collected.frame["split"].iloc[parents].tolist(),
    )
    wanted = len(rows) * rule.per_positive
    shortfall = wanted - len(windows)
    missing = {"no matched negative window found": shortfall} if shortfall else {}
    return _append(collected, frame, None, None), missing


def _append(
    collected: Collected,
    frame: pd.DataFrame,
    sequences: list[CodeArray] | None,
    parents: IntArray | None,
) -> Collected:
    import pandas as pd

    count = len(collected)
    origins = np.arange(count, count + len(frame)) if parents is None else parents
    return Collected(
        pd.concat([collected.frame, frame], ignore_index=True),
        np.concatenate([collected.targets, np.zeros((len(frame), 1), dtype=np.float32)]),
        collected.heads,
        None if collected.sequences is None else collected.sequences + (sequences or []),
        np.concatenate([collected.origins, origins]),
        collected.left_out,
    )
