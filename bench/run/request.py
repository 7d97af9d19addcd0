"""From what a user typed to what is run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.data.manifest import Manifest, TaskManifest, read_toml
from bench.interface.card import ModelCard, Reads, Setting, TaskKind
from bench.interface.context import Budget
from bench.interface.errors import BenchError
from bench.interface.names import nearest
from bench.registry.registry import Registry
from bench.run.machine import core_count
from bench.run.plan import Planner, RunOptions, parse_model
from bench.run.result import DEVICES, PRECISIONS
from bench.run.runner import RunRequest
from bench.run.seen import EXCLUDE, MARK
from bench.run.suite import (
    SUITE_SCHEMA,
    TRAINING,
    Suite,
    SuiteModel,
    parse_budget,
    parse_bytes,
    parse_seconds,
    parse_suite,
)
from bench.tasks.catalogue import TaskCatalogue

DEFAULT_SUITE = "quick"
"""Its models, but for those of some of its tasks alone, run on a manifest of the user unless models
are named; baselines run with them."""
BASELINE = "baseline"
"""Family of models that any other should beat, as their cards say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a command line says on top of a suite; None leaves it as the suite says."""

    models: str | None = None
    tasks: str | None = None
    settings: tuple[str, ...] = ()
    seeds: int | None = None
    budget: str | None = None
    device: str | None = None
    precision: str | None = None
    workers: int = 1
    threads: int | None = None
    time_limit: str | None = None
    memory_limit: str | None = None
    seen: str | None = None


def make_request(
    what: str,
    changes: Changes,
    registry: Registry,
    catalogue: TaskCatalogue,
    *,
    executor: str = "local",
    retry: bool = False,
    allow_leaky: bool = False,
) -> RunRequest:
    """Work out models, tasks and options.

    Args:
        what: name of a suite, or path of a TOML file that holds a suite or a manifest.
        changes: the rest of the command line.
        registry: all plugins.
        catalogue: all tasks; a manifest named by `what` is added.
        executor: name of the executor.
        retry: run cells again that failed, timed out or ran out of memory.
        allow_leaky: run tasks too that fail their audit.

    Raises:
        BenchError: something is unknown (with the nearest name) or out of range.
    """
    name, suite = _suite(what, registry, catalogue)
    models = _changed(_models(suite, changes.models), changes.settings)
    tasks = _chosen(changes.tasks, suite.tasks)
    named = (
        tasks if changes.models is not None else [one for one in tasks if one not in suite.tasks]
    )
    models = _allowed_on(models, named)
    options = _options(suite, changes)
    # Mistakes are told before anything is downloaded, built or written.
    Planner(registry, options).plan(models, ())
    registry.executors[executor]
    return RunRequest(
        suite=name,
        models=models,
        tasks=tuple(catalogue[task] for task in tasks),
        options=options,
        executor=executor,
        retry=retry,
        allow_leaky=allow_leaky,
        seen=_seen(changes.seen or suite.seen),
        find_task=catalogue.__getitem__,
    )


def _seen(policy: str) -> str:
    """Check what becomes of test items that weights have seen.

    Raises:
        BenchError: no such policy.
    """
    if policy not in (MARK, EXCLUDE):
        raise BenchError(f"seen {policy!r}: expected {MARK!r} or {EXCLUDE!r}")
    return policy


def _suite(what: str, registry: Registry, catalogue: TaskCatalogue) -> tuple[str, Suite]:
    path = Path(what)
    if path.suffix != ".toml":
        entry = registry.suites[what]
        return what, parse_suite(entry.value, read_toml(entry.value))
    content = read_toml(path)
    if not isinstance(content.get("tasks"), dict):
        return path.stem, parse_suite(path, content)
    manifest = catalogue.add_file(path, content)
    suite = Suite(
        schema=SUITE_SCHEMA,
        title=manifest.title,
        tasks=tuple(manifest.tasks),
        models=_usual_models(manifest, registry),
    )
    return manifest.name, suite


def _usual_models(manifest: Manifest, registry: Registry) -> tuple[SuiteModel, ...]:
    """Return models of the default suite and baselines, each for the tasks that it can do.

    Where none can do any, the default suite's are returned, and their cells say why they are
    skipped.
    """
    default = registry.suites[DEFAULT_SUITE].value
    usual = [model for model in parse_suite(default, read_toml(default)).models if not model.tasks]
    named = {model.name for model in usual}
    baselines = [
        SuiteModel(name=entry.name)
        for entry in registry.models
        if entry.value.family == BASELINE and entry.name not in named
    ]
    cards = {entry.name: entry.value for entry in registry.models}
    models = []
    for model in [*usual, *baselines]:
        # The planner tells of a model whose plugin was set aside, where it is run.
        card = cards.get(model.name)
        tasks = [
            name for name, task in manifest.tasks.items() if card is None or _can_do(card, task)
        ]
        if tasks:
            only = () if len(tasks) == len(manifest.tasks) else tuple(tasks)
            models.append(model.model_copy(update={"tasks": only}))
    return tuple(models or usual)


def _can_do(card: ModelCard, task: TaskManifest) -> bool:
    """Tell whether a model does the kind of a task, and the task has what it reads."""
    needs_tss = card.reads is Reads.TSS_DISTANCE
    scores_alleles = task.kind is TaskKind.VARIANT and TRAINING in task.roles
    if scores_alleles and TaskKind.VARIANT not in card.tasks:
        return not card.uses_coordinates
    return task.kind in card.tasks and (task.transcripts is not None or not needs_tss)


def _models(suite: Suite, named: str | None) -> tuple[SuiteModel, ...]:
    """Take the models named; one that the suite has comes with the suite's settings."""
    if named is None:
        return suite.models
    chosen: list[SuiteModel] = []
    for text in _words(named):
        model = parse_model(text)
        same = [known for known in suite.models if known.name == model.name]
        chosen += same if same and model.preset is None else [model]
    return tuple(_distinct(chosen))


