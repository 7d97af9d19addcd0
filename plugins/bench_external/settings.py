"""Settings of scores that are looked up, without numpy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from bench.interface import BenchError, Setting

REFUSED = "error"
"""The word that makes a variant without a score an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSettings:
    """Where scores stand and what they mean.

    Raises:
        BenchError: a value is out of range.
    """

    file: str = ""
    """Path of a table or, where its name ends in .vcf, .vcf.gz or .vcf.bgz, of a VCF file."""
    column: str = ""
    """Name or 1-based number of the column of scores, empty for the last; of VCF a key of INFO."""
    missing: str = "0"
    """The score of a variant that has none in the file, in the unit of the file, or `error`."""
    sign: int = 1
    """-1 where a high score says that the alternative allele is the less active one."""
    build: str = ""
    """Genome build of the file, which is compared with that of the task; empty: not compared."""

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        if self.sign not in {1, -1}:
            raise BenchError(f"sign is {self.sign}, expected 1 or -1")
        if self.missing != REFUSED and not _is_finite(self.missing):
            raise BenchError(f"missing is {self.missing!r}, expected a number or {REFUSED!r}")

    @property
    def missing_score(self) -> float | None:
        """The score of a variant that has none; None where that is an error."""
        return None if self.missing == REFUSED else float(self.missing)

    def as_preset(self) -> Mapping[str, Setting]:
        """Return the settings as a preset has them."""
        return asdict(self)

    def refuse_no_file(self) -> None:
        """Refuse settings that name no file, as those of the preset do.

        Raises:
            BenchError: `file` is empty.
        """
        if not self.file:
            raise BenchError("no file of scores: set external-score.file=PATH")


def refuse_unusable(*, file: str, column: str, missing: str, sign: int, build: str) -> None:
    """Refuse settings that no scores can be read by.

    Raises:
        BenchError: a value is out of range, or no file is named.
    """
    ScoreSettings(
        file=file, column=column, missing=missing, sign=sign, build=build
    ).refuse_no_file()


def _is_finite(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
