"""Where the Pulumi CLI comes from, in this order: PATH, the cache, Pulumi's installer, its Go module."""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tools.engine import build, installer
from tools.engine.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

VERSION = "3.259.0"
"""The CLI that is installed or built where there is none."""
YAML_VERSION = "1.38.3"
"""The language host for YAML that is built where there is none."""
OLDEST = (3, 216, 0)
"""The oldest CLI on PATH that will do: the SDK's ``ReadResult.inputs`` came with this release."""
HELPERS = ("pulumi-language-python", "pulumi-resource-pulumi-python")
"""What the CLI needs beside it, or on PATH, to run Python programs and their dynamic providers."""
YAML_HOST = "pulumi-language-yaml"
"""What it needs to run programs in YAML."""
CACHE_VARIABLE = "PULUMI_SENTINELHUB_CACHE"

_SDK_WRITER = Path(__file__).with_name("cli") / "gensdk" / "main.go"
_LAUNCHERS = Path(__file__).with_name("launchers")


@dataclass(frozen=True)
class Engine:
    """A CLI that works.

    Attributes:
        folder: holds ``pulumi`` and its helpers; to be put in front of PATH. None where PATH has them all.
        version: e.g. ``"3.259.0"``.
        origin: ``"PATH"``, ``"installer"`` or ``"build"``.
    """

    folder: Path | None
    version: str
    origin: str

    def path(self, path: str) -> str:
        """PATH with this engine on it, in front."""
        return path if self.folder is None else os.pathsep.join([str(self.folder), path])


def ensure_engine(
    environ: Mapping[str, str],
    say: Callable[[str], None],
    install: Callable[[str, Path, Callable[[str], None]], bool] = installer.install,
    compile_cli: Callable[[str, Path, Mapping[str, str], Callable[[str], None]], None] = build.build,
) -> Engine:
    """Return a Pulumi CLI with its helpers, getting one if there is none.

    Args:
        environ: PATH, HOME and the cache variables count.
        say: takes messages for the user, a line each.
        install: runs Pulumi's installer for (version, folder); False where it cannot be reached.
        compile_cli: builds (version, file) from the Go module; raises EngineError.

    Raises:
        EngineError: nothing worked; the message says what was tried.
    """
    found = _on_path(environ.get("PATH", ""), say)
    if found:
        return found
    cache = cache_folder(environ)
    cache.mkdir(parents=True, exist_ok=True)
    with _only_one(cache / f"engine-{VERSION}.lock", say):
        official = cache / f"official-{VERSION}-{_platform()}"
        built = cache / f"engine-{VERSION}-{_platform()}" / "pulumi"
        if not _works(official / "pulumi") and not _works(built):
            say(f"No Pulumi CLI {_text(OLDEST)} or newer on PATH; getting {VERSION}, once, into {cache}.")
            if not install(VERSION, official, say):
                built.parent.mkdir(parents=True, exist_ok=True)
                compile_cli(VERSION, built, environ, say)
        if _works(official / "pulumi"):
            return Engine(official, VERSION, "installer")
        return Engine(_with_launchers(built), VERSION, "build")


def ensure_yaml(
    engine: Engine,
    environ: Mapping[str, str],
    say: Callable[[str], None],
    compile_program: Callable[..., None] = build.build,
) -> Engine:
    """The engine with the language host for YAML, which Pulumi's installer brings along; built if need be.

    Args:
        engine: as :func:`ensure_engine` gives it.
        environ: PATH, HOME and the cache variables count.
        say: takes messages for the user, a line each.
        compile_program: builds (version, file, environ, say, program) from the Go module; raises EngineError.

    Raises:
        EngineError: it could not be built.
    """
    if shutil.which(YAML_HOST, path=engine.path(environ.get("PATH", ""))):
        return engine
    built = cache_folder(environ) / f"yaml-{YAML_VERSION}-{_platform()}" / YAML_HOST
    _once(built, say, lambda: compile_program(YAML_VERSION, built, environ, say, build.YAML_HOST))
    if engine.folder is None:
        return replace(engine, folder=built.parent)
    # the engine warns about helpers that are elsewhere on PATH
    with contextlib.suppress(FileExistsError):
        _linked(built, engine.folder / YAML_HOST)
    return engine


