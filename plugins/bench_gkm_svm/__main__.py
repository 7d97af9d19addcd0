"""`python -m bench_gkm_svm`: gapped k-mer SVMs from FASTA files, in the manner of LS-GKM."""

from __future__ import annotations

import sys

from bench.interface import BenchError
from bench_gkm_svm.command import app

BAD_INPUT = 2


def main() -> int:
    """Run one verb; an error of the user is one line."""
    try:
        app(prog_name="python -m bench_gkm_svm")
    except BenchError as error:
        sys.stderr.write(f"Error: {error}\n")
        return BAD_INPUT
    except OSError as error:
        sys.stderr.write(f"Error: {error.filename or 'a file'}: {error.strerror or error}\n")
        return BAD_INPUT
    return 0


if __name__ == "__main__":
    sys.exit(main())
