"""`bench audit`: whether a task can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.session import PluginFiles, load_registry, load_tasks
from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from bench.interface.context import Progress
    from bench.tasks.catalogue import TaskCatalogue
    from bench.tasks.certificate import Certificate
    from bench.tasks.store import BuiltTask


def audit(
    tasks: Annotated[
        str, typer.Argument(help="Tasks, comma-separated, or TOML file: a manifest. 'all': all.")
    ],
    context: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="bp around each item that models read, in which overlap is looked for; default: "
            "the most that the task allows.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder that gets a copy of the certificates and a table.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Threads of MMseqs2, if installed.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    plugin: PluginFiles = None,
) -> None:
    """Look for what a split lets through and for what tells classes apart without sequence.

    The certificate is kept with the task, and every run and report shows it. Exits with 1 where a
    task fails; such a task runs only with `bench run --allow-leaky`.

    Example: bench audit sim-binding
    """
    from bench.audit.leakage.table import write_certificates
    from bench.cli.display import ConsoleDisplay
    from bench.tasks.build import open_or_build
    from bench.tasks.certificate import Verdict

    if out is not None and any(place.is_file() for place in (out, *out.parents)):
        raise BenchError(f"cannot write {out}: it or a parent is a file, expected a folder")
    registry = load_registry(plugin)
    catalogue = load_tasks(registry)
    names = _names(tasks, catalogue)
    sources = [catalogue[name] for name in names]
    display = ConsoleDisplay()
    found = []
    errors = []
    for source in sources:
        try:
            built = open_or_build(source, display.step, display.warn)
            others = {
                role: open_or_build(catalogue[other], display.step, display.warn)
                for role, other in built.info.roles.items()
            }
            step = display.step(f"audit {source.name}")
            certificate = _audited(built, others, context, threads, step)
        except BenchError as error:
            # The tasks behind it are audited all the same.
            errors.append(error)
            continue
        found.append(certificate)
        if not json:
            typer.echo("\n".join(_told(certificate)))
        if out is not None:
            write_certificates(out, [certificate])
    if json:
        import json as format_

        rows = [one.model_dump(mode="json") for one in found]
        typer.echo(format_.dumps(rows, indent=1))
    if errors:
        for earlier in errors[:-1]:
            typer.echo(f"error: {earlier}", err=True)
        raise errors[-1]
    if any(one.verdict is Verdict.FAIL for one in found):
        raise typer.Exit(1)


def _names(text: str, catalogue: TaskCatalogue) -> Sequence[str]:
    if text.endswith(".toml"):
        from bench.data.manifest import read_toml

        path = Path(text)
        return tuple(catalogue.add_file(path, read_toml(path)).tasks)
    if text == "all":
        return tuple(catalogue)
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise BenchError(f"{text!r}: expected names separated by single commas")
    for name in names:
        if name not in catalogue and ("/" in name or "." in name or Path(name).exists()):
            raise BenchError(
                f"{name}: expected names of tasks, or one manifest, as in bench audit my-data.toml"
            )
    return names


def _audited(
    built: BuiltTask,
    others: dict[str, BuiltTask],
    context: int | None,
    threads: int,
    progress: Progress,
) -> Certificate:
    from bench.audit.leakage.audit import audit as audited
    from bench.tasks.certificate import write_certificate

    certificate, similarity = audited(built, others, context, threads, progress)
    write_certificate(built.folder, certificate, similarity)
    return certificate


def _told(certificate: Certificate) -> list[str]:
    """Say in lines what was found, the worst first."""
    from bench.tasks.certificate import Verdict

    lines = [f"{certificate.task}: {certificate.verdict}"]
    width = max(len(str(one)) for one in Verdict)
    for verdict in (Verdict.FAIL, Verdict.WARN, Verdict.PASS, Verdict.UNCHECKED):
        for one in certificate.findings:
            if one.verdict is verdict:
                shown = f", for example {one.examples[0]}" if one.examples else ""
                lines.append(f"  {verdict:{width}}  {one.check}: {one.found}{shown}")
    return lines
