"""A profile as its report sees it: named curves with the points that were measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from bench.interface.errors import BenchError
from bench.profile.fits import Fit, power_law
from bench.profile.folder import Curve, ProfileFolder
from bench.profile.probe import probe_key
from bench.profile.records import CurveSpec, Mode, Point, Probe, ProfileIndex

CORES = ("attention", "long convolution")
"""Parts that read the whole sequence at once."""


@dataclass(frozen=True)
class Series:
    """A curve with its name among the others."""

    label: str
    spec: CurveSpec
    points: tuple[Point, ...]
    probe: Probe | None

    @cached_property
    def measured(self) -> tuple[Point, ...]:
        """Points with samples."""
        return tuple(point for point in self.points if point.seconds)

    @property
    def is_tiled(self) -> bool:
        """Whether a fixed window is moved along the sequence."""
        return any(point.window is not None for point in self.points)

    @property
    def places(self) -> tuple[int, ...]:
        """What the points lie along: numbers of sequences of fits, else bp."""
        return tuple(self.place(point) for point in self.measured)

    def place(self, point: Point) -> int:
        """Return where a point lies along the curve."""
        return point.sequences if self.spec.mode is Mode.FIT else point.length

    def fit(self, cost: Callable[[Point], float | None]) -> Fit | None:
        """Fit a power law to a cost of one sequence against the length, or of fits against number.

        Of batches of several sequences the cost is divided by their number.
        """
        per = [1 if self.spec.mode is Mode.FIT else point.sequences for point in self.measured]
        costs = [cost(point) for point in self.measured]
        known = [
            (place, value / each)
            for place, value, each in zip(self.places, costs, per, strict=True)
            if value is not None
        ]
        return power_law([place for place, _ in known], [value for _, value in known])

    def parts(self) -> list[str]:
        """Parts of a step that were timed, the costly first."""
        found = {part for point in self.measured for part in point.parts}
        last = self.measured[-1].parts if self.measured else {}
        return sorted(found, key=lambda part: -median(last.get(part, (0.0,))))

    def utilisation(self, point: Point) -> float | None:
        """Counted arithmetic over what the machine could do in that time."""
        if point.flops is None or self.probe is None:
            return None
        return point.flops / point.median / self.probe.flops_per_second


@dataclass(frozen=True, slots=True)
class ProfileView:
    """All curves of a profile."""

    index: ProfileIndex
    series: tuple[Series, ...]

    @property
    def labels(self) -> list[str]:
        """Names of the models, in the order in which they were asked for."""
        return list(dict.fromkeys(one.label for one in self.series))

    def of(self, mode: Mode, batch: str | None = None) -> list[Series]:
        """Return the curves of a kind that have points with samples."""
        return [
            one
            for one in self.series
            if one.spec.mode is mode and batch in {None, one.spec.batch} and one.measured
        ]

    @property
    def batches(self) -> list[str]:
        """Kinds of batches that were asked for."""
        return list(dict.fromkeys(one.spec.batch for one in self.series))


def view_profile(folder: ProfileFolder) -> ProfileView:
    """Read a profile and name its curves.

    Raises:
        BenchError: nothing was measured.
    """
    index, curves = folder.index(), folder.curves()
    if not any(curve.points for curve in curves):
        raise BenchError(f"{folder.path}: nothing was measured yet")
    return ProfileView(
        index,
        tuple(
            Series(
                label_of(curve, curves),
                curve.spec,
                curve.points,
                index.probes.get(probe_key(curve.spec)),
            )
            for curve in curves
            if curve.points
        ),
    )


def label_of(curve: Curve, others: Sequence[Curve]) -> str:
    """Return the model's row, and what else tells it from others of this profile."""
    spec = curve.spec
    words = [spec.row]
    for name, word in (
        ("precision", spec.precision),
        ("threads", f"threads={spec.threads}"),
        ("targets", f"targets={spec.targets}"),
        ("device", spec.device),
    ):
        alike = {getattr(other.spec, name) for other in others if other.spec.row == spec.row}
        if len(alike) > 1:
            words.append(word)
    if spec.compiled:
        words.append("compiled")
    if spec.recorded:
        words.append("recorded")
    return " ".join(words)
