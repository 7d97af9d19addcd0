"""What of its input a network's output depends on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor


@torch.no_grad()
def receptive_field(
    network: Callable[[Tensor], Tensor], length: int, device: torch.device | str = "cpu"
) -> int:
    """Return the bp from the first to the last base that the output depends on.

    That is the layers' doing, not the weights': a NaN in the input spreads to all that is computed
    from it, also with weights of 0, through maxima and through attention. Of profiles the bin in
    the middle is asked.

    Args:
        network: in evaluation mode, from `(n, 4, length)` to `(n, targets)` or
            `(n, bins, targets)`.
        length: bp that it reads.
        device: of the network.

    Returns:
        0 where the output depends on no base.
    """

    def seen(bases: slice) -> bool:
        sequence = torch.zeros(1, 4, length, device=device)
        sequence[:, :, bases] = torch.nan
        output = network(sequence)
        if output.dim() > 2:
            output = output[:, output.shape[1] // 2]
        return bool(output.isnan().any())

    # Between the first and the last base there may be some that are not seen, as with dilation.
    last = _last(lambda place: seen(slice(place, length)), length)
    first = length - 1 - _last(lambda place: seen(slice(0, length - place)), length)
    return max(0, last + 1 - first)


def _last(seen: Callable[[int], bool], places: int) -> int:
    """Return the last place at which something is seen, as at all before it; -1: at none."""
    if seen(places - 1):
        return places - 1
    near, far = -1, places - 1
    while far - near > 1:
        between = (near + far) // 2
        near, far = (between, far) if seen(between) else (near, between)
    return near
