"""The points and fits of a profile as CSV, for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bench.profile.records import Point
from bench.report.csv_tables import as_csv
from bench.report.speed.tables import growth_table
from bench.report.speed.view import ProfileView, Series

POINTS = (
    "label", "model", "preset", "mode", "batch", "device", "precision", "compiled", "recorded",
    "threads", "targets", "length", "sequences", "status", "reason", "median_seconds",
    "first_quartile", "third_quartile", "noisy", "samples", "repeats", "rounds", "bases_per_second",
    "memory_bytes", "flops", "utilisation", "bytes_moved", "predicted_seconds", "energy_joules",
    "window", "passes", "parameters", "seconds_of_parts", "flops_of_parts",
)  # fmt: skip


def points_csv(view: ProfileView) -> str:
    """One line for each point."""
    lines = (_line(one, point) for one in view.series for point in one.points)
    return as_csv(POINTS, lines)


def growth_csv(view: ProfileView) -> str:
    """One line for each fitted exponent."""
    table = growth_table(view)
    return as_csv(table.columns, table.rows)


def _line(one: Series, point: Point) -> Sequence[object]:
    spec = one.spec
    measured = bool(point.seconds)
    low, high = point.quartiles if measured else ("", "")
    return (
        one.label, spec.model, spec.preset, spec.mode, spec.batch, spec.device, spec.precision,
        spec.compiled, spec.recorded, spec.threads, spec.targets, point.length, point.sequences,
        point.status, point.note, point.median if measured else "", low, high,
        point.is_noisy if measured else "", len(point.seconds), point.repeats, point.rounds,
        point.bases_per_second if measured else "", point.memory_bytes, point.flops,
        one.utilisation(point) if measured else "", point.bytes_moved, point.predicted_seconds,
        point.energy_joules, point.window, point.passes, point.parameters,
        json.dumps({part: point.part_median(part) for part in point.parts}),
        json.dumps(point.flops_of_parts),
    )  # fmt: skip
