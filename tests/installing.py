"""What is installed, as far as a test and the processes that it starts can tell."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

ABSENT = Path(__file__).parent / "absent"
"""Metadata of packages that are installed for tests alone, with versions that are of no use.

Lightning imports torchmetrics, and that imports transformers wherever a version is recent enough:
over 2 s of processor in each process that trains a network, which users do not spend.
What imports transformers by itself still finds it.
"""


def hide_test_packages() -> None:
    """Let this process and those that it starts look for metadata in `ABSENT` first."""
    if str(ABSENT) in sys.path:
        return
    sys.path.insert(0, str(ABSENT))
    os.environ["PYTHONPATH"] = import_path([ABSENT])


def import_path(paths: Iterable[Path]) -> str:
    """What `PYTHONPATH` must be for a process that also finds what lies in some folders."""
    inherited = filter(None, [os.environ.get("PYTHONPATH")])
    return os.pathsep.join([*map(str, paths), *inherited])


def install(package: Path, site: Path) -> list[Path]:
    """Write the metadata of a plugin's package into `site`; return what the import path needs.

    The package is a folder named after its model, with its modules under `src`.
    """
    name = package.name
    module = name.replace("-", "_")
    info = site / f"{module}-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text(f"[bench]\n{name} = {module}\n")
    return [site, package / "src"]
