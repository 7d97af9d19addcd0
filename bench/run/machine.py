"""What machine this is: for provenance, and for cells whose budget is in seconds."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from bench import __version__
from bench.registry.packages import package_versions
from bench.run.result import Provenance


def provenance(packages: Iterable[str], device: str, threads: int, workers: int) -> Provenance:
    """Describe this process's machine and packages."""
    gpu, driver = _gpu(device)
    return Provenance(
        cisbench=__version__,
        python=platform.python_version(),
        packages=package_versions(packages),
        system=f"{platform.system()} {platform.release()}",
        machine=machine_hash(device),
        cpu=cpu_name(),
        cores=core_count(),
        memory_bytes=memory_bytes(),
        gpu=gpu,
        driver=driver,
        threads=threads,
        workers=workers,
    )


def machine_hash(device: str) -> str:
    """Tell kinds of machines apart by what decides their speed; no host name is kept."""
    facts = f"{cpu_name()}|{core_count()}|{platform.machine()}|{_gpu(device)[0]}"
    return hashlib.sha256(facts.encode()).hexdigest()[:12]


def core_count() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def cpu_name() -> str:
    """Name of the processor."""
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def memory_bytes() -> int:
    """Physical memory."""
    import psutil

    return int(psutil.virtual_memory().total)


@cache
def _gpu(device: str) -> tuple[str | None, str | None]:
    if device == "cpu":
        return None, None
    import torch

    if not torch.cuda.is_available():
        return None, None
    return torch.cuda.get_device_name(), torch.version.cuda


def peak_memory() -> int | None:
    """Largest resident memory of this process so far, in bytes."""
    # ru_maxrss starts from the parent's value after a fork, so the kernel's own mark is read.
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
