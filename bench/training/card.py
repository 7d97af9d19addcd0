"""The model card of a network that the shared training trains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.interface import ModelCard, Output, StrandPolicy, TaskKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.interface import Preset
    from bench.training.settings import TrainingSettings

WINDOWS = {
    TaskKind.CLASSIFICATION: Output.PROBABILITY,
    TaskKind.REGRESSION: Output.VALUE,
    TaskKind.EXPRESSION: Output.VALUE,
}
LONG_SEQUENCES = {TaskKind.PROFILE: Output.VALUE, TaskKind.EXPRESSION: Output.VALUE}
PACKAGES = ("lightning", "numpy", "safetensors", "torch")


def network_card(
    name: str,
    summary: str,
    *,
    paper: str,
    year: int,
    settings: type[TrainingSettings],
    presets: Mapping[str, Preset],
    strands: StrandPolicy = StrandPolicy.AVERAGED,
    family: str = "CNN",
    tasks: Mapping[TaskKind, Output] = WINDOWS,
    files: tuple[str, ...] = (),
    upstream: tuple[str, ...] = (),
    packages: tuple[str, ...] = (),
    several_heads: bool = False,
) -> ModelCard:
    """Return a card that says what holds for every `TorchModel`; `packages` are further ones.

    Budgets, the task's own metric, checkpoints, and that rounding depends on threads.
    """
    return ModelCard(
        name=name,
        summary=summary,
        family=family,
        paper=paper,
        year=year,
        tasks=tasks,
        strands=strands,
        interface_version=1,
        presets=presets,
        check_settings=settings,
        length_setting="length",
        packages=(*PACKAGES, *packages),
        files=files,
        upstream=upstream,
        several_heads=several_heads,
        uses_budget=True,
        uses_precision=True,
        uses_metric=True,
        uses_threads=True,
        resumes=True,
    )
