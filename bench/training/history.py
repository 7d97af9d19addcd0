"""The learning curve of one training."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

HISTORY = "history.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What was known after a scoring of the validation items.

    Attributes:
        step: updates of the weights so far.
        seconds: of training so far, those before a kill included.
        train_loss: mean since the last point.
        valid_loss: of the validation items; None without any.
        score: what decides which weights are kept, higher for better.
        learning_rate: at the last update.
        waited: part of the time of training since the last point, without the scoring, in which a
            batch was waited for.
    """

    step: int
    seconds: float
    train_loss: float
    valid_loss: float | None
    score: float
    learning_rate: float
    waited: float


@dataclass(slots=True)
class History:
    """All points of a training, and by what they were scored."""

    scored_by: str
    points: list[Point] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        """Write the curve into a folder."""
        (folder / HISTORY).write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, folder: Path) -> History:
        """Read what `write` wrote."""
        written = json.loads((folder / HISTORY).read_text())
        return cls(written["scored_by"], [Point(**point) for point in written["points"]])
