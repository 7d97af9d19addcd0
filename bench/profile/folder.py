"""A profile folder.

profile.json             machine, and which curves are asked for
curves/ID/curve.json     what is asked for
curves/ID/points.jsonl   one point a line, as they were measured
curves/ID/log.txt        what the children printed
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from bench.data.files import atomic_file
from bench.data.records import read_record
from bench.interface.errors import BenchError, DataError
from bench.profile.records import ENDS, CurveSpec, Point, ProfileIndex
from bench.run.store import write_json


@dataclass(frozen=True, slots=True)
class Curve:
    """What was asked for and what was measured."""

    spec: CurveSpec
    points: tuple[Point, ...]


class ProfileFolder:
    """Reads and writes one profile folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def index_file(self) -> Path:
        """Path of `profile.json`."""
        return self.path / "profile.json"

    def index(self) -> ProfileIndex:
        """Read `profile.json`.

        Raises:
            BenchError: the folder holds no profile.
        """
        if not self.index_file.is_file():
            raise BenchError(f"{self.path}: no profile here (expected a folder with profile.json)")
        return read_record(self.index_file, ProfileIndex, "a profile")

    def write_index(self, index: ProfileIndex) -> None:
        """Write `profile.json`."""
        write_json(self.index_file, index)

    def curve(self, curve_id: str) -> Path:
        """Return the folder of a curve."""
        return self.path / "curves" / curve_id

    def write_spec(self, spec: CurveSpec) -> None:
        """Write what is asked for."""
        write_json(self.curve(spec.curve_id) / "curve.json", spec)

    def spec(self, curve_id: str) -> CurveSpec:
        """Read what is asked for."""
        return read_record(self.curve(curve_id) / "curve.json", CurveSpec, "a curve")

    def points(self, curve_id: str) -> list[Point]:
        """Read the points that were measured, in order.

        Raises:
            DataError: a line other than the last, which a kill may have cut, is no point.
        """
        path = self.curve(curve_id) / "points.jsonl"
        lines = path.read_text().splitlines() if path.is_file() else []
        points = []
        for number, line in enumerate(lines, start=1):
            try:
                points.append(Point.model_validate_json(line))
            except ValidationError as error:
                if number == len(lines):
                    break
                raise DataError(path, f"line {number}: no point of a profile") from error
        return points

    def add_points(self, curve_id: str, points: Iterable[Point]) -> None:
        """Append points."""
        path = self.curve(curve_id) / "points.jsonl"
        whole = path.read_text() if path.is_file() else ""
        with path.open("a") as stream:
            # A line that a kill has cut is ended, so that it stays one.
            if whole and not whole.endswith("\n"):
                stream.truncate(len(whole[: whole.rfind("\n") + 1].encode()))
            stream.write("".join(f"{point.model_dump_json()}\n" for point in points))

    def replace_points(self, curve_id: str, points: Iterable[Point]) -> None:
        """Put points in the place of those of the same lengths and numbers of sequences."""
        changed = {_place(point): point for point in points}
        kept = [changed.get(_place(point), point) for point in self.points(curve_id)]
        with atomic_file(self.curve(curve_id) / "points.jsonl") as temporary:
            temporary.write_text("".join(f"{point.model_dump_json()}\n" for point in kept))

    def forget_ends(self, curve_id: str) -> None:
        """Take away where a curve or its rounds ended, so that they are measured again."""
        kept = [
            point.model_copy(update={"round_failed": ""})
            for point in self.points(curve_id)
            if point.status not in ENDS
        ]
        path = self.curve(curve_id) / "points.jsonl"
        path.unlink(missing_ok=True)
        self.add_points(curve_id, kept)

    def curves(self) -> list[Curve]:
        """Read all curves that are asked for.

        Of those that were asked for in the same way, with other code, versions or samples, it is
        the one of the latest command.
        """
        specs = {
            spec.asked: spec
            for curve_id in self.index().curves
            if (self.curve(curve_id) / "curve.json").is_file()
            for spec in [self.spec(curve_id)]
        }
        return [
            Curve(spec, tuple(sorted(self.points(spec.curve_id), key=_place)))
            for spec in specs.values()
        ]


def _place(point: Point) -> tuple[int, int]:
    return point.length, point.sequences
