"""The settings of a cell: a preset's, with changes laid over them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from bench.interface.card import ModelCard, Preset, Setting
from bench.interface.errors import BenchError
from bench.interface.names import nearest


def checked_settings(
    card: ModelCard, preset: Preset, changes: Mapping[str, Setting]
) -> dict[str, Setting]:
    """Lay changed settings over those of a preset.

    Raises:
        BenchError: a setting that the preset does not have, or a value of another type or out of
            range.
    """
    settings = _merged(card, preset, changes)
    _refuse_out_of_range(card, settings)
    return settings


def _merged(card: ModelCard, preset: Preset, changes: Mapping[str, Setting]) -> dict[str, Setting]:
    settings = dict(preset.settings)
    for name, value in changes.items():
        if name not in settings:
            raise BenchError(
                f"model {card.name} has no setting {name!r}; {nearest(name, settings)}"
            )
        settings[name] = _converted(card.name, name, value, settings[name])
    return settings


def _converted(model: str, name: str, value: Setting, default: Setting) -> Setting:
    expected = type(default)
    if isinstance(value, str) and expected is bool:
        words = {"true": True, "false": False}
        if value.lower() in words:
            return words[value.lower()]
    elif isinstance(value, str) or (expected is float and type(value) is int):
        try:
            converted = expected(value)
        except ValueError:
            converted = None
        if converted is not None and _is_finite(converted):
            return converted
    elif type(value) is expected and _is_finite(value):
        return value
    raise BenchError(
        f"model {model}: setting {name}={value!r}, expected {expected.__name__} such as {default!r}"
    )


def _refuse_out_of_range(card: ModelCard, settings: Mapping[str, Setting]) -> None:
    if card.check_settings is None:
        return
    try:
        card.check_settings(**settings)
    except BenchError as error:
        raise BenchError(f"model {card.name}: {error}") from error


def _is_finite(value: Setting) -> bool:
    return not isinstance(value, float) or math.isfinite(value)
