"""The figure of cost against the number of sequences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from tables import sizes_of, slopes

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#666666"
"""Colours of Okabe and Ito, told apart by colour-blind readers."""


def draw(figures: dict[str, Any], path: Path) -> None:
    """Draw seconds of training and of one product against sequences, with fitted slopes."""
    sizes = sizes_of(figures)
    mine = [figures[f"size {size}"] for size in sizes]
    fitted = slopes(figures)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")

    def label(name: str, key: str) -> str:
        slope, half = fitted[key]
        return f"{name}, N^({slope:.2f} ± {half:.2f})"

    left.loglog(
        sizes,
        [one["seconds"] for one in mine],
        "o-",
        color=BLUE,
        label=label("cisbench", "whole training"),
    )
    peer = sorted(
        (
            one["lsgkm"]["sequences"] if "sequences" in one["lsgkm"] else int(name.split()[0][10:]),
            one["lsgkm"]["seconds"],
        )
        for name, one in figures.items()
        if name.startswith("simulated-")
    )
    if peer:
        left.loglog(
            *zip(*peer, strict=True),
            "s--",
            color=ORANGE,
            label=label("LS-GKM, 4 threads", "LS-GKM, whole training"),
        )
    left.set(xlabel="training sequences (300 bp)", ylabel="training time (s)")
    left.legend(frameon=False, fontsize=8)
    quartiles = [one["product_quartiles"] for one in mine]
    middle = [1000 * one["product_median"] for one in mine]
    errors = [
        [
            1000 * one["product_median"] - 1000 * low
            for one, (low, _) in zip(mine, quartiles, strict=True)
        ],
        [
            1000 * high - 1000 * one["product_median"]
            for one, (_, high) in zip(mine, quartiles, strict=True)
        ],
    ]
    right.errorbar(
        sizes, middle, yerr=errors, fmt="o-", color=BLUE, capsize=2,
        label=label("one product, median and quartiles", "one product"),
    )  # fmt: skip
    right.set(
        xscale="log",
        yscale="log",
        xlabel="training sequences (300 bp)",
        ylabel="time of a kernel product (ms)",
    )
    other = right.twinx()
    other.plot(sizes, [one["products"] for one in mine], "^:", color=GREY, label="products")
    other.set_ylabel("products until solved", color=GREY)
    other.set_ylim(bottom=0)
    right.legend(frameon=False, fontsize=8, loc="upper left")
    for suffix in ("png", "svg"):
        figure.savefig(path.with_suffix(f".{suffix}"), dpi=150)
    plt.close(figure)
