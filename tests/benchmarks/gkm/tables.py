"""Tables of what was measured, as Markdown and CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

Figures = dict[str, Any]


ABOUT_PEERS = (
    "Kernel `-t 2`, d = 3, C = 1, N read as A; LS-GKM with 4 threads and 1 GB of cache; FastSK "
    "exact, g = 10 and m = 4, 2 threads, and scikit-learn's SVC on its matrix. Seconds are those "
    "of training alone, once, from sequences in memory to l-mer weights (the suite), from FASTA "
    "to a model file (LS-GKM), from sequences in memory to a machine with the kernels of the test "
    "set (FastSK). The largest difference is that of decision values on the test set."
)


def markdown(frame: pd.DataFrame) -> str:
    """Return a table in Markdown, numbers to the right."""
    rows = [list(frame.columns), ["---", *["---:"] * (frame.shape[1] - 1)], *frame.values.tolist()]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def exponent(sizes: list[float], values: list[float]) -> tuple[float, float]:
    """Return the slope of a log-log line, and half of its 95 % interval."""
    from scipy.stats import linregress, t

    line = linregress(np.log(sizes), np.log(values))
    return line.slope, float(t.ppf(0.975, len(sizes) - 2) * line.stderr)


def sizes_of(figures: Figures) -> list[int]:
    """Return the sizes of simulated sets that were measured, rising."""
    return sorted(int(name.split()[1]) for name in figures if name.startswith("size "))


def against_peers(figures: Figures) -> pd.DataFrame:
    """Return one row for each set: the suite, LS-GKM and FastSK."""
    rows = []
    for name, found in figures.items():
        if not isinstance(found, dict) or "lsgkm" not in found:
            continue
        task, l, k = name.split()
        mine, peer = found["ours"], found["lsgkm"]
        other = figures.get(f"fastsk {task}", {}) if (l, k) == ("11", "7") else {}
        rows.append(
            {
                "set": task,
                "l": l,
                "k": k,
                "sequences": f"{mine['sequences']:,}",
                "seconds": f"{mine['seconds']:.2f}",
                "LS-GKM seconds": f"{peer['seconds']:.1f}",
                "ratio": f"{peer['seconds'] / mine['seconds']:.0f}",
                "products": str(mine["products"]),
                "objective": f"{mine['objective']:.4f}",
                "LS-GKM objective": f"{peer['objective']:.4f}",
                "largest difference": f"{found['largest_difference']:.1e}",
                "AUROC": f"{mine['auroc']:.4f}",
                "LS-GKM AUROC": f"{peer['auroc']:.4f}",
                "FastSK seconds": f"{other['seconds']:.1f}"
                if "seconds" in other
                else str(other.get("note", "")),
                "FastSK AUROC": f"{other['auroc']:.4f}" if "auroc" in other else "",
            }
        )
    return pd.DataFrame(rows)


def by_size(figures: Figures) -> pd.DataFrame:
    """Return one row for each size of simulated data."""
    rows = []
    for size in sizes_of(figures):
        mine = figures[f"size {size}"]
        rows.append(
            {
                "sequences": f"{size:,}",
                "seconds": f"{mine['seconds']:.2f}",
                "of which index": f"{mine['index']:.2f}",
                "products": str(mine["products"]),
                "ms per product": f"{1000 * mine['product_median']:.1f}",
                "peak memory, MB": f"{mine['peak_bytes'] / 1e6:.0f}",
                "before the fit, MB": f"{mine['peak_before_fit'] / 1e6:.0f}",
                "predicted for the fit, MB": f"{mine['predicted_bytes'] / 1e6:.0f}",
                "AUROC": f"{mine['auroc']:.4f}",
            }
        )
    return pd.DataFrame(rows)


def slopes(figures: Figures) -> dict[str, tuple[float, float]]:
    """Return the exponents of cost against the number of sequences, with half-intervals."""
    sizes = sizes_of(figures)
    mine = [figures[f"size {size}"] for size in sizes]
    found = {
        "one product": exponent(sizes, [one["product_median"] for one in mine]),
        "whole training": exponent(sizes, [one["seconds"] for one in mine]),
    }
    peer = [
        (int(name.split()[0].split("-")[1]), one["lsgkm"]["seconds"])
        for name, one in figures.items()
        if name.startswith("simulated-")
    ]
    if len(peer) > 2:
        found["LS-GKM, whole training"] = exponent(*zip(*peer, strict=True))
    return found


def write_tables(figures: Figures, folder: Path) -> None:
    """Write `README.md`, `peers.csv` and `sizes.csv`."""
    peers, sizes = against_peers(figures), by_size(figures)
    sizes.to_csv(folder / "sizes.csv", index=False)
    machine = figures["machine"]
    lines = [
        "# The gapped k-mer SVM: cost and agreement",
        "",
        f"Machine: {', '.join(f'{name} {value}' for name, value in machine.items())}.",
        "",
    ]
    if len(peers):
        peers.to_csv(folder / "peers.csv", index=False)
        lines += [
            "## Against LS-GKM and FastSK",
            "",
            ABOUT_PEERS,
            "",
            markdown(peers),
            "",
        ]
    lines += [
        "## Against the number of sequences",
        "",
        "Simulated sequences of 300 bp, l = 11, k = 7, d = 3, C = 1.",
        "",
        markdown(sizes),
        "",
        "Exponents of a log-log line, with 95 % intervals:",
        "",
    ]
    for name, (slope, half) in slopes(figures).items():
        lines.append(f"- {name}: {slope:.2f} ± {half:.2f}")
    scoring, paths, targets = figures["scoring"], figures["paths"], figures["targets"]
    rbf = figures["rbf"]
    lines += [
        "",
        "## More",
        "",
        (
            f"- A chromosome is scored at {scoring['chromosome_mbp_per_s']:.0f} Mbp/s; items of "
            f"300 bp, whose norms are needed, at {scoring['items_mbp_per_s']:.1f} Mbp/s.\n"
            f"- One product with 20,000 sequences takes {1000 * paths['compiled']:.0f} ms in "
            f"compiled loops and {1000 * paths['torch']:.0f} ms in torch on the same processor.\n"
            f"- {targets['targets']} targets of {targets['sequences']:,} sequences are trained in "
            f"{targets['seconds']:.0f} s and {targets['products']:,} products, "
            f"{targets['together']} at a time; one by one in "
            f"{targets['seconds_one_by_one']:.0f} s.\n"
            f"- With a radial basis function, {rbf['sequences']:,} sequences are trained in "
            f"{rbf['seconds']:.0f} s with {rbf['peak_bytes'] / 1e9:.1f} GB ("
            f"{rbf['predicted_bytes'] / 1e9:.1f} foreseen), and one is scored in "
            f"{1000 * rbf['seconds_per_scored']:.0f} ms."
        ),
        "",
        "![cost](cost.png)",
        "",
    ]
    (folder / "README.md").write_text("\n".join(lines))
