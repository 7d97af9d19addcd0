"""The certificate of a built task: what an audit found, kept beside the task and in runs.

certificate.json     Certificate
similarity.npy       float32 (n,): of each test item, the share of its bases that stand in the
                     nearest training item; NaN where none is alike
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from bench.data.files import atomic_file
from bench.data.records import read_record
from bench.interface.errors import DataError

if TYPE_CHECKING:
    from bench.interface.arrays import FloatArray, IntArray

CERTIFICATE_SCHEMA = 1
CERTIFICATE, SIMILARITY = "certificate.json", "similarity.npy"


DAMAGED = "damaged; audit the task again, or remove the file"
IDENTITY_BOUNDS = (0.7, 0.8, 0.9)
IDENTITY_NAMES = ("none found", "under 70 %", "70 to 80 %", "80 to 90 %", "90 % and over")
"""Classes of test items by the share of their bases that stands in the nearest training item."""


def identity_classes(similarity: FloatArray) -> IntArray:
    """Number the class of each test item, as in `IDENTITY_NAMES`, from its similarity `(n,)`."""
    known = ~np.isnan(similarity)
    classes = np.zeros(len(similarity), dtype=np.int64)
    bounds = np.array(IDENTITY_BOUNDS, dtype=np.float32)
    classes[known] = 1 + np.searchsorted(bounds, similarity[known].astype(np.float32), side="right")
    return classes


class Verdict(StrEnum):
    """What a finding, or all of them, come to."""

    PASS = "pass"  # noqa: S105  no password
    WARN = "warn"
    FAIL = "fail"
    UNCHECKED = "not checked"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Finding(_Record):
    """One thing that was looked at."""

    check: str = Field(description="name of the check")
    verdict: Verdict = Field(description="pass, warn, fail or not checked")
    found: str = Field(description="what was found, in one line with its figures")
    rule: str = Field(description="what is a warning and what a failure")
    figures: dict[str, float] = Field(
        default_factory=dict, description="the figures of `found`, by name"
    )
    examples: tuple[str, ...] = Field(default=(), description="ids of items that show it")


class NullScore(_Record):
    """How a model that must not win does on the test items."""

    null: str = Field(description="what the model knows")
    value: float | None = Field(description="score, a mean over targets")
    low: float | None = Field(description="lower end of the 95 % interval")
    high: float | None = Field(description="upper end of the 95 % interval")
    difference: float | None = Field(description="score less that of the k-mer reference")
    difference_low: float | None = Field(description="lower end of its 95 % interval")
    difference_high: float | None = Field(description="upper end of its 95 % interval")


class Similarity(_Record):
    """How similarity to training items was measured."""

    word: int = Field(description="bp of the words that are compared")
    kept: float = Field(description="share of all words that are looked at")
    classes: dict[str, int] = Field(description="estimated identity -> number of test items")


class Certificate(_Record):
    """`certificate.json`."""

    schema_version: int = Field(default=CERTIFICATE_SCHEMA, description="version of this schema")
    task: str = Field(description="name of the task")
    key: str = Field(description="version of the task; see TaskInfo.key")
    dataset_hash: str = Field(description="SHA-256 of items, sequences and targets")
    split_hash: str = Field(description="SHA-256 of item ids with their split and block")
    cisbench: str = Field(description="version of the suite that looked")
    rules: str = Field(
        default="",
        description="first digits of a hash of the code of all checks; certificates of the same "
        "rules compare",
    )
    items: dict[str, int] = Field(description="number of items of train, valid, test")
    context: int | None = Field(
        description="bp around an item's centre in which overlap was looked for; null: none"
    )
    measure: str = Field(description="metric of `nulls`")
    verdict: Verdict = Field(description="the worst of all findings")
    reasons: tuple[str, ...] = Field(description="findings that are not a pass, the worst first")
    findings: tuple[Finding, ...] = Field(description="what every check found")
    reference: NullScore | None = Field(
        default=None, description="ridge regression on k-mers, which nulls are compared with"
    )
    nulls: tuple[NullScore, ...] = Field(default=(), description="models that must not win")
    similarity: Similarity | None = Field(
        default=None, description="how alike test items are to training; null: of variants"
    )

    @property
    def reason(self) -> str:
        """Why the verdict is no pass, in one line."""
        return "; ".join(self.reasons) or "nothing found"


def read_certificate(folder: Path) -> Certificate | None:
    """Read the certificate in the folder of a task, built or of a run; None where there is none.

    Raises:
        DataError: it is damaged, or of another version.
    """
    path = folder / CERTIFICATE
    if not path.is_file():
        return None
    found = read_record(path, Certificate, "a certificate")
    if found.schema_version != CERTIFICATE_SCHEMA:
        raise DataError(
            path,
            f"a certificate of schema version {found.schema_version}, but this cisbench knows "
            f"version {CERTIFICATE_SCHEMA} only",
        )
    return found


def read_similarity(folder: Path) -> FloatArray | None:
    """Read the similarity of each test item to training, `(n,)`; None where it is not known.

    Raises:
        DataError: it is damaged.
    """
    path = folder / SIMILARITY
    if not path.is_file():
        return None
    try:
        similarity = np.load(path, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise DataError(path, DAMAGED) from error
    if not isinstance(similarity, np.ndarray) or similarity.dtype != np.float32:
        raise DataError(path, DAMAGED)
    if similarity.ndim != 1:
        raise DataError(path, DAMAGED)
    return similarity


def write_certificate(
    folder: Path, certificate: Certificate, similarity: FloatArray | None
) -> None:
    """Write both into the folder of a task; the certificate last, so that it tells of the whole."""
    if similarity is None:
        (folder / SIMILARITY).unlink(missing_ok=True)
    else:
        with atomic_file(folder / SIMILARITY) as temporary, temporary.open("wb") as stream:
            np.save(stream, similarity.astype(np.float32))
    with atomic_file(folder / CERTIFICATE) as temporary:
        temporary.write_text(certificate.model_dump_json(indent=1) + "\n")
