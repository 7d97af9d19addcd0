"""Plugins that are broken, in each way that happens: told by name, and everything else runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.installing import import_path, install

CARD = """
from bench.interface import Model, ModelCard, Output, Preset, StrandPolicy, TaskKind, hookimpl

CARD = ModelCard(
    name="{name}", summary="s", family="f", paper="p", year=2026, interface_version={version},
    tasks={{TaskKind.CLASSIFICATION: Output.MARGIN}}, strands=StrandPolicy.GIVEN,
    presets={{"only": Preset()}},
)
"""
HOOK = """
@hookimpl
def {hook}(register):
    register.model(CARD, "{stem}:Sound")
"""
MODEL = """
class Sound(Model):
    card = CARD

    def fit(self, train, valid, context):
        self.targets = context.shape.targets

    def predict(self, examples, head="default"):
        return (examples.windows() == {base}).sum(axis=1, keepdims=True).astype(float)

    def save(self, folder):
        (folder / "nothing").touch()

    @classmethod
    def load(cls, folder, context):
        return cls()
"""


@pytest.fixture
def write(tmp_path):
    """Write a plugin of one file."""

    def text(stem, name="mine", version=1, hook="bench_models", base=0, head="", marker=True):
        parts = [head, CARD.format(name=name, version=version), MODEL.format(base=base)]
        called = HOOK.format(hook=hook, stem=stem)
        parts.append(called if marker else called.replace("@hookimpl", ""))
        path = tmp_path / f"{stem}.py"
        path.write_text("\n".join(parts))
        return path

    return text


def bench(folder: Path, *words: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """Type a command."""
    return subprocess.run(
        [sys.executable, "-m", "bench", *map(str, words)],
        cwd=folder,
        env=dict(os.environ) | variables,
        capture_output=True,
        text=True,
        check=False,
    )


BROKEN = [
    ({"head": "raise RuntimeError('boom')"}, "RuntimeError: boom"),
    (
        {"hook": "bench_model"},
        "implements unknown hook 'bench_model'; did you mean 'bench_models'?",
    ),
    ({"marker": False}, "function bench_models is not marked with @hookimpl"),
    ({"hook": "models", "marker": False}, "implements no hook; there are bench_models"),
    ({"version": 0}, "is written for interface version 0, this is version 1"),
    ({"version": '1, depth="deep"'}, "got an unexpected keyword argument 'depth'; the interface"),
]


@pytest.mark.parametrize(("fault", "message"), BROKEN)
def test_a_broken_plugin_is_named_and_everything_else_runs(toy, write, tmp_path, fault, message):
    path = write("broken_plugin", **fault)
    done = bench(tmp_path, "run", toy(), "--models", "gc", "--plugin", path)
    assert done.returncode == 0, done.stderr
    (warning,) = [line for line in done.stderr.splitlines() if line.startswith("warning")]
    assert warning.startswith(f"warning: plugin broken_plugin ({path}): ")
    assert message in warning
    assert "gc:default on toy" in done.stderr


def test_two_plugins_with_one_name(toy, write, tmp_path):
    files = ["--plugin", write("plugin_a"), "--plugin", write("plugin_b")]
    done = bench(tmp_path, "run", toy(), "--models", "gc", *files)
    assert done.returncode == 0
    told = "model 'mine' is registered by plugin_a, "
    assert told in done.stderr
    asked = bench(tmp_path, "run", toy(), "--models", "mine", *files)
    assert asked.returncode == 2
    (error,) = [line for line in asked.stderr.splitlines() if line.startswith("error")]
    assert told in error
    assert "plugin_a.py" in error
    assert "plugin_b.py" in error
    assert "rename or remove one" in error


def test_an_installed_plugin_with_the_name_of_a_file(write, tmp_path):
    package = tmp_path / "first-plugin"
    (package / "src/first_plugin").mkdir(parents=True)
    text = write("first_plugin").read_text()
    (package / "src/first_plugin/__init__.py").write_text(text)
    (tmp_path / "first_plugin.py").unlink()
    paths = import_path(install(package, tmp_path / "site"))
    done = bench(tmp_path, "check", "mine", "--plugin", write("second_plugin"), PYTHONPATH=paths)
    assert done.returncode == 2
    assert (
        "registered by first-plugin, entry point of first-plugin and second_plugin" in done.stderr
    )


def test_a_package_on_a_relative_path_can_be_checked(write, tmp_path):
    package = tmp_path / "near-plugin"
    (package / "src").mkdir(parents=True)
    write("near_plugin").rename(package / "src/near_plugin.py")
    install(package, tmp_path / "site")
    paths = import_path([Path("site"), Path("near-plugin/src")])
    only = ("--only", "imports,fresh-process,import-state")
    done = bench(tmp_path, "check", "mine", *only, PYTHONPATH=paths)
    assert "3 passed" in done.stdout, done.stdout


def test_an_edited_plugin_makes_new_cells_and_a_comment_does_not(toy, write, tmp_path):
    manifest = toy()

    def run(**changes):
        path = write("edited_plugin", **changes)
        done = bench(tmp_path, "run", manifest, "--models", "mine", "--plugin", path)
        assert done.returncode == 0, done.stderr
        return next(line for line in done.stderr.splitlines() if "finished before" in line)

    assert run() == "1 cell, 0 finished before"
    assert run(head="# a comment") == "1 cell, 1 finished before"
    assert run(base=1) == "1 cell, 0 finished before"
    assert run() == "1 cell, 1 finished before"
