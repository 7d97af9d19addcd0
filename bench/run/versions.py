"""Versions of stored files: those of a later suite are told as such, whatever else they hold."""

from __future__ import annotations

import json
from pathlib import Path

from bench.interface.errors import DataError


def refuse_unknown(path: Path, found: object, newest: int, what: str) -> None:
    """Refuse a file whose version this suite does not know.

    Args:
        path: the file, for the message.
        found: its `schema_version`; None where it tells none.
        newest: the newest version that this suite knows.
        what: what the file is, such as "a result".

    Raises:
        DataError: a later version, or one that never was.
    """
    if not isinstance(found, int) or 1 <= found <= newest:
        return
    known = "version 1" if newest == 1 else f"versions 1 to {newest}"
    later = ": it was written by a later cisbench" if found > newest else ""
    raise DataError(
        path, f"{what} of schema version {found}, but this cisbench knows {known} only{later}"
    )


def stored_versions(path: Path) -> list[object]:
    """Return `schema_version` of the object in a JSON file, or of each in a list of objects.

    A file that is no JSON has none.
    """
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return []
    records = content if isinstance(content, list) else [content]
    return [record.get("schema_version") for record in records if isinstance(record, dict)]
