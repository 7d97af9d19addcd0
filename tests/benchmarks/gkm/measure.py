"""Measures the gapped k-mer SVM against the field's programs, and writes tables and a figure.

    python tests/benchmarks/gkm/measure.py --mirror DATA --out results/gkm

DATA holds the files of `lsgkm_nfe2` and `fastsk_tf`. Where `gkmtrain` and `gkmpredict` are on PATH,
LS-GKM is measured too; `--fastsk-python` names a Python that has FastSK. Measurements run one after
another. What is already in the results file is not measured again, so that a run can be resumed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from figure import draw
from peers import fastsk, lsgkm
from sets import FASTSK, of_name
from tables import write_tables

from bench.run.machine import core_count, cpu_name, memory_bytes

SETS = ["nfe2", *(f"fastsk-{name}" for name in FASTSK), "simulated-5000"]
SIZES = (500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)
SIZES_OF_LSGKM = (500, 1000, 2000, 5000)
FASTSK_SECONDS = 600.0


class Record:
    """Figures by name, written after each measurement."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.figures: dict[str, dict] = json.loads(path.read_text()) if path.exists() else {}

    def measure(self, name: str, make) -> None:
        """Measure what is not there yet; nothing is kept of what could not be measured."""
        if name in self.figures:
            return
        sys.stderr.write(f"{name} ...\n")
        figures = make()
        if figures is not None:
            self.figures[name] = figures
            self._path.write_text(json.dumps(self.figures, indent=1) + "\n")


def machine() -> dict[str, str]:
    """Name the machine."""
    return {
        "processor": cpu_name(),
        "cores": str(core_count()),
        "memory": f"{memory_bytes() / 1e9:.0f} GB",
        "GPU": "none used",
    }


def ours(name: str, mirror: Path, *more: str) -> dict:
    """Measure the suite's own machine in a new process."""
    script = Path(__file__).with_name("ours.py")
    done = subprocess.run(
        [sys.executable, str(script), name, "--mirror", str(mirror), *more],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    figures: dict = json.loads(done.stdout.splitlines()[-1])
    return figures


def beside_lsgkm(name: str, mirror: Path, l: int, k: int) -> dict | None:
    """Measure LS-GKM and the suite on one set, and compare their decision values."""
    with tempfile.TemporaryDirectory() as given:
        folder = Path(given)
        peer = lsgkm(*of_name(name, mirror), folder, l, k)
        if peer is None:
            return None
        figures, values = peer
        path = folder / "values.npy"
        mine = ours(name, mirror, "-l", str(l), "-k", str(k), "--values-to", str(path))
        difference = float(np.abs(np.load(path) - values).max())
    return {"ours": mine, "lsgkm": figures, "largest_difference": difference}


def fastsk_alone(name: str, mirror: Path, python: str) -> dict:
    """Measure FastSK on one set."""
    with tempfile.TemporaryDirectory() as folder:
        return fastsk(*of_name(name, mirror), Path(folder), python, FASTSK_SECONDS)


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mirror", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--fastsk-python")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    record = Record(given.out / "figures.json")
    mirror = given.mirror
    record.measure("machine", machine)
    for special in ("scoring", "paths", "targets"):
        record.measure(special, lambda special=special: ours(special, mirror))
    for size in SIZES:
        name = f"simulated-{size}"
        record.measure(f"size {size}", lambda name=name: ours(name, mirror))
    record.measure("nfe2 10 6", lambda: beside_lsgkm("nfe2", mirror, 10, 6))
    for name in SETS:
        record.measure(f"{name} 11 7", lambda name=name: beside_lsgkm(name, mirror, 11, 7))
    for size in SIZES_OF_LSGKM:
        name = f"simulated-{size}"
        record.measure(f"{name} 11 7", lambda name=name: beside_lsgkm(name, mirror, 11, 7))
    if given.fastsk_python:
        python = str(Path(given.fastsk_python).absolute())
        for name in SETS:
            record.measure(f"fastsk {name}", lambda name=name: fastsk_alone(name, mirror, python))
    record.measure("rbf", lambda: ours("rbf", mirror))
    write_tables(record.figures, given.out)
    draw(record.figures, given.out / "cost")


if __name__ == "__main__":
    main()
