"""Figures of a profile, on logarithmic axes, with quartiles and fitted slopes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from bench.profile.records import CONVOLUTION, EVERY, LARGEST, OTHER, Mode, Point
from bench.report.pareto import pareto_front
from bench.report.speed.tables import share_of_flops, share_of_time
from bench.report.speed.view import CORES, ProfileView, Series
from bench.report.style import COLOURS, SETTINGS, folded, legend, pages, panels, style_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL = (4.6, 3.4)
PARTS = (*CORES, CONVOLUTION, OTHER)
"""Parts in the order of their colours."""
NOISY_ALPHA = 0.35


def draw_profile(view: ProfileView) -> Iterator[tuple[str, Figure]]:
    """Draw every figure of a profile with its file name."""
    import matplotlib as mpl

    with mpl.rc_context(SETTINGS):
        yield from _costs(view, "latency", "1", _seconds, "seconds of one step, one sequence")
        for batch in (LARGEST, EVERY):
            name = "throughput" if batch == LARGEST else "throughput-of-all-batches"
            yield from _costs(view, name, batch, _speed, "bp per second")
        yield from _costs(view, "memory", "1", _memory, "memory at most (MB), one sequence")
        yield from _fits(view)
        yield from _cores(view)


def _seconds(point: Point) -> tuple[float, float, float]:
    return point.median, *point.quartiles


def _speed(point: Point) -> tuple[float, float, float]:
    bases = point.length * point.sequences
    low, high = point.quartiles
    return bases / point.median, bases / high, bases / low


def _memory(point: Point) -> tuple[float, float, float] | None:
    held = point.memory_bytes
    return None if not held else (held / 1e6, held / 1e6, held / 1e6)


Heights: TypeAlias = tuple[float, float, float]
"""A value with its quartiles."""
Height: TypeAlias = Callable[[Point], Heights | None]
"""The value of a point; None where there is none."""


def _costs(
    view: ProfileView, name: str, batch: str, height: Height, title: str
) -> Iterator[tuple[str, Figure]]:
    """Draw a cost against the length, one panel for inference and one for training."""
    kinds = [
        (mode, found) for mode in (Mode.INFERENCE, Mode.TRAINING) if (found := view.of(mode, batch))
    ]
    if not kinds:
        return
    figure, axes = panels(len(kinds), *PANEL)
    for axis, (mode, found) in zip(axes, kinds, strict=True):
        for one in found:
            _line(axis, view, one, height)
        _frame(axis, str(mode), "length (bp)", title)
    shown = list(dict.fromkeys(one.label for _, found in kinds for one in found))
    legend(figure, shown, view.labels, lines=False)
    yield name, figure


def _known(one: Series, height: Height) -> list[tuple[int, Point, Heights]]:
    """Return the points that have a height, each with where it lies and its height."""
    along = zip(one.places, one.measured, strict=True)
    return [(place, point, at) for place, point in along if (at := height(point)) is not None]


def _line(axis: Axes, view: ProfileView, one: Series, height: Height) -> None:
    points = _known(one, height)
    if not points:
        return
    style = style_of(one.label, view.labels)
    places = [place for place, _, _ in points]
    middle = [at[0] for _, _, at in points]
    axis.plot(
        places, middle, color=style["color"], linestyle=":" if one.is_tiled else "-", linewidth=1.3
    )
    for place, point, found in points:
        at, low, high = found
        axis.plot([place, place], [low, high], color=style["color"], linewidth=1.0)
        alpha = NOISY_ALPHA if point.is_noisy else 1.0
        axis.plot(place, at, marker=style["marker"], color=style["color"], markersize=5,
                  alpha=alpha)  # fmt: skip
    last = one.points[-1]
    if not last.seconds and last.reason:
        axis.annotate(str(last.status), (places[-1], middle[-1]), textcoords="offset points",
                      xytext=(4, -3), fontsize=6, color=style["color"])  # fmt: skip
    fit = one.fit(lambda point: found[0] if (found := height(point)) is not None else None)
    if fit is not None and one.spec.batch == "1":
        axis.annotate(f"{fit.exponent:.2f}", (places[-1], middle[-1]), textcoords="offset points",
                      xytext=(5, 3), fontsize=7, color=style["color"])  # fmt: skip


def _frame(axis: Axes, title: str, across: str, up: str) -> None:
    axis.set_xscale("log", base=2)
    axis.set_yscale("log")
    axis.set_xlabel(across)
    axis.set_ylabel(up)
    axis.set_title(title, loc="left")
    _kilobases(axis)


def _kilobases(axis: Axes) -> None:
    from matplotlib.ticker import FuncFormatter

    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))


def short(value: float) -> str:
    """Write a number with k and M for 1,024 and its square, as `--lengths` reads them."""
    for unit, word in ((1 << 20, "M"), (1 << 10, "k")):
        if value >= unit:
            return f"{value / unit:.4g}{word}"
    return f"{value:.4g}"


def _fits(view: ProfileView) -> Iterator[tuple[str, Figure]]:
    """Draw how long models that are no network are fitted."""
    found = view.of(Mode.FIT)
    if not found:
        return
    figure, (axis,) = panels(1, *PANEL)
    for one in found:
        _line(axis, view, one, _seconds)
    _frame(axis, "fit", "sequences of 300 bp", "seconds of the fit")
    legend(figure, [one.label for one in found], view.labels, lines=False)
    yield "fits", figure


def _cores(view: ProfileView) -> Iterator[tuple[str, Figure]]:
    """Draw the share of what reads the whole sequence at once, by time and by arithmetic."""
    found = [
        (one, part)
        for one in view.of(Mode.INFERENCE, "1")
        for part in CORES
        if any(part in point.parts for point in one.measured)
    ]
    for suffix, numbers in pages([str(number) for number in range(len(found))] or []):
        if not numbers:
            return
        figure, axes = panels(len(numbers), 4.2, 3.0)
        for axis, number in zip(axes, numbers, strict=True):
            _shares(axis, *found[int(number)])
        yield f"shares{suffix}", figure


def _shares(axis: Axes, one: Series, core: str) -> None:
    points = [point for point in one.measured if core in point.parts]
    lengths = [point.length for point in points]
    known = [*PARTS, *(part for part in one.parts() if part not in PARTS)]
    for part in sorted(one.parts(), key=known.index):
        colour = COLOURS[known.index(part) % len(COLOURS)]
        times = [share_of_time(point, part) if part in point.parts else 0.0 for point in points]
        axis.plot(lengths, times, color=colour, marker="o", markersize=4, label=f"{part}, time")
        flops = [share_of_flops(point, part) for point in points]
        axis.plot(lengths, flops, color=colour, linestyle="--", linewidth=1.0,
                  label=f"{part}, FLOPs")  # fmt: skip
    axis.axhline(0.5, color="#999999", linewidth=0.8, linestyle=":")
    axis.set_xscale("log", base=2)
    axis.set_ylim(0, 1)
    axis.set_xlabel("length (bp)")
    axis.set_ylabel("share of a forward pass")
    axis.set_title(folded(one.label, 44), loc="left")
    _kilobases(axis)
    # Within the axes it would lie on one of six lines.
    axis.legend(fontsize=6, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncol=3)


def draw_front(
    points: Sequence[tuple[str, float, float, float | None, float | None]],
    labels: Sequence[str],
    metric: str,
    task: str,
    *,
    higher_is_better: bool = True,
) -> Figure:
    """Draw accuracy against cost, and which models no other beats in both.

    Args:
        points: label, seconds of one item, score, and its interval.
        labels: all labels, for the style.
        metric: name of the score's axis.
        task: what the panel is called.
        higher_is_better: whether the better model has the higher score.
    """
    figure, (axis,) = panels(1, 5.2, 3.8)
    for label, seconds, score, low, high in points:
        style = style_of(label, labels)
        if low is not None and high is not None:
            axis.plot([seconds, seconds], [low, high], color=style["color"], linewidth=1.2)
        axis.plot(seconds, score, marker=style["marker"], color=style["color"], markersize=6)
    costs = [(seconds, score) for _, seconds, score, _, _ in points]
    front = pareto_front(costs, higher_is_better=higher_is_better)
    axis.step([at for at, _ in front], [score for _, score in front], where="post",
              color="#999999", linewidth=0.9)  # fmt: skip
    axis.set_xscale("log")
    axis.set_xlabel("seconds to predict one item, largest batch")
    axis.set_ylabel(f"{metric}, 95 % interval")
    axis.set_title(task, loc="left")
    legend(figure, [label for label, *_ in points], labels, lines=False)
    return figure
