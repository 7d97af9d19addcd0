"""Energy that the device used, where its driver tells."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

PACKAGES = "/sys/class/powercap"
NVML = "libnvidia-ml.so.1"
Meter: TypeAlias = Callable[[], float]
"""Returns joules since some time before."""


def energy_meter(device: str) -> Meter | None:
    """Return the meter of a device; None where there is none that may be read."""
    return _gpu_meter() if device == "cuda" else _cpu_meter(Path(PACKAGES))


def _cpu_meter(folder: Path) -> Meter | None:
    """Return the sum over all processors, whose counters begin anew at their range."""
    packages = sorted(folder.glob("intel-rapl:[0-9]"))
    try:
        counters = [_Counter(package) for package in packages]
    except (OSError, ValueError):
        return None
    return (lambda: sum(counter.joules() for counter in counters)) if counters else None


class _Counter:
    def __init__(self, package: Path) -> None:
        self._file = package / "energy_uj"
        self._range = int((package / "max_energy_range_uj").read_text())
        self._last = int(self._file.read_text())
        self._sum = 0

    def joules(self) -> float:
        now = int(self._file.read_text())
        self._sum += (now - self._last) % self._range
        self._last = now
        return self._sum / 1e6


def _gpu_meter() -> Meter | None:
    """Return the counter of torch's current GPU, asked of NVIDIA's own library."""
    import torch

    try:
        library = ctypes.CDLL(NVML)
        uuid = f"GPU-{torch.cuda.get_device_properties(torch.cuda.current_device()).uuid}"
    except (OSError, AttributeError, RuntimeError, AssertionError):
        return None
    handle, millijoules = ctypes.c_void_p(), ctypes.c_ulonglong()

    def read() -> int:
        return int(library.nvmlDeviceGetTotalEnergyConsumption(handle, ctypes.byref(millijoules)))

    found = (
        library.nvmlInit_v2() == 0
        and library.nvmlDeviceGetHandleByUUID(uuid.encode(), ctypes.byref(handle)) == 0
        and read() == 0
    )
    if not found:
        return None

    def joules() -> float:
        read()
        return millijoules.value / 1e3

    return joules
