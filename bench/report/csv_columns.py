"""What the columns of the report's CSV files mean, for the reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.report.budget import CSV_COLUMNS
from bench.report.comparisons import PAIRS
from bench.report.csv_tables import COSTS, LEADERBOARD, REACH, TARGETS

HEADERS: Mapping[str, Sequence[str]] = {
    "leaderboard": LEADERBOARD,
    "targets": TARGETS,
    "costs": COSTS,
    "reach": REACH,
    "pairs": PAIRS,
    "budget": CSV_COLUMNS,
}
"""File, without `.csv` -> its columns in order."""

ROW = {
    "task": "name of the task",
    "label": "name of the row: the model, and whatever differs from its default",
    "model": "name of the model",
    "preset": "name of its preset",
    "seed": "seed of the cell",
}

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "leaderboard": {
        **ROW,
        "kind": "kind of the task",
        "settings": "all settings of the model, as JSON",
        "device": "cpu or cuda",
        "precision": "float32, bfloat16 or float16",
        "budget_seconds": "seconds that training could take; empty: no such limit",
        "budget_steps": "updates that training could take; empty: no such limit",
        "metric": "name of the metric",
        "value": "mean over targets and seeds; empty: no score",
        "low": "lower end of the 95 % interval, the mean over seeds",
        "high": "upper end of the 95 % interval, the mean over seeds",
        "seeds": "seeds with a result",
        "seed_sd": "standard deviation of the score over seeds; empty for one seed",
        "status": "ok, or what happened to seeds that did not end well",
        "test_items": "test items that are scored",
        "blocks": "blocks of these",
        "few_blocks": "whether the blocks are too few for a reliable interval",
        "targets_defined": "targets with a score, the least over seeds",
        "targets_degenerate": "targets without a score, the most over seeds",
        "prevalence": "share of positives of these items, the mean over targets; empty of numbers",
        "dataset_hash": "SHA-256 of items, sequences and targets",
        "split_hash": "SHA-256 of item ids with their split and block",
        "rank": "1 + the number of rows that are significantly better, themselves or by way of "
        "others; of the main metric alone",
        "audit": "verdict on the task: pass, warn or fail; empty: it was never audited",
        "left_out": "test items that are not scored, since weights of some model have seen them",
    },
    "targets": {
        **ROW,
        "metric": "name of the metric",
        "target": "name of the target",
        "value": "score of the target; empty: undefined",
        "low": "lower end of its 95 % interval",
        "high": "upper end of its 95 % interval",
        "items": "test items with a measured value",
        "prevalence": "share of positives among these; empty of numbers",
        "note": "why a score or interval is missing",
    },
    "costs": {
        **ROW,
        "status": "how the cell ended",
        "fit_seconds": "wall seconds of the fit",
        "predict_seconds": "wall seconds to predict the test items",
        "wall_seconds": "wall seconds of the cell",
        "cpu_seconds": "processor seconds of the cell, over all threads",
        "peak_memory_bytes": "largest resident memory",
        "parameters": "parameters of the fitted model",
        "receptive_field": "bp of its input that an output depends on",
        "threads": "threads that the cell could use",
        "workers": "cells that ran side by side",
        "cores": "cores of the machine",
        "cpu": "name of the processor",
        "gpu": "name of the GPU; empty on a processor",
        "machine": "short hash that tells machines apart",
    },
    "reach": {
        **ROW,
        "receptive_field": "bp that the model sees, as the figure shows it",
        "nearest": "nearest distance of the stretch in bp",
        "furthest": "furthest distance of the stretch in bp",
        "share": "slope of predictions on what enhancers of the stretch add: 1 where all of it is "
        "predicted",
        "low": "lower end of the 95 % interval of the slope",
        "high": "upper end of the 95 % interval of the slope",
        "seeds": "seeds whose predictions were averaged",
    },
    "pairs": {
        "task": "name of the task",
        "metric": "its main metric",
        "model": "the row with the better score",
        "against": "the other row",
        "difference": "score of `model` less that of `against`",
        "low": "lower end of the 95 % interval of the difference",
        "high": "upper end of the 95 % interval of the difference",
        "sampling_error": "standard error from the choice of blocks alone",
        "seed_error": "standard error from the choice of seeds alone; empty: no two seeds",
        "freedom": "degrees of freedom of both errors together",
        "p": "two-sided P-value of this pair alone",
        "p_adjusted": "the same after Holm's correction",
        "pairs": "pairs that were corrected for",
        "margin": "differences below it do not matter; empty: none was given",
        "within_margin": "whether the difference is shown to be less than the margin, also where "
        "it is one; empty: no margin, or no test",
        "call": "better, worse, equivalent, open or none",
        "verdict": "the same in words",
        "seeds_model": "seeds of `model`",
        "seeds_against": "seeds of `against`",
        "blocks": "blocks that were resampled",
        "note": "what a reader must know of the pair",
    },
    "budget": {
        "task": "name of the task",
        "cost": "seconds, flops or parameters",
        "budget": "the most that rows may cost; empty where a cost is not known",
        "rows_within": "rows that cost no more",
        "label": "the best of them by the main metric",
        "cost_of_label": "what it costs, the mean over seeds",
        "value": "its score",
        "low": "lower end of the 95 % interval of the score",
        "high": "upper end of the 95 % interval of the score",
        "not_told_apart": "other rows within the budget that cannot be told from it",
        "not_compared": "other rows within the budget that were not tested against it",
    },
}
"""File -> column -> what it holds. The order is that of `HEADERS`."""
