"""What a plugin has registered, together with where it came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Generic, TypeVar

from bench.interface.errors import BenchError
from bench.interface.names import nearest

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Entry(Generic[Value]):
    """One registered thing: its name, what was said of it, and the plugin that said so.

    `target` is the `"module:name"` that implements it, empty where nothing needs importing.
    """

    name: str
    value: Value
    origin: str
    target: str = ""

    def load(self) -> object:
        """Import and return the target.

        Raises:
            BenchError: the target cannot be imported; the text names the plugin.
        """
        module, _, attribute = self.target.partition(":")
        try:
            return getattr(import_module(module), attribute)
        except ModuleNotFoundError as error:
            if error.name is not None and not module.startswith(error.name):
                raise BenchError(f"{self.name} ({self.origin}) needs {error.name}") from error
            raise BenchError(f"{self.name} ({self.origin}): no module {module!r}") from error
        except AttributeError as error:
            raise BenchError(
                f"{self.name} ({self.origin}): {module!r} has no {attribute!r}"
            ) from error
        except (Exception, SystemExit) as error:
            raise BenchError(
                f"{self.name} ({self.origin}): {type(error).__name__}: {error}"
            ) from error


class Catalogue(Generic[Value]):
    """Entries of one kind by name. A name that two plugins claim belongs to neither."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._entries: dict[str, Entry[Value]] = {}
        self._claims: dict[str, list[str]] = {}

    def add(self, entry: Entry[Value]) -> str | None:
        """Add an entry; return what is wrong where the name is taken."""
        origins = self._claims.setdefault(entry.name, [])
        origins.append(entry.origin)
        if len(origins) == 1:
            self._entries[entry.name] = entry
            return None
        self._entries.pop(entry.name, None)
        return self._conflict(entry.name)

    def __getitem__(self, name: str) -> Entry[Value]:
        """Return the entry of that name.

        Raises:
            BenchError: no plugin registers the name, or several do.
        """
        if name in self._entries:
            return self._entries[name]
        if name in self._claims:
            raise BenchError(self._conflict(name))
        raise BenchError(f"unknown {self.noun} {name!r}; {nearest(name, self._entries)}")

    def __contains__(self, name: str) -> bool:
        """Whether exactly one plugin registers the name."""
        return name in self._entries

    def __iter__(self) -> Iterator[Entry[Value]]:
        """Iterate over entries in order of registration."""
        return iter(self._entries.values())

    def __len__(self) -> int:
        """Number of usable entries."""
        return len(self._entries)

    def _conflict(self, name: str) -> str:
        origins = " and ".join(self._claims[name])
        return f"{self.noun} {name!r} is registered by {origins}; rename or remove one of them"
