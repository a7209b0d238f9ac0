"""The build from the Go module, with a Go that is made up, and the installer, from a server of our own."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.engine import stubs
from tools.engine import EngineError, build, installer
from tools.engine.finder import VERSION, YAML_VERSION

# writes its arguments and folder to the file after -o
GO = 'out=; for a; do [ "$last" = -o ] && out=$a; last=$a; done; echo "$*" > "$out"; ls >> "$out"'
INSTALLER = """#!/bin/sh
while [ $# -gt 0 ]; do
    case $1 in --version) version=$2; shift;; --install-root) root=$2; shift;; esac
    shift
done
mkdir -p "$root/bin" && echo "$version" > "$root/bin/pulumi"
"""


def test_the_go_on_path_builds_the_pinned_module(tmp_path: Path) -> None:
    """Go is run on a copy of the pinned module, may not change it, and is told the version to stamp."""
    go = stubs.executable(tmp_path / "path" / "go", f"PATH=/usr/bin:/bin; {GO}")
    cli = tmp_path / "cache" / "pulumi"
    cli.parent.mkdir()
    said: list[str] = []
    build.build(VERSION, cli, {"PATH": str(go.parent), "HOME": str(tmp_path)}, said.append)
    text = cli.read_text()
    assert "-mod=readonly" in text
    assert f"version.Version={VERSION}" in text
    assert {"go.mod", "go.sum"} <= set(text.split())
    assert "about 4 minutes" in said[0]
    assert [path.name for path in cli.parent.iterdir()] == ["pulumi"]


def test_a_failed_build_leaves_nothing_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every Go that was tried is named with its own last words, and no half-made file stays."""
    go = stubs.executable(tmp_path / "path" / "go", "echo no such module; exit 1")
    monkeypatch.setattr(build, "GO_WHEEL", str(tmp_path / "no-such-wheel.whl"))
    cli = tmp_path / "cache" / "pulumi"
    cli.parent.mkdir()
    with pytest.raises(EngineError) as caught:
        build.build(VERSION, cli, {"PATH": str(go.parent), "HOME": str(tmp_path)}, lambda _: None)
    assert "Go on PATH: no such module" in str(caught.value)
    assert "no-such-wheel" in str(caught.value)
    assert list(cli.parent.iterdir()) == []


def test_the_pinned_module_is_the_version_that_is_stamped() -> None:
    """go.mod asks for the releases that the finder calls its own."""
    text = (build._MODULE / "go.mod").read_text()
    assert re.findall(r"github\.com/pulumi/pulumi/pkg/v3 v(\S+)", text) == [VERSION]
    assert re.findall(r"github\.com/pulumi/pulumi-yaml v(\S+)", text) == [YAML_VERSION]


def test_an_unreachable_installer_is_given_up(tmp_path: Path) -> None:
    """Nothing listens there: the answer is no, in one line, and nothing is left."""
    said: list[str] = []
    assert not installer.install(VERSION, tmp_path / "official", said.append, url="http://127.0.0.1:9")
    assert len(said) == 1
    assert list(tmp_path.iterdir()) == []


def test_the_installer_is_run_for_the_pinned_version(tmp_path: Path) -> None:
    """Its CLI appears in the cache with the version that was asked for."""
    with serving(INSTALLER) as url:
        assert installer.install(VERSION, tmp_path / "official", lambda _: None, url=url)
    assert (tmp_path / "official" / "pulumi").read_text().strip() == VERSION
    assert [path.name for path in tmp_path.iterdir()] == ["official"]


@pytest.mark.parametrize("text", ["<html>sign in to the network</html>", "#!/bin/sh\necho sorry; exit 1"])
def test_an_installer_that_fails_leaves_nothing(tmp_path: Path, text: str) -> None:
    """A captive portal's page is not run; an installer that fails leaves no half-made folder."""
    with serving(text) as url:
        assert not installer.install(VERSION, tmp_path / "official", lambda _: None, url=url)
    assert list(tmp_path.iterdir()) == []


@contextmanager
def serving(text: str) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
