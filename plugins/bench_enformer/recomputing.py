"""Activation checkpointing (Chen et al. 2016, arXiv:1604.06174) that leaves statistics alone."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


def recomputed(module: nn.Module, *inputs: Tensor, draws: bool = True) -> Tensor:
    """Return the module's output, whose activations are computed again for the gradients.

    Dropout draws the same again; running statistics of batch normalisation see a batch once.

    Args:
        module: whose output is wanted.
        inputs: that it is given.
        draws: whether anything is drawn at random. Where nothing is, generators are left alone,
            whose state cannot be read while a GPU's kernels are being recorded.
    """

    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), statistics_kept(module)

    output: Tensor = checkpoint(
        module, *inputs, use_reentrant=False, context_fn=contexts, preserve_rng_state=draws
    )
    return output


@contextmanager
def statistics_kept(module: nn.Module) -> Iterator[None]:
    """Let batch normalisations update copies of their running statistics.

    The statistics themselves are not written to, since a gradient that is still to come may hold
    them.
    """
    norms = [one for one in module.modules() if isinstance(one, _BatchNorm)]
    kept = [{name: getattr(norm, name) for name in STATISTICS} for norm in norms]
    for norm, statistics in zip(norms, kept, strict=True):
        for name, values in statistics.items():
            setattr(norm, name, None if values is None else values.clone())
    try:
        yield
    finally:
        for norm, statistics in zip(norms, kept, strict=True):
            for name, values in statistics.items():
                setattr(norm, name, values)
