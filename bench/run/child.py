"""The child process that computes one cell: `python -m bench.run.child RUN CELL`.

It is given a run folder and a cell id and nothing else. Standard input is a pipe whose other end
the parent holds: when the parent dies, the child ends. Progress goes to the original standard
output as JSON lines; whatever a model prints goes to standard error, which is the cell's log.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeVar

from bench.data.files import sha256_of
from bench.interface.context import Budget, FitContext
from bench.interface.errors import BenchError
from bench.registry.last_line import last_line
from bench.registry.model_class import load_model_class
from bench.registry.plugin_file import import_file
from bench.run.machine import peak_memory, provenance
from bench.run.result import CellSpec, Cost, MetricResult, Provenance, Result, Status
from bench.run.scored_alleles import FITTED
from bench.run.spawned import end_with_parent, take_standard_output
from bench.run.store import RunFolder, write_json

if TYPE_CHECKING:
    from bench.interface.arrays import FloatArray
    from bench.interface.model import Model
    from bench.tasks.store import BuiltTask

Number = TypeVar("Number", int, float)

SAVE_FAILED = 74
"""Exit code when a result could not be written: the next cell would fail too, so the run ends."""

REPORT_EVERY_SECONDS = 0.2


class SaveError(Exception):
    """A result could not be written."""


class _CodeChangedError(Exception):
    """The code or a file of a model is not what its cell id was made from."""


def main(arguments: list[str]) -> int:
    """Compute the cell; the result says how it went."""
    folder, cell_id = arguments
    channel = take_standard_output()
    end_with_parent()
    run = RunFolder(Path(folder))
    spec = run.spec(cell_id)
    try:
        result = _compute(run, spec, channel)
        with _saving():
            write_json(run.cell(cell_id) / "result.json", result)
    except SaveError as error:
        # The log may lie on the same full disk; the exit code has to arrive all the same.
        with contextlib.suppress(OSError):
            os.write(2, f"{error}\n".encode())
        os._exit(SAVE_FAILED)
    return 0


class _Channel:
    """Tells the parent how far the work is, at most a few times a second."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last = 0.0
        self.stage = "load"

    def enter(self, stage: str) -> None:
        """Begin a stage."""
        self.stage = stage
        self._last = 0.0
        self(0, 0)

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Report progress within the stage."""
        now = time.monotonic()
        if now - self._last < REPORT_EVERY_SECONDS and done != total:
            return
        self._last = now
        event = {"stage": self.stage, "done": done, "total": total, "note": note}
        self._stream.write(json.dumps(event) + "\n")


def _compute(run: RunFolder, spec: CellSpec, stream: TextIO) -> Result:
    cost = Cost()
    metrics: tuple[MetricResult, ...] = ()
    try:
        _refuse_changed(spec)
        compute = _fit_and_predict if spec.alleles is None else _score_alleles
        cost = compute(run, spec, _Channel(stream))
        from bench.run.scoring import score_cell

        metrics = score_cell(run, spec)
        status, reason = Status.OK, ""
    except SaveError:
        raise
    except _CodeChangedError:
        # Not a failure that stays: the next run plans the cell with the new code.
        status, reason = Status.SKIPPED, "its code or a file changed after planning; run again"
    except BenchError as error:
        if error.__cause__ is not None:
            traceback.print_exc()
        status, reason = Status.FAILED, str(error)
    except Exception as error:  # noqa: BLE001  a model may fail in any way; the result says how
        traceback.print_exc()
        status, reason = _classified(error, spec)
    shutil.rmtree(run.cell(spec.cell_id) / "scratch", ignore_errors=True)
    return Result(
        cell=spec,
        status=status,
        reason=reason,
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        cost=cost,
        metrics=metrics,
        provenance=_provenance(spec),
    )


def _refuse_changed(spec: CellSpec) -> None:
    """Raise `_CodeChangedError` where what would be run is not what was planned."""
    from bench.run.code_hash import effects_code_hash, plugin_code_hash, sources_hash

    for path in spec.plugin_files:
        import_file(Path(path))
    if spec.alleles is not None and effects_code_hash() != spec.hashes["effects"]:
        raise _CodeChangedError
    for name, planned in spec.hashes.items():
        kind, _, setting = name.partition(" ")
        if kind == "file" and sha256_of(Path(str(spec.settings[setting]))) != planned:
            raise _CodeChangedError
    # Other bytes may be the same code: a comment, say.
    same = sources_hash(spec.target) == spec.sources
    if not same and plugin_code_hash(spec.target) != spec.hashes["code"]:
        raise _CodeChangedError


def _classified(error: Exception, spec: CellSpec) -> tuple[Status, str]:
    # torch's own out-of-memory error is recognised by name, so that torch need not be imported.
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return Status.OOM, f"out of memory: {error}" if str(error) else "out of memory"
    first = (str(error).splitlines() or [""])[0]
    place = last_line(error.__traceback__, spec.target, tuple(map(Path, spec.plugin_files)))
    return Status.FAILED, f"{type(error).__name__}: {first}{place}"


def _fit_and_predict(run: RunFolder, spec: CellSpec, channel: _Channel) -> Cost:
    from bench.run.prediction import predict_heads
    from bench.tasks.store import BuiltTask

    started = time.monotonic()
    channel.enter("load")
    model_class = load_model_class(spec)
    task = BuiltTask(Path(spec.task_folder))
    context = _context(run, spec, task, channel)
    model = model_class(**spec.settings)
    coordinates = model_class.card.uses_coordinates
    train, valid = (
        task.examples(split, with_targets=True, with_items=coordinates)
        for split in ("train", "valid")
    )
    test = task.examples("test", with_items=coordinates)
    channel.enter("fit")
    fitting = time.monotonic()
    model.fit(train, valid, context)
    channel.enter("predict")
    predicting = time.monotonic()
    predictions = predict_heads(model, test, task)
    done = time.monotonic()
    _save(run.cell(spec.cell_id), model, predictions)
    channel.enter("score")
    return Cost(
        load_seconds=fitting - started,
        fit_seconds=predicting - fitting,
        predict_seconds=done - predicting,
        wall_seconds=time.monotonic() - started,
        cpu_seconds=time.process_time(),
        peak_memory_bytes=peak_memory(),
        parameters=_parameters(model, spec),
        receptive_field=_told(model.receptive_field),
        flops=_told(model.training_flops),
    )


def _score_alleles(run: RunFolder, spec: CellSpec, channel: _Channel) -> Cost:
    from bench.run.allele_cell import score_alleles

    started = time.monotonic()
    channel.enter("load")
    scored = score_alleles(run, spec, load_fitted, channel)
    with _saving():
        _save_predictions(run.cell(spec.cell_id), scored.predictions)
    channel.enter("score")
    model = scored.model
    return Cost(
        load_seconds=scored.load_seconds,
        fit_seconds=scored.choose_seconds,
        predict_seconds=scored.predict_seconds,
        wall_seconds=time.monotonic() - started,
        cpu_seconds=time.process_time(),
        peak_memory_bytes=peak_memory(),
        parameters=_parameters(model, spec),
        receptive_field=_told(model.receptive_field),
    )


def _parameters(model: Model, spec: CellSpec) -> int | None:
    """Parameters of the fitted model, as it counts them or as its card states them."""
    counted = model.parameter_count()
    return model.card.presets[spec.preset].parameters if counted is None else counted


def _told(ask: Callable[[], Number | None]) -> Number | None:
    """Ask the fitted model, whose predictions are not lost where it fails to tell."""
    try:
        return ask()
    except Exception:  # a plugin's network may do anything with input that it did not expect
        logging.getLogger(__name__).warning("no %s", ask.__name__.replace("_", " "), exc_info=True)
        return None


def _context(run: RunFolder, spec: CellSpec, task: BuiltTask, channel: _Channel) -> FitContext:
    from bench.run.scoring import validation_score

    scratch = run.cell(spec.cell_id) / "scratch"
    with _saving():
        scratch.mkdir(exist_ok=True)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    return FitContext(
        shape=task.info.shape,
        seed=spec.seed,
        scratch=scratch,
        settings=spec.settings,
        device=spec.device,
        precision=spec.precision,
        threads=spec.threads,
        budget=Budget(seconds=spec.budget_seconds, steps=spec.budget_steps),
        score=validation_score(spec),
        progress=channel,
        log=logging.getLogger(f"bench.{spec.model}"),
        upstream={name: load_fitted(run, cell) for name, cell in spec.upstream.items()},
        upstream_cache=_caches(run, spec),
    )


def _caches(run: RunFolder, spec: CellSpec, copies: Path | None = None) -> dict[str, Path]:
    """Make the folders that all models which stand on the same one share, or copies of these."""
    folders = {name: run.cell(cell) / "cache" for name, cell in spec.upstream.items()}
    for folder in folders.values():
        folder.mkdir(exist_ok=True)
    if copies is None:
        return folders
    return {
        name: Path(shutil.copytree(folder, copies / spec.upstream[name], dirs_exist_ok=True))
        for name, folder in folders.items()
    }


def load_fitted(
    run: RunFolder, cell_id: str, device: str | None = None, copies: Path | None = None
) -> Model:
    """Read back the fitted model of a finished cell.

    Args:
        run: the run.
        cell_id: the cell.
        device: on which it computes; None for its own.
        copies: folder in which models that stand on others keep what these predict, for sequences
            that the run will not ask for again; it begins with what the run has. None: in the run.
    """
    import tempfile

    spec = run.spec(cell_id)
    if spec.alleles is not None:
        fitted = run.spec(spec.upstream[FITTED])
        raise BenchError(
            f"{spec.title}, scores variants by the model that was fitted on {fitted.task}: name "
            "that task"
        )
    model_class = load_model_class(spec)
    shape = run.task(spec.task_key).shape
    context = FitContext(
        shape=shape,
        seed=spec.seed,
        scratch=Path(tempfile.gettempdir()),
        settings=spec.settings,
        device=device or spec.device,
        precision=spec.precision,
        threads=spec.threads,
        upstream={
            name: load_fitted(run, cell, device, copies) for name, cell in spec.upstream.items()
        },
        upstream_cache=_caches(run, spec, copies),
    )
    return model_class.load(run.cell(cell_id) / "model", context)


def _save(folder: Path, model: Model, predictions: FloatArray) -> None:
    from bench.data.files import atomic_folder

    with _saving():
        _save_predictions(folder, predictions)
        shutil.rmtree(folder / "model", ignore_errors=True)
        with atomic_folder(folder / "model") as temporary:
            model.save(temporary)


def _save_predictions(folder: Path, predictions: FloatArray) -> None:
    import numpy as np

    from bench.data.files import atomic_file

    with atomic_file(folder / "predictions.npz") as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, default=predictions)


@contextmanager
def _saving() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO}:
            raise SaveError(f"{error.filename or 'result'}: {error.strerror}") from error
        raise


def _provenance(spec: CellSpec) -> Provenance:
    packages = json.loads(spec.hashes.get("packages", "{}"))
    return provenance(packages, spec.device, spec.threads, spec.workers)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
