"""The id of a cell: a hash of everything that its answer depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from bench.data.files import sha256_of
from bench.interface.card import ModelCard, Setting
from bench.interface.errors import BenchError
from bench.run.result import CellSpec

CELL_SCHEMA = 1
"""Raised when the harness would compute other predictions from the same specification."""
IDENTITY = (
    "model",
    "preset",
    "settings",
    "input_length",
    "task",
    "seed",
    "budget_seconds",
    "budget_steps",
    "device",
    "precision",
    "upstream",
    "hashes",
)
"""Fields of a specification that its id depends on; paths and limits are not, and threads only for
models that say so, among the hashes."""


def cell_id(spec: CellSpec) -> str:
    """Versioned hash of what is asked for and of everything that the answer depends on."""
    facts = spec.model_dump(mode="json", include=set(IDENTITY))
    if spec.alleles is not None:
        facts["alleles"] = spec.alleles.model_dump(mode="json", exclude={"is_usual"})
    facts["schema"] = CELL_SCHEMA
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:20]


def file_hashes(card: ModelCard, settings: Mapping[str, Setting]) -> dict[str, str]:
    """SHA-256 of the files that settings name.

    Raises:
        BenchError: a file is not there.
    """
    hashes = {}
    for name in card.files:
        path = Path(str(settings[name]))
        if not str(settings[name]):
            continue
        if not path.is_file():
            raise BenchError(f"model {card.name}: setting {name}={str(path)!r} is no file")
        hashes[f"file {name}"] = sha256_of(path)
    return hashes
