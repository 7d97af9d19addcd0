"""`bench new`: the package of a new plugin."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.cli.session import load_registry
from bench.scaffold.create import Kind, create


def new(
    name: Annotated[str, typer.Argument(help="Name of the model, such as my-model.")],
    kind: Annotated[Kind, typer.Option(help="What the model is made of.")] = Kind.SKLEARN,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the package; default: the name.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the files of an earlier package.")
    ] = False,
) -> None:
    """Write a package with a model that works, to be changed into your own.

    Example: bench new my-model --kind torch
    """
    folder = out if out is not None else Path(name)
    taken = [entry.name for entry in load_registry(None).models]
    for path in create(name, kind, folder, taken, force=force):
        typer.echo(str(path))
    typer.echo(
        f"\nnext:\n  pip install --editable '{folder}[test]'\n  bench check {name}\n"
        f"  bench run quick --models {name},kmer-svm\n  bench report"
    )
