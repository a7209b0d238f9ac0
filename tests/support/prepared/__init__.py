"""A Python that starts with its imports done: the engine's launchers are run by forks of one process.

A command of the CLI starts four interpreters, each of which spends a quarter of a second of CPU time on
importing the Pulumi SDK. Here a process imports it once (``server.py``) and forks for every start; what the
engine starts in its place (``client.py``) passes on arguments, environment, files and signals, and ends as
the fork ends. Launchers, SDK and provider are the real ones; only their imports have been done before.
"""

from __future__ import annotations

import os
import py_compile
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from zlib import crc32

from tests.support.prepared.client import ask

_HERE = Path(__file__).parent
_DEADLINE_SECONDS = 60.0
_SOCKET = "s"
_LISTENER = 3
ATTACH = "PULUMI_DEBUG_LANGUAGES"
"""The CLI's variable that names language hosts which run already."""


@contextmanager
def prepared_python(folder: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """A command that takes a script and its arguments as ``python`` does, until the block ends.

    Args:
        folder: takes the command and its socket; the path is short, as a socket's must be.
        environ: what the imports see.

    Raises:
        RuntimeError: the server did not start.
    """
    address, command, client = folder / _SOCKET, folder / "python", folder / "client.pyc"
    # compiled once, and without `site`: it needs nothing but the standard library, and is to start fast
    py_compile.compile(str(_HERE / "client.py"), str(client), doraise=True)
    start = (sys.executable, "-I", "-S", str(client), str(address))
    command.write_text(f'#!/bin/sh\nexec {" ".join(map(quote, start))} "$@"\n')
    command.chmod(0o755)
    server = subprocess.Popen(
        [sys.executable, "-u", str(_HERE / "server.py"), str(address), str(command)],
        env=dict(environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C in the terminal is the test runner's business
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        if server.stdout.readline() != b"ready\n":
            raise RuntimeError("the prepared Python did not start; its output says why")
        yield command
    finally:
        for own in [own for own in _RUNNING if own.parent == folder]:
            _RUNNING.pop(own).close()
        server.stdin.close()
        server.wait(_DEADLINE_SECONDS)
        server.stdout.close()


@contextmanager
def attached_host(environ: Mapping[str, str], folder: Path, output: int) -> Iterator[Mapping[str, str]]:
    """A language host for one command: the CLI starts one for its own information and one for the program.

    Args:
        environ: the command's; where it has no prepared Python, the CLI is left to start its own.
        folder: the command's.
        output: a descriptor for what programs print.

    Yields:
        The environment in which the command attaches.
    """
    launcher = shutil.which("pulumi-language-python", path=environ["PATH"])
    address = Path(environ["PULUMI_SENTINELHUB_PYTHON"]).with_name(_SOCKET)
    if (
        launcher is None
        or not Path(launcher).with_name("language_host.py").exists()
        or not address.is_socket()
    ):
        yield environ
        return
    # the host ends with the connection
    with socket.socket(socket.AF_UNIX) as hosts, hosts.makefile() as said:
        hosts.connect(str(_hosts(Path(launcher).parent, address)))
        ask(hosts, [], dict(environ), str(folder), {1: output})
        yield {**environ, ATTACH: f"python:{int(said.readline())}"}


_RUNNING: dict[Path, socket.socket] = {}
"""Connections that processes of language hosts live by, by the sockets on which commands connect."""


def _hosts(launchers: Path, address: Path) -> Path:
    """The socket of a process of language hosts, which the server forks for the first that attaches."""
    own = address.with_name(f"{_SOCKET}{crc32(bytes(launchers)):x}")
    if own not in _RUNNING:
        server = _RUNNING[own] = socket.socket(socket.AF_UNIX)
        server.connect(str(address))
        with socket.socket(socket.AF_UNIX) as listener, Path(os.devnull).open("r+") as nothing:
            listener.bind(str(own))
            listener.listen(64)
            files = {number: nothing.fileno() for number in range(3)} | {_LISTENER: listener.fileno()}
            argv = [str(_HERE / "attached.py"), str(launchers), str(address), str(_LISTENER)]
            ask(server, argv, dict(os.environ), str(address.parent), files)
    return own
