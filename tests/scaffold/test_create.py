from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.cli.app import run_app
from bench.interface import BenchError
from bench.scaffold.create import Kind, class_name, create, package_name
from tests.installing import import_path, install

FILES = {
    ".gitignore",
    "README.md",
    "pyproject.toml",
    "src/my_model/__init__.py",
    "src/my_model/model.py",
    "tests/test_conformance.py",
}


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("kind", Kind)
def test_the_files_of_a_package(tmp_path, kind):
    written = create("my-model", kind, tmp_path / "my-model", [], force=False)
    files = contents(tmp_path / "my-model")
    assert set(files) == FILES
    assert {str(path.relative_to(tmp_path / "my-model")) for path in written} == FILES
    assert not [name for name, text in files.items() if "{{" in text or "{%" in text]
    assert 'my-model = "my_model"' in files["pyproject.toml"]
    assert "class MyModel(" in files["src/my_model/model.py"]
    assert "interface_version=1," in files["src/my_model/__init__.py"]


@pytest.mark.parametrize("kind", Kind)
def test_the_package_is_tidy(tmp_path, kind):
    create("my-model", kind, tmp_path / "my-model", [], force=False)
    ruff = [sys.executable, "-m", "ruff"]
    rules = "--select=E,F,W,I,B,UP,SIM,RUF,PT,RET"
    options = [rules, "--line-length=100", "--isolated"]
    folder = tmp_path / "my-model"
    subprocess.run([*ruff, "check", *options], cwd=folder, check=True)
    layout = ["format", "--check", "--isolated", "--line-length=100"]
    subprocess.run([*ruff, *layout], cwd=folder, check=True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", Kind)
def test_the_package_passes_its_checks_as_generated(tmp_path, kind):
    create("my-model", kind, tmp_path / "my-model", [], force=False)
    paths = install(tmp_path / "my-model", tmp_path / "site")
    done = subprocess.run(
        [sys.executable, "-m", "bench", "check", "my-model"],
        env=dict(os.environ) | {"PYTHONPATH": import_path(paths)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 failed, 3 skipped" in done.stdout


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("My-Model", "expected lower-case letters, digits and single hyphens"),
        ("my--model", "expected lower-case"),
        ("my_model", "expected lower-case"),
        ("../away", "expected lower-case"),
        ("2fast", "expected lower-case"),
        ("", "expected lower-case"),
        ("a" * 41, "at most 40"),
        ("import", "is a word of Python"),
        ("match", "is a word of Python"),
        ("none", "is a word of Python"),
        ("true", "is a word of Python"),
        ("kmer-svm", "is that of a model that is installed"),
        ("numpy", "there is a module 'numpy' already"),
        ("bench", "there is a module 'bench' already"),
    ],
)
def test_names_are_refused(tmp_path, name, message):
    with pytest.raises(BenchError, match=message):
        create(name, Kind.PLAIN, tmp_path / "new", ["kmer-svm"], force=False)
    assert not list(tmp_path.iterdir())


def test_names_derived_from_a_name():
    assert package_name("my-model-2") == "my_model_2"
    assert class_name("my-model-2") == "MyModel2"
    assert class_name("network") == "NetworkModel"


def test_nothing_is_overwritten_without_force(tmp_path):
    folder = tmp_path / "my-model"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(BenchError, match="holds files; --force replaces"):
        create("my-model", Kind.PLAIN, folder, [], force=False)
    assert contents(folder) == {"notes.txt": "mine"}
    create("my-model", Kind.PLAIN, folder, [], force=True)
    create("my-model", Kind.TORCH, folder, ["my-model"], force=True)
    files = contents(folder)
    assert files["notes.txt"] == "mine"
    assert "import torch" in files["src/my_model/model.py"]


def test_a_file_in_the_way(tmp_path):
    (tmp_path / "new").write_text("")
    with pytest.raises(BenchError, match="new is a file"):
        create("my-model", Kind.PLAIN, tmp_path / "new", [], force=False)


def test_the_verb(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run_app(["new", "my-model"]) == 0
    told = capsys.readouterr().out
    assert "my-model/src/my_model/model.py" in told
    assert "bench check my-model" in told
    assert run_app(["new", "my-model"]) == 2
    assert capsys.readouterr().err.startswith("error: my-model holds files; --force replaces")
    assert run_app(["new", "my-model", "--force", "--kind", "plain"]) == 0
    assert run_app(["new", "kmer-svm", "--out", "elsewhere"]) == 2
    assert run_app(["new", "other", "--kind", "jax"]) == 2
    assert not Path("elsewhere").exists()
