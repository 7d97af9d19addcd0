"""MMseqs2, where it is installed: here a program that answers as it does."""

from __future__ import annotations

import pytest

from bench.audit.leakage.alignment import aligned
from bench.audit.leakage.audited import AuditedTask
from bench.interface.errors import BenchError
from bench.tasks.certificate import Verdict

PROGRAM = """#!{python}
import sys
words = sys.argv[1:]
assert words[0] == "easy-search", words
test, train, hits = words[1:4]
known = {{line.strip() for line in open(train) if not line.startswith(">")}}
name = None
with open(hits, "w") as out:
    for line in open(test):
        if line.startswith(">"):
            name = line[1:].strip()
        elif line.strip() in known:
            out.write(name + "\\n" + name + "\\n")
"""
BROKEN = "#!/bin/sh\necho 'first line' >&2\necho 'no space left' >&2\nexit 3\n"


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a program of this text on PATH under the name of MMseqs2."""

    def installed(text):
        folder = tmp_path / "bin"
        folder.mkdir()
        program = folder / "mmseqs"
        program.write_text(text)
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    return installed


def test_hits_are_counted_once(draft, build, install):
    import sys

    for test, train in draft.pairs(0.05):
        draft.codes[test] = draft.codes[train]
    install(PROGRAM.format(python=sys.executable))
    found = aligned(AuditedTask(build(draft)), threads=1)
    assert found.figures["items"] == 10
    assert found.verdict is Verdict.WARN


def test_a_program_that_fails_is_told(draft, build, install):
    install(BROKEN)
    with pytest.raises(BenchError, match="ended with 3: no space left"):
        aligned(AuditedTask(build(draft)), threads=1)


def test_without_the_program(draft, build, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    found = aligned(AuditedTask(build(draft)), threads=1)
    assert found.verdict is Verdict.UNCHECKED
    assert found.found == "no mmseqs on PATH"
