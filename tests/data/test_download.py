from __future__ import annotations

import hashlib
import http.server
import threading

import pytest

from bench.data import download
from bench.data.download import cached_path, fetch, source_sha256
from bench.data.manifest import SourceFile
from bench.interface.errors import BenchError, DataError

CONTENT = bytes(range(256)) * 5000
SHA = hashlib.sha256(CONTENT).hexdigest()


class Server:
    """A file server that can break off, ignore Range, refuse, or send other bytes."""

    def __init__(self):
        self.content = CONTENT
        self.break_after = None
        self.ranges = True
        self.status = None
        self.requested = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requested.append(self.headers.get("Range"))
                if outer.status:
                    self.send_error(outer.status)
                    return
                start = 0
                if self.headers.get("Range") and outer.ranges:
                    start = int(self.headers["Range"][6:-1])
                self.send_response(206 if start else 200)
                body = outer.content[start:]
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if outer.break_after is not None:
                    body, outer.break_after = body[: outer.break_after], None
                self.wfile.write(body)
                self.close_connection = True

            def log_message(self, *arguments):
                pass

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/folder/data.bin"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self):
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("BENCH_MIRROR", raising=False)
    monkeypatch.setattr(download.time, "sleep", lambda seconds: None)


def source(url, sha256=SHA, size=len(CONTENT)):
    return SourceFile(url=url, bytes=size, sha256=sha256)


def test_a_download_is_verified_and_cached(server, tmp_path):
    told = []
    place = fetch(source(server.url), tmp_path, lambda *state: told.append(state))
    assert place.read_bytes() == CONTENT
    assert told[-1][:2] == (len(CONTENT), len(CONTENT))
    assert fetch(source(server.url), tmp_path) == place
    assert len(server.requested) == 1
    assert not list(place.parent.glob("*.part"))


def test_a_broken_download_is_resumed(server, tmp_path):
    server.break_after = 700_000
    place = fetch(source(server.url), tmp_path)
    assert place.read_bytes() == CONTENT
    assert server.requested[0] is None
    assert server.requested[1].startswith("bytes=")


def test_a_server_without_ranges_starts_over(server, tmp_path):
    server.break_after = 700_000
    server.ranges = False
    assert fetch(source(server.url), tmp_path).read_bytes() == CONTENT


def test_a_wrong_hash_leaves_nothing(server, tmp_path):
    wrong = source(server.url, sha256="1" * 64)
    with pytest.raises(BenchError, match=f"wrong SHA-256 {SHA}, expected 1111"):
        fetch(wrong, tmp_path)
    assert not list(cached_path(wrong).parent.iterdir())


def test_a_missing_page_is_one_line(server, tmp_path):
    server.status = 404
    with pytest.raises(BenchError, match="cannot download .* 404"):
        fetch(source(server.url), tmp_path)
    assert len(server.requested) == 1


def test_no_network_says_what_to_do(tmp_path):
    with pytest.raises(BenchError, match="BENCH_MIRROR"):
        fetch(source("http://127.0.0.1:1/data.bin"), tmp_path)


def test_a_mirror_is_matched_by_content(tmp_path, monkeypatch):
    mirror = tmp_path / "mirror" / "deep"
    mirror.mkdir(parents=True)
    (mirror / "other-name").write_bytes(CONTENT)
    (mirror / "same-size").write_bytes(b"\0" * len(CONTENT))
    monkeypatch.setenv("BENCH_MIRROR", str(tmp_path / "mirror"))
    place = fetch(source("http://127.0.0.1:1/data.bin"), tmp_path)
    assert place.read_bytes() == CONTENT
    assert place.name == "data.bin"


def test_a_mirror_that_is_no_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_MIRROR", str(tmp_path / "absent"))
    with pytest.raises(BenchError, match="is no folder"):
        fetch(source("http://127.0.0.1:1/data.bin"), tmp_path)


def test_local_files(tmp_path):
    (tmp_path / "a.fa").write_bytes(CONTENT)
    plain = SourceFile(path="a.fa")
    assert fetch(plain, tmp_path) == tmp_path / "a.fa"
    assert source_sha256(plain, tmp_path) == SHA
    assert source_sha256(source("http://x/y"), tmp_path) == SHA
    with pytest.raises(DataError, match="wrong SHA-256"):
        fetch(SourceFile(path="a.fa", sha256="2" * 64), tmp_path)
    with pytest.raises(DataError, match=r"b\.fa: no such file"):
        fetch(SourceFile(path="b.fa"), tmp_path)
