"""`bench data`: the files behind the tasks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.session import PluginFiles, load_registry, load_tasks
from bench.interface.errors import BenchError
from bench.interface.names import nearest

if TYPE_CHECKING:
    from bench.data.manifest import Manifest
    from bench.tasks.catalogue import TaskCatalogue

app = typer.Typer(
    help="Fetch, verify and list the files behind the tasks.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Names = Annotated[
    list[str] | None, typer.Argument(help="Datasets or manifests (TOML); default: all.")
]


@app.command("list")
def list_files(
    names: Names = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    plugin: PluginFiles = None,
) -> None:
    """List files with size, SHA-256 and whether they are at hand.

    Example: bench data list lsgkm-nfe2
    """
    import json

    from bench.cli.list_ import as_text
    from bench.data.download import cached_path

    rows = []
    for manifest, path in _chosen(load_tasks(load_registry(plugin)), names):
        for name, file in manifest.files.items():
            place = cached_path(file) if file.path is None else path.parent / file.path
            rows.append(
                {
                    "dataset": manifest.name,
                    "file": name,
                    "bytes": file.bytes,
                    "sha256": file.sha256,
                    "state": "here" if place.is_file() else "not here",
                    "source": file.url or str(file.path),
                }
            )
    typer.echo(json.dumps(rows, indent=1) if as_json else as_text(rows))


@app.command()
def fetch(names: Names = None, plugin: PluginFiles = None) -> None:
    """Get files from mirrors or the network; an interrupted download is resumed.

    Example: BENCH_MIRROR=~/mirror bench data fetch lsgkm-nfe2
    """
    from bench.cli.display import ConsoleDisplay
    from bench.data.download import fetch as fetch_file

    display = ConsoleDisplay()
    for manifest, path in _chosen(load_tasks(load_registry(plugin)), names):
        for name, file in manifest.files.items():
            place = fetch_file(file, path.parent, display.step(f"{manifest.name} {name}"))
            typer.echo(f"{manifest.name}\t{name}\t{place}")


@app.command()
def verify(names: Names = None, plugin: PluginFiles = None) -> None:
    """Compare files at hand with their SHA-256; exit with 1 where one is damaged.

    Example: bench data verify
    """
    from bench.data.download import cached_path
    from bench.data.files import sha256_of

    well = True
    for manifest, path in _chosen(load_tasks(load_registry(plugin)), names):
        for name, file in manifest.files.items():
            place = cached_path(file) if file.path is None else path.parent / file.path
            if not place.is_file():
                state = "not here"
            elif file.sha256 is None or sha256_of(place) == file.sha256:
                state = "ok"
            else:
                state, well = f"damaged; remove {place}", False
            typer.echo(f"{manifest.name}\t{name}\t{state}")
    if not well:
        raise typer.Exit(1)


@app.command()
def build(
    tasks: Annotated[
        list[str] | None, typer.Argument(help="Tasks or manifests (TOML); default: all.")
    ] = None,
    plugin: PluginFiles = None,
) -> None:
    """Build tasks into the cache and show their counts.

    Example: bench data build nfe2 sim-binding
    """
    from bench.cli.display import ConsoleDisplay
    from bench.tasks.build import open_or_build

    catalogue = load_tasks(load_registry(plugin))
    display = ConsoleDisplay()
    for name in _task_names(catalogue, tasks):
        info = open_or_build(catalogue[name], display.step, display.warn).info
        items = ", ".join(f"{count} {split}" for split, count in info.items.items())
        excluded = "".join(f"; {count} left out: {why}" for why, count in info.excluded.items())
        typer.echo(f"{name}: {items}; {info.blocks} test blocks{excluded}")


@app.command()
def truth(
    task: Annotated[str, typer.Argument(help="A simulated task.")],
    table: Annotated[str, typer.Option(help="sites, elements or genes.")] = "sites",
    out: Annotated[Path | None, typer.Option(help="TSV file; default: standard output.")] = None,
    plugin: PluginFiles = None,
) -> None:
    """Write the planted truth of a simulated task: sites with their effect, elements, genes.

    Example: bench data truth sim-binding --table sites --out sites.tsv
    """
    import sys

    import pandas as pd

    from bench.data.files import atomic_file
    from bench.tasks.build import open_or_build

    built = open_or_build(load_tasks(load_registry(plugin))[task])
    folder = built.folder / "truth"
    if not folder.is_dir():
        raise BenchError(f"task {task!r} is not simulated: nothing was planted")
    tables = sorted(path.stem for path in folder.glob("*.parquet"))
    if table not in tables:
        raise BenchError(f"unknown table {table!r}; {nearest(table, tables)}")
    frame = pd.read_parquet(folder / f"{table}.parquet")
    if out is None:
        frame.to_csv(sys.stdout, sep="\t", index=False)
        return
    with atomic_file(out) as temporary:
        frame.to_csv(temporary, sep="\t", index=False)


def _task_names(catalogue: TaskCatalogue, words: list[str] | None) -> list[str]:
    """Names of tasks, where a manifest stands for all its tasks."""
    from bench.data.manifest import read_toml

    if not words:
        return list(catalogue)
    names: list[str] = []
    for word in words:
        path = Path(word)
        is_manifest = path.suffix == ".toml"
        names += catalogue.add_file(path, read_toml(path)).tasks if is_manifest else [word]
    return names


def _chosen(catalogue: TaskCatalogue, names: list[str] | None) -> list[tuple[Manifest, Path]]:
    from bench.data.manifest import read_toml

    if not names:
        return list(catalogue.manifests.values())
    chosen = []
    for name in names:
        path = Path(name)
        if path.suffix == ".toml":
            chosen.append((catalogue.add_file(path, read_toml(path)), path))
        elif name in catalogue.manifests:
            chosen.append(catalogue.manifests[name])
        else:
            raise BenchError(f"unknown dataset {name!r}; {nearest(name, catalogue.manifests)}")
    return chosen
