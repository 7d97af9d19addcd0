"""The blocks of the tutorial, in their order, do what they say."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.installing import import_path, install

PAGE = Path(__file__).parent.parent / "docs/tutorial/add-your-model.md"
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Reader:
    """Somebody who follows the tutorial in an empty folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = folder
        self.paths: list[Path] = []
        self.told = ""

    def write(self, text: str) -> None:
        """Save a block, whole or in the place of the part that it names."""
        first, _, rest = text.partition("\n")
        name, part = re.fullmatch(r"# (\S+)(?: \((\w+)\))?", first).groups()
        path = self.folder / name
        if part is None:
            path.write_text(text)
            return
        starts = {"features": "    def features", "presets": "    presets="}
        ends = {"features": "\n    def estimator", "presets": "    packages="}
        old = path.read_text()
        begin, end = old.index(starts[part]), old.index(ends[part])
        path.write_text(old[:begin] + rest + old[end:])

    def run(self, line: str) -> int:
        """Type one line."""
        words = shlex.split(line)
        if words[0] == "cd":
            self.place = (self.place / words[1]).resolve()
            return 0
        if words[:2] == ["pip", "install"]:
            package = self.folder / words[-1].removesuffix("[test]")
            self.paths += install(package, self.folder / "site")
            return 0
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=self.place,
            env=dict(os.environ) | {"PYTHONPATH": import_path(self.paths)},
            capture_output=True,
            text=True,
            check=False,
        )
        self.told = done.stdout + done.stderr
        return done.returncode


def masked(text: str) -> str:
    """Text whose numbers do not count."""
    return re.sub(r"\d+(\.\d+)?", "#", text)


@pytest.mark.slow
def test_the_tutorial(tmp_path):
    reader = Reader(tmp_path)
    ran = []
    for language, info, text in BLOCK.findall(PAGE.read_text()):
        if language == "python":
            reader.write(text)
        elif language == "console":
            expected = int((re.search(r"exit=(\d)", info) or [0, 0])[1])
            for line in text.splitlines():
                assert reader.run(line.removeprefix("$ ")) == expected, f"{line}\n{reader.told}"
                ran.append(line)
        elif language == "text":
            # What is shown is what was told, apart from times and rounding.
            for line in text.splitlines():
                assert masked(line) in masked(reader.told), f"{line}\n{reader.told}"
    assert len(ran) >= 10
    table = (tmp_path / "runs/quick/report/leaderboard.md").read_text()
    assert "my-model" in table
