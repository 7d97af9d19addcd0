"""Reading the JSON records that the suite has written."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from bench.interface.errors import DataError

Record = TypeVar("Record", bound=BaseModel)


def read_record(path: Path, kind: type[Record], what: str) -> Record:
    """Read and check a record.

    Args:
        path: JSON file.
        kind: its schema.
        what: what it holds, for the message.

    Raises:
        DataError: not there, no JSON, or fields that are missing, unknown or out of range.
    """
    try:
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise DataError(path, "no such file") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DataError(
            path, f"not {what}: {place}{': ' if place else ''}{first['msg']}"
        ) from error
