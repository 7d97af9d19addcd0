"""The command `bench`: one file for each verb."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit: 0 well, 1 something went wrong, 2 bad usage or bad input."""
    from bench.cli.app import run_app

    sys.exit(run_app(sys.argv[1:]))
