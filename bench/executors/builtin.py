"""Registers the executors that come with the suite."""

from __future__ import annotations

from bench.interface.hooks import Register, hookimpl


@hookimpl
def bench_executors(register: Register) -> None:
    """Add execution in child processes of this machine."""
    register.executor("local", "bench.executors.local:LocalExecutor")
