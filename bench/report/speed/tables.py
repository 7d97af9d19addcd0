"""Tables of a profile: the machine, how cost grows, where attention passes half, and all points."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isinf, isnan, nan

from bench.profile.fits import Fit, passes_half
from bench.profile.records import EVERY, LARGEST, Mode, Point
from bench.report.leaderboard import MISSING
from bench.report.speed.view import CORES, ProfileView, Series
from bench.report.table import Table

NOISE_NOTE = "~: noisy, the interquartile range is above 5 % of the median."
TILED_NOTE = "tiled: windows of a fixed length, as many as cover the sequence, are read together."


def machine_table(view: ProfileView) -> Table:
    """What everything was measured on."""
    where = view.index.machine
    rows = [
        ("processor", f"{where.cpu}, {where.cores} cores"),
        ("memory", f"{where.memory_bytes / 1e9:.0f} GB"),
        ("GPU", where.gpu or "none"),
        ("CUDA", where.driver or "none"),
        ("system", where.system),
        ("Python", where.python),
        *where.packages.items(),
        ("cisbench", where.cisbench),
    ]
    for key, probe in view.index.probes.items():
        device, precision, threads = key.split()
        flops, moved = probe.flops_per_second / 1e9, probe.bytes_per_second / 1e9
        name = f"at best on {device}, {precision}, {threads} threads"
        rows.append((name, f"{flops:,.0f} GFLOP/s, {moved:,.1f} GB/s"))
    return Table("machine", "Machine", ("what", "value"), tuple(rows))


def growth_table(view: ProfileView) -> Table:
    """Exponents of time, memory and arithmetic, and of the parts."""
    rows = tuple(row for one in view.series for row in _growth(one))
    columns = ("model", "what", "of", "exponent", "95 % interval", "from", "to")
    note = (
        "Slope of the logarithms over the last eightfold of the lengths, with a t interval; costs "
        "of one sequence. A single short sequence leaves a machine waiting, so that its time grows "
        "too slowly at first; in the largest batch it does not. Memory holds the weights as well, "
        "which do not grow. Curves of fewer than four points have none."
    )
    return Table("growth", "How cost grows with length", columns, rows, (note,))


def _growth(one: Series) -> Iterator[tuple[str, ...]]:
    what = what_of(one)
    if one.spec.batch == EVERY:
        return
    is_fit = one.spec.mode is Mode.FIT
    costs: dict[str, Callable[[Point], float | None]] = {"time": lambda point: point.median}
    if one.spec.batch != LARGEST:
        # What batches of different sizes hold does not tell how memory grows with length.
        costs["memory"] = lambda point: point.memory_bytes
    if one.spec.batch in {"1", LARGEST}:
        for part in one.parts():
            costs[f"time of {part}"] = lambda point, part=part: (  # type: ignore[misc]
                point.part_median(part) if part in point.parts else None
            )
    if one.spec.batch == "1":
        for part in dict.fromkeys(part for point in one.measured for part in point.flops_of_parts):
            costs[f"FLOPs of {part}"] = lambda point, part=part: (  # type: ignore[misc]
                point.flops_of_parts.get(part)
            )
    for name, cost in costs.items():
        fit = one.fit(cost)
        if fit is not None:
            unit = "sequences" if is_fit else "bp"
            yield (one.label, what, name, *_fitted(fit, unit))


def _fitted(fit: Fit, unit: str) -> tuple[str, ...]:
    return (
        f"{fit.exponent:.2f}", f"[{fit.low:.2f}, {fit.high:.2f}]",
        f"{fit.first:,.0f} {unit}", f"{fit.last:,.0f} {unit}",
    )  # fmt: skip


def what_of(one: Series) -> str:
    """Say what a curve times."""
    if one.spec.mode is Mode.FIT:
        return "fit"
    return f"{one.spec.mode}, batch {one.spec.batch}"


def core_table(view: ProfileView) -> Table:
    """Where attention, or what stands in its place, passes half of a forward pass."""
    rows = [
        (one.label, part, *_half(one, part))
        for one in view.series
        for part in CORES
        if one.spec.mode is Mode.INFERENCE
        and one.spec.batch == "1"
        and any(part in point.parts for point in one.measured)
    ]
    columns = (
        "model", "part", "longest", "share of time there", "half of the time at",
        "share of FLOPs there", "half of the FLOPs at",
    )  # fmt: skip
    note = (
        "Of a forward pass of one sequence. Not reached: at no length up to the longest that was "
        "measured."
    )
    return Table("core", "When attention passes half", columns, tuple(rows), (note,))


def _half(one: Series, part: str) -> tuple[str, ...]:
    points = [point for point in one.measured if part in point.parts]
    lengths = [point.length for point in points]
    words = [f"{lengths[-1]:,} bp"]
    for shares in (
        [share_of_time(point, part) for point in points],
        [share_of_flops(point, part) for point in points],
    ):
        if any(isnan(share) for share in shares):
            words += [MISSING, MISSING]
            continue
        half = passes_half(lengths, shares)
        words += [f"{shares[-1]:.0%}", "not reached" if isinf(half) else f"{half:,.0f} bp"]
    return tuple(words)


def share_of_time(point: Point, part: str) -> float:
    """Return the share of a part in the time of a forward pass."""
    whole = sum(point.part_median(each) for each in point.parts)
    return point.part_median(part) / whole


def share_of_flops(point: Point, part: str) -> float:
    """Return the share of a part in the arithmetic of a forward pass; NaN where none is counted."""
    whole = sum(point.flops_of_parts.values())
    return point.flops_of_parts.get(part, 0.0) / whole if whole else nan


def points_table(one: Series) -> Table:
    """All points of a curve."""
    place = "sequences" if one.spec.mode is Mode.FIT else "length (bp)"
    columns = (
        place, "batch", "seconds", "quartiles", "bp/s", "memory (MB)", "GFLOP", "utilisation",
        "predicted / measured", "energy (J)", "note",
    )  # fmt: skip
    rows = tuple(_words(one, point) for point in one.points)
    notes = [NOISE_NOTE] if any(point.is_noisy for point in one.measured) else []
    if one.is_tiled:
        notes.append(TILED_NOTE)
    uncounted = sorted({name for point in one.measured for name in point.uncounted})
    if uncounted:
        notes.append(f"Operators whose arithmetic is not counted: {', '.join(uncounted)}.")
    return Table(
        f"points-{one.spec.curve_id}",
        f"{one.label}: {what_of(one)}{', tiled' if one.is_tiled else ''}",
        columns, rows, tuple(notes),
    )  # fmt: skip


def _words(one: Series, point: Point) -> tuple[str, ...]:
    place = f"{one.place(point):,}"
    if not point.seconds:
        note = f"{point.status}: {point.reason}" if point.reason else str(point.status)
        return (place, str(point.sequences), *[MISSING] * 8, note)
    low, high = point.quartiles
    used = one.utilisation(point)
    predicted = point.predicted_seconds
    return (
        place,
        str(point.sequences),
        f"{point.median:.4g}{' ~' if point.is_noisy else ''}",
        f"[{low:.4g}, {high:.4g}]",
        f"{point.bases_per_second:,.0f}",
        _or_missing(point.memory_bytes, lambda value: f"{value / 1e6:,.0f}"),
        _or_missing(point.flops, lambda value: f"{value / 1e9:,.3g}"),
        _or_missing(used, lambda value: f"{value:.0%}"),
        _or_missing(predicted, lambda value: f"{value / point.median:.2f}"),
        _or_missing(point.energy_joules, lambda value: f"{value:.3g}"),
        point.note,
    )


def _or_missing(value: float | None, word: Callable[[float], str]) -> str:
    return MISSING if value is None else word(value)
