"""The field's programs on the same sequences: LS-GKM from PATH, FastSK from a given Python."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
from sets import Part
from sklearn.metrics import roc_auc_score

Figures = dict[str, float | int | str]

FASTSK = """
import json, sys, time
import fastsk
from sklearn.metrics import roc_auc_score
from sklearn.svm import SVC
reader = fastsk.FastaUtility()
x, y = reader.read_data(sys.argv[1])
test_x, test_y = reader.read_data(sys.argv[2])
start = time.perf_counter()
machine = fastsk.FastSK(g=10, m=4, t=2, approx=False)
machine.compute_kernel(x, test_x)
kernel = time.perf_counter()
svm = SVC(C=1.0, kernel="precomputed", tol=1e-3).fit(machine.get_train_kernel(), y)
end = time.perf_counter()
area = roc_auc_score(test_y, svm.decision_function(machine.get_test_kernel()))
print("RESULT " + json.dumps({"kernel": kernel - start, "seconds": end - start, "auroc": area}))
"""


def write_fasta(path: Path, sequences: list[str]) -> None:
    """Write sequences as records named by their numbers."""
    path.write_text("".join(f">s{row}\n{text}\n" for row, text in enumerate(sequences)))


def lsgkm(
    train: Part, test: Part, folder: Path, l: int, k: int
) -> tuple[Figures, np.ndarray] | None:
    """Train and predict with LS-GKM, 4 threads; None where it is not on PATH."""
    if shutil.which("gkmtrain") is None:
        return None
    names = {}
    for name, part in (("train", train), ("test", test)):
        for label in (1.0, 0.0):
            path = folder / f"{name}{label:.0f}.fa"
            chosen = part.labels == label
            write_fasta(path, [s for s, one in zip(part.sequences, chosen, strict=True) if one])
            names[name, label] = str(path)
    options = ["-t", "2", "-l", str(l), "-k", str(k), "-d", "3", "-c", "1", "-T", "4", "-m", "1000"]
    prefix = str(folder / "machine")
    start = time.perf_counter()
    log = subprocess.run(
        ["gkmtrain", *options, names["train", 1.0], names["train", 0.0], prefix],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    seconds = time.perf_counter() - start
    text = log.stdout + log.stderr
    values = np.zeros(len(test.labels))
    start = time.perf_counter()
    for label in (1.0, 0.0):
        out = folder / f"out{label:.0f}.txt"
        subprocess.run(
            ["gkmpredict", "-T", "4", names["test", label], f"{prefix}.model.txt", str(out)],
            capture_output=True, check=True,
        )  # fmt: skip
        values[test.labels == label] = [
            float(line.split()[1]) for line in out.read_text().splitlines()
        ]
    figures: Figures = {
        "seconds": seconds,
        "predict_seconds": time.perf_counter() - start,
        "objective": float(re.findall(r"obj = (\S+),", text)[-1]),
        "support": int(re.findall(r"nSV = (\d+),", text)[-1]),
        "bounded": int(re.findall(r"nBSV = (\d+)", text)[-1]),
        "auroc": float(roc_auc_score(test.labels, values)),
    }
    return figures, values


def fastsk(train: Part, test: Part, folder: Path, python: str, limit: float) -> Figures:
    """Compute FastSK's exact kernel with g = 10 and m = 4, 2 threads, and fit an SVM to it."""
    paths = []
    for name, part in (("train", train), ("test", test)):
        path = folder / f"{name}.labelled.fa"
        rows = zip(part.labels, part.sequences, strict=True)
        path.write_text("".join(f">{label:.0f}\n{text}\n" for label, text in rows))
        paths.append(str(path))
    try:
        done = subprocess.run(
            [python, "-c", FASTSK, *paths],
            capture_output=True, text=True, timeout=limit, check=True, cwd=folder,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"note": f"not done after {limit:.0f} s"}
    except subprocess.CalledProcessError as error:
        return {"note": f"ended with {error.returncode}"}
    found: Figures = json.loads(done.stdout.rpartition("RESULT ")[2])
    return found
