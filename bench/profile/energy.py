"""Energy that the device used, where its driver tells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

RAPL = Path("/sys/class/powercap/intel-rapl:0/energy_uj")
Meter: TypeAlias = Callable[[], float]
"""Returns joules since some time before."""


def energy_meter(device: str) -> Meter | None:
    """Return the meter of a device; None where there is none that may be read."""
    return _gpu_meter() if device == "cuda" else _cpu_meter()


def _cpu_meter() -> Meter | None:
    try:
        RAPL.read_text()
    except OSError:
        return None
    return lambda: int(RAPL.read_text()) / 1e6


def _gpu_meter() -> Meter | None:
    try:
        import pynvml  # type: ignore[import-not-found,import-untyped,unused-ignore]
        import torch

        pynvml.nvmlInit()
        handle = pynvml.nvmlDeviceGetHandleByIndex(torch.cuda.current_device())
        pynvml.nvmlDeviceGetTotalEnergyConsumption(handle)
    except Exception:  # noqa: BLE001  no such package, driver or permission: there is no meter
        return None
    return lambda: float(pynvml.nvmlDeviceGetTotalEnergyConsumption(handle)) / 1e3