def _allowed_on(models: Sequence[SuiteModel], named: Sequence[str]) -> tuple[SuiteModel, ...]:
    """Allow models on tasks that were asked for by name, where none of a model's rows is for one.

    A model may have one row for some tasks and another, with settings that suit them, for others.
    """
    allowed = []
    for model in models:
        rows = [row for row in models if row.name == model.name]
        without = [task for task in named if not any(row.is_for(task) for row in rows)]
        tasks = (*model.tasks, *without) if model.tasks else ()
        allowed.append(model.model_copy(update={"tasks": tasks}))
    return tuple(allowed)


def _distinct(models: Iterable[SuiteModel]) -> list[SuiteModel]:
    distinct: list[SuiteModel] = []
    for model in models:
        if model not in distinct:
            distinct.append(model)
    return distinct


def _changed(models: Sequence[SuiteModel], settings: Sequence[str]) -> tuple[SuiteModel, ...]:
    """Apply `model.setting=value`."""
    changes = setting_changes(settings, {model.name for model in models})
    return tuple(
        model.model_copy(update={"settings": {**model.settings, **changes[model.name]}})
        if model.name in changes
        else model
        for model in models
    )


def setting_changes(settings: Sequence[str], models: set[str]) -> dict[str, dict[str, Setting]]:
    """Read `model.setting=value`: model -> setting -> value as it was typed.

    Raises:
        BenchError: something else, or a model that is not among `models`.
    """
    changes: dict[str, dict[str, Setting]] = {}
    for text in settings:
        place, equals, value = text.partition("=")
        name, dot, setting = place.partition(".")
        if not (equals and dot and setting and value):
            raise BenchError(f"--set {text!r}: expected model.setting=value")
        if name not in models:
            raise BenchError(f"--set {text!r}: model {name!r} is not run; {nearest(name, models)}")
        changes.setdefault(name, {})[setting] = value
    return changes


def _chosen(named: str | None, known: Sequence[str]) -> list[str]:
    return list(known) if named is None else list(dict.fromkeys(_words(named)))


def _words(text: str) -> list[str]:
    words = [word.strip() for word in text.split(",")]
    if not all(words):
        raise BenchError(f"{text!r}: expected names separated by single commas")
    return words


def _options(suite: Suite, changes: Changes) -> RunOptions:
    device = checked_device(changes.device or suite.device)
    precision = checked_precision(changes.precision or suite.precision, device)
    return RunOptions(
        seeds=changes.seeds or suite.seeds,
        budget=parse_budget(changes.budget or suite.budget),
        device=device,
        precision=precision,
        time_limit=parse_seconds(changes.time_limit or suite.limits.time),
        memory_limit=parse_bytes(changes.memory_limit or suite.limits.memory),
        workers=changes.workers,
        threads=changes.threads or max(1, core_count() // changes.workers),
    )


def _one_of(word: str, known: Sequence[str], noun: str) -> str:
    if word not in known:
        raise BenchError(f"{noun} {word!r}: expected one of {', '.join(known)}")
    return word


def checked_device(device: str) -> str:
    """Return a device that is there.

    Raises:
        BenchError: no such word, or no GPU.
    """
    if _one_of(device, DEVICES, "device") == "cuda":
        import torch

        if not torch.cuda.is_available():
            raise BenchError("device 'cuda': torch sees no CUDA device here")
    return device


def checked_precision(precision: str, device: str) -> str:
    """Return a precision that the device computes in.

    Raises:
        BenchError: no such word, or not there.
    """
    if _one_of(precision, PRECISIONS, "precision") == "float16" and device == "cpu":
        raise BenchError("precision 'float16': expected float32 or bfloat16 on a CPU")
    return precision


def unused_options(request: RunRequest, registry: Registry) -> list[str]:
    """Say which models do not use the number of seeds or the budget that was asked for."""
    cards = [registry.models[name].value for name in {model.name: 0 for model in request.models}]
    options = request.options
    notes = []
    seedless = [card.name for card in cards if not card.uses_seed]
    if options.seeds > 1 and seedless:
        they = "it does" if len(seedless) == 1 else "they do"
        notes.append(f"one seed is enough for {', '.join(seedless)}: {they} not depend on it")
    unlimited = [card.name for card in cards if not card.uses_budget]
    if options.budget != Budget() and unlimited:
        they = "it does" if len(unlimited) == 1 else "they do"
        notes.append(f"no budget holds for {', '.join(unlimited)}: {they} not keep to one")
    return notes
