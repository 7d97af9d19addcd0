"""What the README shows works as printed."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from bench.cli.app import run_app
from tests.conftest import write_fasta

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def block(language: str, holds: str) -> str:
    """The one code block of that language that holds some text."""
    (found,) = [
        text for text in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL) if holds in text
    ]
    return found


def commands(start: str) -> list[str]:
    """`bench` commands of the section that has that title."""
    section = README.split(f"## {start}\n")[1].split("\n## ")[0]
    return re.findall(r"^    bench (.*)$", section, re.MULTILINE)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def bench(line: str) -> int:
    return run_app(line.split())


def test_your_own_data(elsewhere, capsys):
    rng = np.random.default_rng(0)
    for name in ("peaks.fa", "background.fa", "new.fa"):
        write_fasta(elsewhere / name, rng.integers(0, 4, (120, 80), dtype=np.uint8))
    (elsewhere / "my-data.toml").write_text(block("toml", "my-factor"))
    lines = commands("Bring your own data")
    assert len(lines) == 3
    assert [bench(line) for line in lines] == [0, 0, 0]
    assert len(capsys.readouterr().out.splitlines()) > 120


@pytest.mark.slow
def test_a_model_of_your_own(elsewhere, forget_plugins, capsys):
    (elsewhere / "my_model.py").write_text(block("python", "my_model.py"))
    lines = commands("Add a model")
    assert [bench(line) for line in lines] == [0, 0]
    assert "my-forest" in Path("runs/quick/report/leaderboard.md").read_text()


def test_what_is_listed_exists(elsewhere, capsys):
    assert bench("list models") == bench("list suites") == 0
    listed = set(re.findall(r"^(\S+)", capsys.readouterr().out, re.MULTILINE))
    tables = README.split("## What is in it\n")[1]
    named = re.findall(
        r"`([a-z][a-z-]+)`", "".join(re.findall(r"^\|(.*?)\|", tables, re.MULTILINE))
    )
    assert len(named) > 8
    assert set(named) <= listed
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / link).exists(), link
