"""Where in a plugin's code an error came from."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from types import TracebackType


def last_line(trace: TracebackType | None, target: str, files: tuple[Path, ...] = ()) -> str:
    """Return the last line of a model's code that was running, such as ` (model.py:12)`.

    Args:
        trace: of the error.
        target: `"module:Class"` of the model; the code of its whole package counts.
        files: plugins that are files, whose neighbours are not theirs.

    Returns:
        Nothing where none of it was running.
    """
    module = sys.modules.get(target.partition(":")[0])
    file = getattr(module, "__file__", None)
    if file is None:
        return ""
    path = Path(file)
    own = path if path in files else path.parent
    for frame in reversed(traceback.extract_tb(trace)):
        place = Path(frame.filename)
        if place == own or own in place.parents:
            return f" ({place.name}:{frame.lineno})"
    return ""
