"""Patches: the stretch of a layer's output that a change of the input reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Patches:
    """Outputs of a layer for `n` changed inputs that differ from the original's in a stretch.

    Attributes:
        original: the layer's output for the original input, `(1, channels, length)`.
        values: of the changed inputs, `(n, channels, width)`.
        starts: where each stretch begins, int64 `(n,)`; `0 <= start <= length - width`.
    """

    original: Tensor
    values: Tensor
    starts: Tensor

    @property
    def length(self) -> int:
        """Length of the whole output."""
        return int(self.original.shape[2])

    @property
    def width(self) -> int:
        """Length of the stretch."""
        return int(self.values.shape[2])

    def places(self) -> Tensor:
        """Return the positions of the stretches, `(n, width)`."""
        return self.starts[:, None] + torch.arange(self.width, device=self.starts.device)

    def whole(self) -> Tensor:
        """Return the whole outputs, `(n, channels, length)`."""
        count, channels, _ = self.values.shape
        full = self.original.expand(count, -1, -1).clone()
        places = self.places()[:, None].expand(-1, channels, -1)
        return full.scatter_(2, places, self.values)

    def original_values(self) -> Tensor:
        """Return what the original has in the stretches, `(n, channels, width)`."""
        return self.original[0][:, self.places()].transpose(0, 1)

    def read(self, starts: Tensor, width: int, outside: float) -> Tensor:
        """Return stretches of the changed outputs, `(n, channels, width)`.

        Args:
            starts: where they begin, int64 `(n,)`; may lie outside.
            width: how long they are.
            outside: stands before the beginning and behind the end.
        """
        steps = torch.arange(width, device=starts.device)
        places = starts[:, None] + steps
        inside = (places >= 0) & (places < self.length)
        held = self.original[0][:, places.clamp(0, self.length - 1)].transpose(0, 1)
        if not bool(inside.all()):
            held = torch.where(inside[:, None], held, outside)
        # What changed is laid over what was there; beyond the patch nothing changed.
        offsets = places - self.starts[:, None]
        changed = (offsets >= 0) & (offsets < self.width) & inside
        index = offsets.clamp(0, self.width - 1)[:, None].expand(-1, held.shape[1], -1)
        return torch.where(changed[:, None], self.values.gather(2, index), held)

    def reached(self, kernel: int, stride: int, padding: int, dilation: int) -> tuple[Tensor, int]:
        """Return the stretch of a sliding layer's output that the patches reach.

        Output `o` reads inputs `o * stride - padding + dilation * k`, `0 <= k < kernel`.

        Returns:
            Its starts, `(n,)`, and its width, the same for all; the stretch may hold outputs that
            do not change, and lies within the output.
        """
        reach = dilation * (kernel - 1)
        total = (self.length + 2 * padding - reach - 1) // stride + 1
        # Every output from the first that reads the patch's first base, rounded up.
        first = -((reach - padding - self.starts) // stride)
        width = min((self.width - 1 + reach) // stride + 1, total)
        return first.clamp(0, total - width), width
