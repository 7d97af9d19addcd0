"""Getting the files of a dataset: from the cache, a local mirror or the network.

A file enters the cache under its SHA-256, after it was verified; a part of a download is kept
beside it and resumed by HTTP Range.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bench.data.cache import cache_folder, mirror_folders
from bench.data.files import atomic_file, sha256_of
from bench.data.manifest import SourceFile
from bench.interface.context import Progress, silent
from bench.interface.errors import BenchError, DataError

if TYPE_CHECKING:
    import requests

CHUNK = 1 << 16
TIMEOUT_SECONDS = 60
ATTEMPTS = 4


def fetch(file: SourceFile, base: Path, progress: Progress = silent) -> Path:
    """Return a verified local copy of a file.

    Args:
        file: as the manifest names it.
        base: folder of the manifest, to which a local path is relative.
        progress: told the bytes done and in all.

    Raises:
        DataError: a local file is missing or has another SHA-256.
        BenchError: the file is in no mirror and cannot be downloaded.
    """
    if file.path is not None:
        source_sha256(file, base)
        return base / file.path
    assert file.url is not None
    assert file.sha256 is not None
    assert file.bytes is not None
    place = cached_path(file)
    if place.is_file() and sha256_of(place) == file.sha256:
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    mirrored = find_in_mirrors(file.sha256, file.bytes, mirror_folders())
    if mirrored is not None:
        with atomic_file(place) as temporary:
            shutil.copyfile(mirrored, temporary)
        return place
    _download(file.url, file.bytes, file.sha256, place, progress)
    return place


def cached_path(file: SourceFile) -> Path:
    """Where the cache keeps a file from the network."""
    assert file.url is not None
    assert file.sha256 is not None
    return cache_folder() / "files" / file.sha256 / file.url.rsplit("/", 1)[-1]


def source_sha256(file: SourceFile, base: Path) -> str:
    """SHA-256 of a file: as stated for one from the network, computed for a local one.

    Raises:
        DataError: a local file is missing or has another SHA-256 than stated.
    """
    if file.path is None:
        assert file.sha256 is not None
        return file.sha256
    path = base / file.path
    if not path.is_file():
        raise DataError(path, "no such file")
    found = sha256_of(path)
    if file.sha256 not in {None, found}:
        raise DataError(path, f"wrong SHA-256 {found}, expected {file.sha256}")
    return found


def find_in_mirrors(sha256: str, size: int, mirrors: Iterable[Path]) -> Path | None:
    """Find a file by content in the mirrors; their layout does not matter."""
    for mirror in mirrors:
        if not mirror.is_dir():
            raise BenchError(f"BENCH_MIRROR: {mirror} is no folder")
        for path in mirror.rglob("*"):
            if path.is_file() and path.stat().st_size == size and sha256_of(path) == sha256:
                return path
    return None


def _download(url: str, size: int, sha256: str, place: Path, progress: Progress) -> None:
    import requests

    part = place.with_name(place.name + ".part")
    for attempt in range(ATTEMPTS):
        try:
            _resume(url, part, size, progress)
            break
        except requests.HTTPError as error:
            raise BenchError(f"cannot download {url}: {error}") from error
        except requests.RequestException as error:
            if attempt == ATTEMPTS - 1:
                raise BenchError(
                    f"cannot download {url}: {type(error).__name__}; "
                    "name a folder that holds the file in BENCH_MIRROR, or try again to resume"
                ) from error
            time.sleep(2**attempt)
    found = sha256_of(part)
    if found != sha256:
        part.unlink()
        raise BenchError(f"{url}: wrong SHA-256 {found}, expected {sha256}")
    part.replace(place)


def _resume(url: str, part: Path, size: int, progress: Progress) -> None:
    import requests

    have = part.stat().st_size if part.exists() else 0
    if have == size:
        return
    headers = {"Range": f"bytes={have}-"} if 0 < have < size else {}
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_SECONDS) as response:
        response.raise_for_status()
        # A server that ignores Range answers 200 and sends the whole file.
        append = response.status_code == requests.codes.partial_content
        done = have if append else 0
        with part.open("ab" if append else "wb") as stream:
            for chunk in _chunks(response):
                stream.write(chunk)
                done += len(chunk)
                progress(done, size, part.name.removesuffix(".part"))
    if done < size:
        raise requests.ConnectionError(f"{url} ended after {done} of {size} bytes")


def _chunks(response: requests.Response) -> Iterator[bytes]:
    yield from response.iter_content(CHUNK)