def ensure_sdk_writer(
    environ: Mapping[str, str],
    say: Callable[[str], None],
    compile_program: Callable[..., None] = build.build,
) -> Path:
    """What writes SDKs from a schema with Pulumi's own generators; built if need be. Arguments as above."""
    source = build.digest([_SDK_WRITER.read_bytes()])
    built = cache_folder(environ) / f"gensdk-{VERSION}-{source}-{_platform()}" / "gensdk"
    _once(built, say, lambda: compile_program(VERSION, built, environ, say, build.SDK_WRITER))
    return built


def _once(file: Path, say: Callable[[str], None], make: Callable[[], None]) -> None:
    """Have a file of the cache made unless it is there; whoever comes second waits and finds it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with _only_one(file.with_name(f"{file.name}.lock"), say):
        if not file.is_file():
            make()


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Outside any checkout, so that every clone shares one CLI.

    Raises:
        EngineError: the environment names no place.
    """
    if environ.get(CACHE_VARIABLE):
        return Path(environ[CACHE_VARIABLE])
    if environ.get("XDG_CACHE_HOME"):
        return Path(environ["XDG_CACHE_HOME"]) / "pulumi-sentinelhub"
    if environ.get("HOME"):
        return Path(environ["HOME"]) / ".cache" / "pulumi-sentinelhub"
    raise EngineError(f"no place for the Pulumi CLI: set HOME, XDG_CACHE_HOME or {CACHE_VARIABLE}")


def _on_path(path: str, say: Callable[[str], None]) -> Engine | None:
    cli = shutil.which("pulumi", path=path)
    if cli is None:
        return None
    version = _version(Path(cli))
    if version is None:
        say(f"{cli} does not tell its version; not used.")
        return None
    if version < OLDEST:
        say(f"{cli} is {_text(version)}; {_text(OLDEST)} or newer is needed, so it is not used.")
        return None
    beside = os.pathsep.join([str(Path(cli).resolve().parent), path])
    missing = [name for name in HELPERS if shutil.which(name, path=beside) is None]
    if missing:
        say(f"{cli} lacks {' and '.join(missing)}; not used.")
        return None
    return Engine(None, _text(version), "PATH")


def _text(version: tuple[int, int, int]) -> str:
    return ".".join(map(str, version))


def _version(cli: Path) -> tuple[int, int, int] | None:
    environ = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1"}
    try:
        done = subprocess.run(
            [cli, "version"], capture_output=True, text=True, timeout=60, check=False, env=environ
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)", done.stdout.strip())
    if done.returncode or not match:
        return None
    return int(match[1]), int(match[2]), int(match[3])


def _works(cli: Path) -> bool:
    return cli.is_file() and _version(cli) is not None


def _platform() -> str:
    return f"{sys.platform}-{platform.machine().lower()}"


def _with_launchers(cli: Path) -> Path:
    """A folder with the CLI and the launchers that its build lacks.

    The engine warns about helpers that are elsewhere on PATH, so they stand beside it; the folder is named
    after their content, so that checkouts of different ages can share one CLI.
    """
    sources = sorted(path for path in _LAUNCHERS.iterdir() if path.is_file())
    folder = cli.parent / f"bin-{build.digest(path.read_bytes() for path in sources)}"
    if folder.is_dir():
        return folder
    making = cli.parent / f"{folder.name}.{os.getpid()}"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    for source in sources:
        shutil.copy(source, making / source.name)
    _linked(cli, making / cli.name)
    making.rename(folder)
    return folder


def _linked(file: Path, name: Path) -> None:
    try:
        os.link(file, name)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        shutil.copy(file, name)


@contextlib.contextmanager
def _only_one(lock: Path, say: Callable[[str], None]) -> Iterator[None]:
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another process is getting the Pulumi CLI; waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
