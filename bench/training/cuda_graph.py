"""A CUDA graph that is warmed up, recorded and replayed."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import torch

WARM_UPS = 3
"""Calls before a recording, in which libraries choose and load what they compute with."""


class CudaGraph:
    """Kernels of one CUDA stream; see `bench.training.recorded_step.Graph`.

    Args:
        stream: what is recorded on; None: one of its own.
        pool: what memory is taken from; None: one of its own.
    """

    def __init__(
        self,
        stream: torch.cuda.Stream | None = None,
        pool: torch.cuda._POOL_HANDLE | None = None,
    ) -> None:
        self._stream = stream or torch.cuda.Stream()  # type: ignore[no-untyped-call]
        self._pool = pool or torch.cuda.graph_pool_handle()
        self._graph = torch.cuda.CUDAGraph()

    def another(self) -> CudaGraph:
        """Return one that shares this one's memory; results last until the other is replayed."""
        # Memory that graphs share has to be asked for on one stream.
        return CudaGraph(self._stream, self._pool)

    def warm_up(self, function: Callable[[], None]) -> None:
        """Run a function some times beside other work, and see that it does not wait.

        Raises:
            RuntimeError: it waits for the device, which cannot be recorded.
        """
        current = torch.cuda.current_stream()
        self._stream.wait_stream(current)
        try:
            with torch.cuda.stream(self._stream):
                for _ in range(WARM_UPS - 1):
                    function()
                # A recording that fails half-way leaves torch in a worse state than this does.
                with _waiting_refused():
                    function()
        finally:
            current.wait_stream(self._stream)

    def capture(self, function: Callable[[], None]) -> None:
        """Record the kernels of a function."""
        try:
            # Where the end of a recording fails, only the outer one goes back to the stream before.
            with (
                torch.cuda.stream(self._stream),
                torch.cuda.graph(self._graph, pool=self._pool, stream=self._stream),
            ):
                function()
        except BaseException:
            self._end_failed_capture()
            raise

    def replay(self) -> None:
        """Run the kernels on the current stream."""
        self._graph.replay()

    def _end_failed_capture(self) -> None:
        """Do what torch leaves undone where a recording cannot be ended."""
        device = torch.cuda.current_device()
        # An error where it has been ended: then the error was one of Python alone.
        with suppress(RuntimeError):
            torch._C._cuda_endAllocateToPool(device, self._pool)  # noqa: SLF001
            torch._C._cuda_releasePool(device, self._pool)  # noqa: SLF001
        # Some versions go on believing that random numbers are being recorded.
        generator = torch.cuda.default_generators[device]
        generator.graphsafe_set_state(generator.clone_state())


@contextmanager
def _waiting_refused() -> Iterator[None]:
    before = torch.cuda.get_sync_debug_mode()
    with warnings.catch_warnings():
        # torch says that it does not notice every wait.
        warnings.simplefilter("ignore")
        torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode(before)
