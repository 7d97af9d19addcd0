"""Certificates as files of a folder, with a table of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.data.files import atomic_file
from bench.data.records import read_record
from bench.interface.errors import BenchError
from bench.tasks.certificate import Certificate, Verdict

TABLE = "README.md"
HEAD = """# Certificates

What `bench audit` found of each task: whether its split lets test items through, and what tells its
classes apart without reading the sequence. `fail` keeps `bench run` from the task unless
`--allow-leaky` is given. Certificates of the same rules were made by the same checks.

| task | verdict | test items | alike to training | rules | findings |
|---|---|---|---|---|---|
"""


def write_certificates(folder: Path, certificates: Sequence[Certificate]) -> None:
    """Write certificates as TASK.json into a folder, and the table of all that lie there.

    Raises:
        BenchError: the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise BenchError(f"cannot write {folder}: it or a parent is a file") from error
    for one in certificates:
        with atomic_file(folder / f"{one.task}.json") as temporary:
            temporary.write_text(one.model_dump_json(indent=1) + "\n")
    known = [
        read_record(path, Certificate, "a certificate")
        for path in sorted(folder.glob("*.json"))
        if _is_certificate(path)
    ]
    with atomic_file(folder / TABLE) as temporary:
        temporary.write_text(HEAD + "".join(map(_row, known)))


def _is_certificate(path: Path) -> bool:
    """Tell certificates, damaged ones too, from other files of the folder by their first field."""
    with path.open(errors="replace") as stream:
        return "schema_version" in stream.read(100)


def _row(one: Certificate) -> str:
    alike = "N/A"
    if one.similarity is not None:
        counts = one.similarity.classes
        near = sum(number for name, number in counts.items() if name.startswith(("80", "90")))
        alike = str(near)
    odd = [found for found in one.findings if found.verdict in {Verdict.FAIL, Verdict.WARN}]
    told = "; ".join(f"{found.verdict} {found.check}: {found.found}" for found in odd)
    told = told.replace("|", "/")
    rules = one.rules or "N/A"
    cells = (one.task, str(one.verdict), str(one.items["test"]), alike, rules, told)
    return f"| {' | '.join(cells)} |\n"
