"""What every child process of the suite begins with."""

from __future__ import annotations

import os
import threading
from typing import TextIO


def take_standard_output() -> TextIO:
    """Return standard output, and let what anything else prints go to standard error, the log."""
    channel = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return channel


def end_with_parent() -> None:
    """End this process when the parent ends, which holds the other end of standard input."""

    def watch() -> None:
        # Not sys.stdin: a thread that waits in it cannot be left behind when the interpreter ends.
        while os.read(0, 1):
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
