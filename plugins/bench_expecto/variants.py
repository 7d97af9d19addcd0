"""How a variant changes ExPecto's features (Zhou et al. 2018, doi:10.1038/s41588-018-0160-6).

The chromatin model reads nine windows around a variant, each with both alleles. What changes is
weighed by each window's distance from the TSS, in whole steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.interface import BenchError
from bench_expecto.geometry import both_directions

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bench.interface import CodeArray, FloatArray, IntArray

WINDOW_STEPS = (0, -1, -2, -3, -4, 1, 2, 3, 4)
"""Places of the windows from the variant, in steps towards higher coordinates."""


def chromatin_changes(
    predict: Callable[[CodeArray], FloatArray],
    reference: CodeArray,
    alternative: CodeArray,
    window: int,
    step: int = 200,
) -> NDArray[np.float64]:
    """Read both alleles in the nine windows around each variant.

    Args:
        predict: the chromatin model: `(m, window)` codes to `(m, targets)`.
        reference: bases of the genome's forward strand, codes `(variants, window + 8 * step)`,
            with the variant at the last one before the middle, as the TSS stands in windows of
            genes: at index 999 of 2,000, as published.
        alternative: the same with the other allele.
        window: bp that the chromatin model is shown.
        step: bp from one window to the next.

    Returns:
        What the alternative allele changes, in the order of `WINDOW_STEPS`,
        `(variants, 9, targets)`.

    Raises:
        BenchError: the sequences are not as long as the windows need.
    """
    most = max(WINDOW_STEPS)
    span = window + 2 * most * step
    for codes in (reference, alternative):
        if codes.shape != (len(reference), span):
            raise BenchError(
                f"alleles of shape {codes.shape}, expected {(len(reference), span)}: a window of "
                f"{window} bp and {most} steps of {step} on either side"
            )
    begins = [(most + place) * step for place in WINDOW_STEPS]

    def read(codes: CodeArray) -> NDArray[np.float64]:
        windows = np.stack([codes[:, begin : begin + window] for begin in begins], axis=1)
        predicted = np.asarray(predict(windows.reshape(-1, window)), dtype=np.float64)
        return predicted.reshape(len(codes), len(begins), -1)

    return read(alternative) - read(reference)


def variant_features(
    changes: FloatArray, distances: IntArray, strands: IntArray, step: int = 200
) -> NDArray[np.float64]:
    """Return the changes of a gene's features.

    Args:
        changes: predictions with the alternative allele less those with the reference, in the order
            of `WINDOW_STEPS`, `(variants, windows, targets)`.
        distances: bp from the TSS to each variant, towards higher coordinates, `(variants,)`.
        strands: 1 or -1 for each variant's gene, `(variants,)`.
        step: in bp.

    Returns:
        `(variants, 10 * targets)`, in the order of the features of genes.
    """
    windows = np.array(WINDOW_STEPS) * step
    signed = np.asarray(strands)[:, None] * (np.asarray(distances)[:, None] + windows)
    weights = both_directions(signed, np.abs(signed) // step)
    sums = np.einsum("svw,vwt->vst", weights, changes.astype(np.float64))
    features: NDArray[np.float64] = sums.reshape(len(changes), -1)
    return features
