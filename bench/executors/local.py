"""Executes cells on this machine, several side by side, each in a child of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from bench.run.launch import OnStage, run_cell, write_unfinished
from bench.run.result import CellSpec, Result, Status
from bench.run.store import RunFolder


class LocalExecutor:
    """Runs a cell as soon as a worker is free and the models that it stands on are fitted."""

    def __init__(self, workers: int) -> None:
        self._workers = workers

    def execute(
        self,
        run: RunFolder,
        cells: Sequence[CellSpec],
        on_stage: OnStage,
        on_result: Callable[[Result], None],
    ) -> None:
        """Run all cells; each result is written by the time `on_result` is told of it.

        Raises:
            BenchError: a result could not be written. Cells in flight are finished first; on an
                interrupt they are killed.
        """
        waiting = {cell.cell_id: cell for cell in cells}
        running: dict[Future[Result], str] = {}
        stop = threading.Event()
        with ThreadPoolExecutor(self._workers) as pool:
            try:
                while waiting or running:
                    for cell in _ready(waiting, running.values()):
                        del waiting[cell.cell_id]
                        blocked = _blocked(run, cell)
                        if blocked:
                            on_result(write_unfinished(run, cell, Status.SKIPPED, blocked))
                        else:
                            started = pool.submit(run_cell, run, cell, on_stage, stop)
                            running[started] = cell.cell_id
                        if len(running) >= self._workers:
                            break
                    finished, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in finished:
                        del running[future]
                        on_result(future.result())
            except KeyboardInterrupt:
                # Leaving the pool waits for its threads, and these for their cells.
                stop.set()
                raise


def _ready(waiting: dict[str, CellSpec], running: Iterable[str]) -> list[CellSpec]:
    unfinished = {*waiting, *running}
    return [cell for cell in waiting.values() if not unfinished & set(cell.upstream.values())]


def _blocked(run: RunFolder, cell: CellSpec) -> str | None:
    for setting, cell_id in cell.upstream.items():
        result = run.result(cell_id)
        if result is None or result.status is not Status.OK:
            status = "missing" if result is None else result.status
            named = cell.settings.get(setting, run.spec(cell_id).title)
            return f"its {setting} ({named}) ended as {status}"
    return None
