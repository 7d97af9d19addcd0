"""What the machine does at best: products of matrices, and copies."""

from __future__ import annotations

import time
from statistics import median

from bench.profile.records import CurveSpec, Probe
from bench.profile.timing import clock_of

SIDES = {"cpu": 2048, "cuda": 8192}
"""Rows and columns of the matrices."""
COPIED_BYTES = {"cpu": 1 << 28, "cuda": 1 << 31}
SAMPLES = 9
WARM_SECONDS = 0.5


def probe_key(spec: CurveSpec) -> str:
    """Return under which name the machine's best is kept that a curve is compared with."""
    return f"{spec.device} {spec.precision} {spec.threads}"


def probe(device: str, precision: str) -> Probe:
    """Measure the best of a device."""
    import torch

    kind = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
    clock = clock_of(device)
    side = SIDES[device]
    left = torch.rand(side, side, device=device).to(kind[precision])
    result = torch.empty_like(left)

    def product() -> None:
        torch.mm(left, left, out=result)

    given = torch.ones(COPIED_BYTES[device] // 4, device=device)
    copied = torch.empty_like(given)

    def copy() -> None:
        copied.copy_(given)

    seconds = {}
    for step in (product, copy):
        began = time.monotonic()
        # Clocks of an idle device rise within some tenths of a second.
        while time.monotonic() - began < WARM_SECONDS:
            clock(step)
        seconds[step] = median(clock(step) for _ in range(SAMPLES))
    return Probe(
        flops_per_second=2.0 * side**3 / seconds[product],
        bytes_per_second=2.0 * COPIED_BYTES[device] / seconds[copy],
    )


def main(arguments: list[str]) -> int:
    """Measure and print, in a process of its own: `python -m bench.profile.probe cpu float32`."""
    from bench.run.spawned import end_with_parent, take_standard_output

    channel = take_standard_output()
    end_with_parent()
    device, precision = arguments
    channel.write(probe(device, precision).model_dump_json() + "\n")
    return 0


if __name__ == "__main__":
    import sys

    sys.exit(main(sys.argv[1:]))
