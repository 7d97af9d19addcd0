"""What users meet is documented, and the reference says what the code does."""

from __future__ import annotations

import dataclasses
import importlib.util
import inspect
import re
import shutil
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pytest
import typer

from bench import interface
from bench.audit.conformance.catalogue import CHECKS
from bench.interface.hooks import HookSpecs
from bench.registry.discovery import discover
from bench.tasks.catalogue import TaskCatalogue

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs/reference"


def imported():
    spec = importlib.util.spec_from_file_location(
        "generate_reference", ROOT / "docs/generate_reference.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = imported()
REGISTRY = discover()


def page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text()


def section(name: str, text: str) -> str:
    """The part of a page under one heading."""
    return re.search(rf"^#+ {re.escape(name)}\n(.*?)(?=^#+ |\Z)", text, re.MULTILINE | re.DOTALL)[1]


def test_the_pages_are_up_to_date():
    stale = [path.name for path in SCRIPT.stale_pages(PAGES)]
    assert not stale, "run: python docs/generate_reference.py"


@pytest.mark.parametrize("hook", [name for name in vars(HookSpecs) if name.startswith("bench_")])
def test_hooks(hook):
    assert f"| `{hook}(register)` |" in section("Hooks", page("interface"))


@pytest.mark.parametrize(
    "method", [name for name in vars(interface.Register) if not name.startswith("_")]
)
def test_what_a_hook_can_call(method):
    text = page("interface")
    assert f"**`{method}(" in section("Register", text)
    assert f"`register.{method}`" in section("Hooks", text)


FIELDS = [
    (one.__name__, field.name)
    for one in (getattr(interface, name) for name in interface.__all__)
    if dataclasses.is_dataclass(one)
    for field in dataclasses.fields(one)
]


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_fields(name, field):
    row = re.search(
        rf"^\| `{field}` \|.*\| (\S.*) \|$", section(name, page("interface")), re.MULTILINE
    )
    assert row, f"{name}.{field}"


@pytest.mark.parametrize("name", interface.__all__)
def test_public_names(name):
    text = page("interface")
    assert re.search(rf"^#+ {name}$", text, re.MULTILINE) or f"| `{name}` |" in text


@pytest.mark.parametrize("name", ["Model", "EstimatorModel", "Examples"])
def test_methods(name):
    text = section(name, page("interface"))
    for method in vars(getattr(interface, name)):
        if not method.startswith("_") and method not in {"card", "trusted"}:
            assert re.search(rf"^\*\*`{method}\b", text, re.MULTILINE), method


@pytest.mark.parametrize(("name", "function"), SCRIPT.verbs())
def test_verbs_and_options(name, function):
    text = section(name, page("command"))
    assert f"    bench {name.split()[1]}" in text or f" {name} " in text
    shown = re.findall(r"^\| `(--[\w-]+|[A-Z_]+)", text, re.MULTILINE)
    assert len(shown) == len(inspect.signature(function).parameters)


def test_every_verb_of_the_command_is_there():
    registered = [*SCRIPT.app.registered_commands, *SCRIPT.app.registered_groups]
    names = {one.name for one in registered}
    assert names == {name.split()[1] for name, _ in SCRIPT.verbs()}


@pytest.mark.parametrize("name", [one.name for one in CHECKS])
def test_checks(name):
    assert f"| `{name}` |" in page("checks")


@pytest.mark.parametrize("name", [entry.name for entry in SCRIPT.own(REGISTRY.metrics)])
def test_metrics(name):
    assert f"| `{name}` |" in page("metrics")


@pytest.mark.parametrize("name", list(TaskCatalogue(REGISTRY)))
def test_tasks(name):
    assert f"| `{name}` |" in page("tasks")


@pytest.mark.parametrize("name", [entry.name for entry in SCRIPT.own(REGISTRY.suites)])
def test_suites(name):
    assert f"| `{name}` |" in page("tasks")


@pytest.mark.parametrize(
    "card", [entry.value for entry in SCRIPT.own(REGISTRY.models)], ids=lambda card: card.name
)
def test_models_and_their_settings(card):
    text = page("models")
    assert f"| `{card.name}` |" in text
    for preset in card.presets.values():
        for setting in preset.settings:
            assert f"`{setting}`" in text, setting


class Half:
    """Half of it is documented."""

    said: int
    """This is."""
    unsaid: int

    def told(self) -> None:
        """This is."""

    def untold(self) -> None:
        pass


class Bare:
    pass


class Colour(StrEnum):
    """Some."""

    RED = "red"


def unhelpful(word: Annotated[str, typer.Argument()]) -> None:
    """A verb.

    Example: bench unhelpful
    """


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: SCRIPT.fields_part(Half), "Half.unsaid"),
        (lambda: SCRIPT.methods_part(Half), "Half.untold"),
        (lambda: SCRIPT.methods_part(Bare), "Bare"),
        (lambda: SCRIPT.members_part(Colour), "Colour.RED"),
        (lambda: SCRIPT.options("bench unhelpful", unhelpful), "bench unhelpful WORD"),
        (lambda: SCRIPT.described(" ", "a verb"), "a verb"),
    ],
)
def test_what_is_not_documented_is_named(make, name):
    with pytest.raises(SCRIPT.UndocumentedError, match=f"^{re.escape(name)}$"):
        make()


def test_check_tells_stale_pages_and_a_run_mends_them(tmp_path, capsys):
    shutil.copytree(PAGES, tmp_path / "reference")
    folder = tmp_path / "reference"
    path = folder / "interface.md"
    path.write_text(path.read_text().replace("| `seed` |", "| `sead` |"))
    assert SCRIPT.main(["--check"], folder) == 1
    assert "interface.md is out of date" in capsys.readouterr().out
    assert SCRIPT.main([], folder) == 0
    assert path.read_text() == page("interface")
    assert SCRIPT.main(["--check"], folder) == 0


def test_the_pages_link_to_what_exists():
    for path in [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]:
        for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text()):
            if not link.startswith("http"):
                assert (path.parent / link).exists(), f"{path.name}: {link}"
