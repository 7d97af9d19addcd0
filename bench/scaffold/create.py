"""Writes the package of a new plugin from templates."""

from __future__ import annotations

import importlib.util
import keyword
import os
import tempfile
from collections.abc import Iterable, Mapping
from enum import StrEnum
from importlib.resources import as_file, files
from pathlib import Path

from bench.interface.card import INTERFACE_VERSION, NAME
from bench.interface.errors import BenchError

SUFFIX = ".jinja"
LONGEST_NAME = 40
TEMPLATE_NAMES = {"Network", "Model", "Path", "Self", "Tensor", "Examples"}
"""Names of classes that the templates define or import."""


class Kind(StrEnum):
    """What a new model is made of."""

    SKLEARN = "sklearn"
    """A scikit-learn estimator on features of the sequence."""
    TORCH = "torch"
    """A neural network with its own training."""
    PLAIN = "plain"
    """numpy alone, with every method of the interface written out."""


def create(name: str, kind: Kind, folder: Path, taken: Iterable[str], *, force: bool) -> list[Path]:
    """Write the package of a plugin and return its files.

    Args:
        name: of the model and of the distribution.
        kind: what the model is made of.
        folder: where the package is written; made where it is not there.
        taken: names of models that are registered already.
        force: replace files of an earlier package.

    Raises:
        BenchError: the name is not usable, or the folder holds files and `force` is not given.
    """
    package = package_name(name)
    if not force:
        _refuse_taken(name, package, taken)
        _refuse_full(folder)
    texts = render(kind, {"name": name, "package": package, "class_name": class_name(name)})
    written = []
    for place, text in texts.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, text)
        written.append(path)
    return written


def package_name(name: str) -> str:
    """Return the import name of a model's package.

    Raises:
        BenchError: the name breaks the rules for names of models, or is a word of Python.
    """
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise BenchError(
            f"name {name!r}: expected lower-case letters, digits and single hyphens, a letter "
            f"first, at most {LONGEST_NAME} in all"
        )
    package = name.replace("-", "_")
    words = {package, class_name(name)}
    if any(keyword.iskeyword(word) or keyword.issoftkeyword(word) for word in words):
        raise BenchError(f"name {name!r} is a word of Python")
    return package


def class_name(name: str) -> str:
    """Return the name of a model's class: `my-model` is `MyModel`.

    A name that templates use for something else gets the ending `Model`: `network` is
    `NetworkModel`.
    """
    joined = "".join(part.capitalize() for part in name.split("-"))
    return f"{joined}Model" if joined in TEMPLATE_NAMES else joined


def _refuse_taken(name: str, package: str, taken: Iterable[str]) -> None:
    if name in set(taken):
        raise BenchError(f"name {name!r} is that of a model that is installed; choose another")
    if importlib.util.find_spec(package) is not None:
        raise BenchError(f"name {name!r}: there is a module {package!r} already; choose another")


def _refuse_full(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise BenchError(f"{folder} is a file")
    if folder.is_dir() and any(folder.iterdir()):
        raise BenchError(f"{folder} holds files; --force replaces those of an earlier package")


def render(kind: Kind, words: Mapping[str, str]) -> dict[Path, str]:
    """Return the text of each file of a package, by its place in it."""
    import jinja2

    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701
    )
    facts = {**words, "kind": str(kind), "interface_version": INTERFACE_VERSION}
    texts = {}
    for part in ("common", str(kind)):
        root = files("bench.scaffold") / "templates" / part
        with as_file(root) as place:
            for path in sorted(place.rglob(f"*{SUFFIX}")):
                target = str(path.relative_to(place)).removesuffix(SUFFIX)
                named = environment.from_string(target).render(facts)
                texts[Path(named)] = environment.from_string(path.read_text()).render(facts)
    return texts


def _write(path: Path, text: str) -> None:
    """Write a file in one step, so that no half of it can be left."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)
