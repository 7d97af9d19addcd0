"""Imports the class of a model in a child process, which has no registry."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bench.interface.errors import BenchError
from bench.registry.entries import Entry
from bench.registry.plugin_file import import_file

if TYPE_CHECKING:
    from bench.interface.model import Model


class ModelOrigin(Protocol):
    """Where a model comes from, as a cell or a curve says it."""

    @property
    def model(self) -> str:
        """Name of the model."""

    @property
    def plugin(self) -> str:
        """What registered it."""

    @property
    def target(self) -> str:
        """`module:class`."""

    @property
    def plugin_files(self) -> Sequence[str]:
        """Python files that were given as plugins."""


def load_model_class(origin: ModelOrigin) -> type[Model]:
    """Import the class of a model, from its plugin file where it came from one.

    Raises:
        BenchError: there is none, or it is no model.
    """
    from bench.interface.model import Model

    for path in origin.plugin_files:
        import_file(Path(path))
    loaded = Entry(origin.model, None, origin.plugin, origin.target).load()
    if not (isinstance(loaded, type) and issubclass(loaded, Model)):
        raise BenchError(f"{origin.target} is no subclass of bench.interface.Model")
    return loaded
