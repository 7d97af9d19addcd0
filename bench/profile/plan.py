"""From what a user asks for to curves, and to the order in which they are measured."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from bench.interface.card import Reads
from bench.interface.errors import BenchError
from bench.interface.model import Model
from bench.profile.estimators import reason_to_skip
from bench.profile.records import EVERY, LARGEST, PROFILE_SCHEMA, CurveSpec, Mode
from bench.registry.packages import missing_packages, package_versions
from bench.run.code_hash import plugin_code_hash
from bench.run.machine import machine_hash
from bench.run.plan import parse_model
from bench.run.settings import checked_settings

if TYPE_CHECKING:
    from bench.interface.card import ModelCard, Setting
    from bench.registry.entries import Entry
    from bench.registry.registry import Registry

COMPACT = "compact"
"""Preset that is profiled on a CPU where a model has it."""
MODES = (Mode.INFERENCE, Mode.TRAINING)
"""What is timed where nobody says what; a model that is no network is fitted for the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileOptions:
    """How everything is measured."""

    device: str
    precision: str
    compiled: bool
    recorded: bool
    threads: int
    seconds: float
    point_limit: float
    memory_limit: int
    targets: int | None
    batches: tuple[str, ...] = ("1", LARGEST)
    modes: tuple[Mode, ...] = MODES


def parse_batches(text: str) -> tuple[str, ...]:
    """Read batches: numbers, `max` and `all`, separated by commas.

    Raises:
        BenchError: something else.
    """
    words = tuple(dict.fromkeys(word.strip().lower() for word in text.split(",")))
    for word in words:
        if word not in {LARGEST, EVERY} and not (word.isdecimal() and int(word)):
            raise BenchError(f"--batches {text!r}: expected numbers, {LARGEST} or {EVERY}")
    return words


def usual_models(registry: Registry) -> list[str]:
    """Return the models that read sequences and stand on no other."""
    return [
        entry.name
        for entry in registry.models
        if entry.value.reads is Reads.SEQUENCE
        and not entry.value.uses_coordinates
        and not any(preset_of(entry.value, "cpu")[1].get(name) for name in entry.value.upstream)
    ]


def preset_of(card: ModelCard, device: str) -> tuple[str, dict[str, Setting]]:
    """Return the usual preset of a device, and its settings."""
    name = COMPACT if device == "cpu" and COMPACT in card.presets else card.default_preset
    return name, dict(card.presets[name].settings)


def plan_curves(
    models: Sequence[str],
    changes: Mapping[str, Mapping[str, Setting]],
    options: ProfileOptions,
    registry: Registry,
    plugin_files: Sequence[str] = (),
) -> list[CurveSpec]:
    """Return the curves of models, in the order in which they tell most.

    Args:
        models: `name` or `name:preset`.
        changes: model name -> setting -> value.
        options: how they are measured.
        registry: all plugins.
        plugin_files: loaded first by the child.

    Raises:
        BenchError: no such model, preset or setting, or a package is missing.
    """
    chosen = [_chosen(text, changes, options, registry) for text in dict.fromkeys(models)]
    curves = []
    for mode, batch in _kinds(options):
        for one in chosen:
            spec = one.curve(mode, batch, options, tuple(plugin_files))
            if spec is not None and spec not in curves:
                curves.append(spec)
    return curves


def _kinds(options: ProfileOptions) -> Iterator[tuple[Mode, str]]:
    for batch in options.batches:
        for mode in options.modes:
            yield mode, batch


def has_network(model_class: type[Model]) -> bool:
    """Whether a model tells of a network to time; `fit` and `predict` are timed of others."""
    return model_class.workload is not Model.workload


@dataclass(frozen=True, slots=True)
class _Chosen:
    entry: Entry[ModelCard]
    preset: str
    settings: dict[str, Setting]
    changes: dict[str, Setting]

    def curve(
        self, mode: Mode, batch: str, options: ProfileOptions, plugin_files: tuple[str, ...]
    ) -> CurveSpec | None:
        """Return a curve; None where the model has none of that kind."""
        card = self.entry.value
        is_network = has_network(cast("type[Model]", self.entry.load()))
        if mode is Mode.TRAINING and not is_network:
            # A fit is not of so many sequences at once.
            mode, batch = Mode.FIT, "1"
        reason = None if is_network else reason_to_skip(card, dict(self.settings))
        if reason is not None:
            raise BenchError(f"model {card.name} {reason}")
        precise = card.uses_precision
        spec = CurveSpec(
            model=card.name,
            preset=self.preset,
            settings=self.settings,
            changes=self.changes,
            target=self.entry.target,
            plugin=self.entry.origin,
            plugin_files=plugin_files,
            mode=mode,
            batch=batch,
            targets=options.targets or card.presets[self.preset].targets,
            device=options.device,
            precision=options.precision if precise else "float32",
            compiled=options.compiled and is_network,
            recorded=options.recorded and mode is Mode.TRAINING,
            threads=options.threads,
            seconds=options.seconds,
            point_limit=options.point_limit,
            memory_limit=options.memory_limit,
            hashes={
                "code": plugin_code_hash(self.entry.target),
                "packages": json.dumps(package_versions(card.packages)),
                "machine": machine_hash(options.device),
            },
        )
        return spec.model_copy(update={"curve_id": _identity(spec)})


def _identity(spec: CurveSpec) -> str:
    # Limits of time and memory end a curve, and bound its largest batches alone.
    content = spec.model_dump(mode="json", exclude={"curve_id", "point_limit", "memory_limit"})
    if not spec.recorded:
        # Curves of before there was a choice keep their names.
        del content["recorded"]
    text = json.dumps([PROFILE_SCHEMA, content], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _chosen(
    text: str,
    changes: Mapping[str, Mapping[str, Setting]],
    options: ProfileOptions,
    registry: Registry,
) -> _Chosen:
    named = parse_model(text)
    entry = registry.models[named.name]
    card = entry.value
    if missing := missing_packages(card.packages):
        raise BenchError(f"model {card.name} needs {', '.join(missing)}, which is not installed")
    preset = named.preset or preset_of(card, options.device)[0]
    if preset not in card.presets:
        known = ", ".join(card.presets)
        raise BenchError(f"model {card.name} has no preset {preset!r}, expected one of {known}")
    changed = dict(changes.get(card.name, {}))
    settings = checked_settings(card, card.presets[preset], changed)
    return _Chosen(entry, preset, settings, {name: settings[name] for name in changed})


Visit = tuple[CurveSpec, tuple[int, ...]]
"""A curve, and the places that are measured one after the other."""


def in_order(
    curves: Sequence[CurveSpec],
    lengths: Sequence[int],
    counts: Sequence[int],
    *,
    coarse_first: bool,
) -> list[Visit]:
    """Return what is measured after what.

    Args:
        curves: the most telling first.
        lengths: in bp, the smallest first.
        counts: numbers of sequences of fits, the smallest first.
        coarse_first: whether all curves are measured at every other place first, so that they are
            whole, if coarse, where time runs out.
    """

    def places(spec: CurveSpec) -> tuple[int, ...]:
        return tuple(counts if spec.mode is Mode.FIT else lengths)

    if not coarse_first:
        return [(spec, places(spec)) for spec in curves]
    # The longest is among the first: how far a model goes is what a curve tells most of.
    coarse = [(spec, places(spec)[::-1][::2][::-1]) for spec in curves]
    between = [(spec, places(spec)[::-1][1::2][::-1]) for spec in curves]
    return [visit for visit in coarse + between if visit[1]]
