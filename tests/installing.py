"""Makes a package known as pip would, without its network."""

from __future__ import annotations

from pathlib import Path


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
