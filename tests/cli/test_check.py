from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.cli.app import run_app

PLUGIN = Path(__file__).parent.parent / "audit" / "faulty_models.py"


@pytest.fixture
def check():
    return lambda line: run_app(["check", "--plugin", str(PLUGIN), *line.split()])


def test_a_sound_model(check, capsys):
    assert check("sound") == 0
    told = capsys.readouterr().out
    assert told.startswith("sound:default (faulty_models, ")
    assert "ok       batches" in told
    assert "skipped  resumes" in told
    assert "skipped  mutagenesis" in told
    assert "to mend" not in told
    assert "33 passed, 0 failed, 2 skipped in" in told.splitlines()[-1]


def test_a_faulty_model(check, capsys):
    assert check("batch-mean --only card,batches") == 1
    lines = capsys.readouterr().out.splitlines()
    at = next(row for row, line in enumerate(lines) if line.startswith("FAILED   batches"))
    words = [line.split()[0] for line in lines[at + 1 : at + 5]]
    assert words == ["tried", "expected", "found", "to"]
    assert lines[-1].startswith("1 passed, 1 failed (batches), 0 skipped in")


def test_json(check, capsys):
    assert check("batch-mean --only card,batches --json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["model"] == "batch-mean:default"
    assert [one["outcome"] for one in told["checks"]] == ["passed", "failed"]
    assert set(told["checks"][0]) == {
        "check", "outcome", "tried", "expected", "found", "mend", "seconds",
    }  # fmt: skip


def test_nothing_checked_is_a_failure(check, capsys):
    assert check("missing-package") == 1
    assert "nothing of the model was checked" in capsys.readouterr().out
    assert check("missing-package --json") == 1


def test_what_a_model_prints_is_no_part_of_the_json(tmp_path, capsys):
    path = tmp_path / "printing_model.py"
    path.write_text(
        PLUGIN.read_text()
        .replace("faulty_models:", "printing_model:")
        .replace("rng = np.random", "print('hello')\n        rng = np.random")
    )
    assert run_app(["check", "sound", "--plugin", str(path), "--only", "fits", "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)
    assert "hello" in told.err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("soud", "unknown model 'soud'; did you mean 'sound'?"),
        ("sound:big", "model sound has no preset 'big'; known: default"),
        ("sound --only batchs", "unknown check 'batchs'; did you mean 'batches'?"),
    ],
)
def test_bad_input(check, capsys, line, message):
    assert check(line) == 2
    assert capsys.readouterr().err == f"error: {message}\n"
