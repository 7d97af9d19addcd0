"""The most memory that a step takes, on the host and on the GPU."""

from __future__ import annotations

import contextlib
import ctypes
from pathlib import Path

from bench.run.machine import peak_memory

CLEAR_REFS = Path("/proc/self/clear_refs")
RESET_PEAK = "5"


def forget_host_peak() -> None:
    """Begin anew, where the system lets a process do so; give back what the allocator keeps."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    with contextlib.suppress(OSError):
        CLEAR_REFS.write_text(RESET_PEAK)


def host_peak() -> int | None:
    """Largest resident memory since `forget_host_peak`, in bytes."""
    return peak_memory()


def resident() -> int:
    """Resident memory of this process in bytes."""
    import psutil

    return int(psutil.Process().memory_info().rss)


def forget_device_peak(device: str) -> None:
    """Begin anew on the GPU; nothing on a CPU."""
    if device == "cuda":
        import torch

        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def device_peak(device: str) -> int | None:
    """Largest memory that torch held on the GPU, in bytes; None on a CPU, or where it held none."""
    if device != "cuda":
        return None
    import torch

    return int(torch.cuda.max_memory_allocated()) or None
