"""Alignment of test to training items by MMseqs2, where it is installed.

Steinegger & Söding 2017, doi:10.1038/nbt.3988. It finds relatives that share few words.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.leakage.share import not_checked, share_finding
from bench.data.alphabet import decode
from bench.interface.errors import BenchError
from bench.tasks.certificate import Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.audit.leakage.audited import AuditedTask
    from bench.interface.arrays import CodeArray

CHECK = "alignment"
PROGRAM = "mmseqs"
IDENTITY, COVERAGE = 0.8, 0.5
RULE = "any is a warning"


def aligned(task: AuditedTask, threads: int) -> Finding:
    """Align test items to training items with MMseqs2, on both strands.

    Raises:
        BenchError: the program fails.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        return not_checked(CHECK, f"no {PROGRAM} on PATH", RULE)
    with TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder / "test.fa", task.test.sequences)
        _write(folder / "train.fa", task.learnt.sequences)
        command = [
            program, "easy-search", str(folder / "test.fa"), str(folder / "train.fa"),
            str(folder / "hits.tsv"), str(folder / "scratch"), "--search-type", "3",
            "--min-seq-id", str(IDENTITY), "-c", str(COVERAGE), "--cov-mode", "2",
            "--threads", str(threads), "--format-output", "query", "-v", "1",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
            raise BenchError(f"{program} ended with {done.returncode}: {lines[-1]}")
        hits = {int(row) for row in (folder / "hits.tsv").read_text().split()}
    marked = np.zeros(len(task.test), dtype=bool)
    marked[sorted(hits)] = True
    found = share_finding(
        CHECK, marked, task.test.names,
        f"have {COVERAGE:.0%} of their length in a training item at an identity of {IDENTITY:.0%}",
    )  # fmt: skip
    verdict = Verdict.WARN if found.verdict is Verdict.FAIL else found.verdict
    return found.model_copy(update={"verdict": verdict, "rule": RULE})


def _write(path: Path, sequences: Sequence[CodeArray]) -> None:
    with path.open("w") as stream:
        for row, codes in enumerate(sequences):
            if len(codes):
                stream.write(f">{row}\n{decode(codes)}\n")
