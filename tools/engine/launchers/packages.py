"""What the language host does for packages: run a plugin's folder, write and link an SDK, write programs."""

from __future__ import annotations

import base64
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from pulumi.runtime.proto import language_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Where the tools of the cache are: this file stands in ``<cache>/engine-…/bin-…``.
_CACHE = Path(__file__).resolve().parents[2]
_CHUNK = 65_536


class MissingWriterError(Exception):
    """There is nothing that could write this code."""


def python_of(info: Any) -> str:
    """The interpreter of a program or plugin: that of its ``virtualenv`` where it is there, else ours."""
    folder = virtualenv_of(info)
    python = None if folder is None else folder / "bin" / "python"
    return str(python) if python is not None and python.is_file() else sys.executable


def virtualenv_of(info: Any) -> Path | None:
    """Where the options of a program or plugin have its virtual environment; None where they have none."""
    option = info.options.fields["virtualenv"].string_value if "virtualenv" in info.options.fields else ""
    return Path(info.root_directory or info.program_directory) / option if option else None


def run_plugin(request: Any, ended: threading.Event) -> Iterator[Any]:
    """Run a plugin's folder until it ends, or ``ended`` is set; what it prints, then its exit code."""
    command = [python_of(request.info), "-u", request.info.program_directory, *request.args]
    environ = {**os.environ, **dict(one.split("=", 1) for one in request.env if "=" in one)}
    process = subprocess.Popen(
        command,
        cwd=request.pwd or None,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    printed: queue.Queue[Any] = queue.Queue()
    assert process.stdout is not None
    assert process.stderr is not None
    streams = (("stdout", process.stdout), ("stderr", process.stderr))
    for name, stream in streams:
        threading.Thread(target=_pass_on, args=(name, stream, printed), daemon=True).start()
    threading.Thread(target=_end_with, args=(process, ended), daemon=True).start()
    open_streams = len(streams)
    while open_streams:
        found = printed.get()
        if found is None:
            open_streams -= 1
        else:
            yield found
    yield language_pb2.RunPluginResponse(exitcode=process.wait())


def _pass_on(name: str, stream: IO[bytes], printed: queue.Queue[Any]) -> None:
    while data := os.read(stream.fileno(), _CHUNK):
        answer = language_pb2.RunPluginResponse()
        setattr(answer, name, data)
        printed.put(answer)
    printed.put(None)


def _end_with(process: subprocess.Popen[bytes], ended: threading.Event) -> None:
    ended.wait()
    process.terminate()


def write_sdk(schema: str, folder: Path) -> None:
    """Write a package's Python SDK with Pulumi's own generator. Raises MissingWriterError."""
    with tempfile.TemporaryDirectory() as temporary:
        told, made = Path(temporary) / "schema.json", Path(temporary) / "sdk"
        told.write_text(schema, encoding="utf-8")
        _written(str(told), str(made))
        folder.mkdir(parents=True, exist_ok=True)
        for entry in (made / "python").iterdir():
            entry.rename(folder / entry.name)


def write_program(request: Any) -> dict[str, bytes]:
    """The files of a Python program from PCL, with Pulumi's own generator. Raises MissingWriterError."""
    asked = {
        "source": dict(request.source),
        "loader": request.loader_target,
        "strict": request.strict,
    }
    files = json.loads(_written("program", given=json.dumps(asked)))
    return {name: base64.b64decode(content) for name, content in files.items()}


def _written(*arguments: str, given: str = "") -> str:
    """What the writer prints, which the cache has where it was built.

    Raises:
        MissingWriterError: it was not built, or refused what it was given.
    """
    writers = sorted(_CACHE.glob("gensdk-*/gensdk"), key=lambda writer: writer.stat().st_mtime)
    if not writers:
        raise MissingWriterError(
            "this language host stands in for Pulumi's own, and what writes code is not built yet: run "
            "`python -m tools.engine sdk-writer` in a checkout of the project, or install Pulumi itself"
        )
    done = subprocess.run([writers[-1], *arguments], input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MissingWriterError(done.stderr.strip())
    return done.stdout


def link(request: Any) -> str:
    """Name local SDKs in the program's requirements; what is to be done next."""
    folder = Path(request.info.program_directory)
    requirements = folder / "requirements.txt"
    known = requirements.read_text(encoding="utf-8").splitlines() if requirements.is_file() else []
    added = [package.path for package in request.packages if package.path not in known]
    if added:
        requirements.write_text("\n".join([*known, *added, ""]), encoding="utf-8")
    return "Install the requirements: `pulumi install`"
