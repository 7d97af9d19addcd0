"""What the columns of the report's CSV files mean, for the reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.report.csv_tables import COSTS, LEADERBOARD, REACH, TARGETS

HEADERS: Mapping[str, Sequence[str]] = {
    "leaderboard": LEADERBOARD,
    "targets": TARGETS,
    "costs": COSTS,
    "reach": REACH,
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
        "test_items": "items of the test set",
        "blocks": "blocks of the test set",
        "few_blocks": "whether these are too few for a reliable interval",
        "targets_defined": "targets with a score, the least over seeds",
        "targets_degenerate": "targets without a score, the most over seeds",
        "prevalence": "share of positives of the test set, the mean over targets; empty of numbers",
        "dataset_hash": "SHA-256 of items, sequences and targets",
        "split_hash": "SHA-256 of item ids with their split and block",
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
}
"""File -> column -> what it holds. The order is that of `HEADERS`."""
