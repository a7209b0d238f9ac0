"""A Python that starts with its imports done: the engine's launchers are run by forks of one process.

A command of the CLI starts four interpreters, each of which spends a quarter of a second of CPU time on
importing the Pulumi SDK. Here a process imports it once (``server.py``) and forks for every start; what the
engine starts in its place (``client.py``) passes on arguments, environment, files and signals, and ends as
the fork ends. Launchers, SDK and provider are the real ones; only their imports have been done before.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

_HERE = Path(__file__).parent
_DEADLINE_SECONDS = 60.0


@contextmanager
def prepared_python(folder: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """A command that takes a script and its arguments as ``python`` does, until the block ends.

    Args:
        folder: takes the command and its socket; the path is short, as a socket's must be.
        environ: what the imports see.

    Raises:
        RuntimeError: the server did not start.
    """
    socket, command = folder / "s", folder / "python"
    # without `site`: the client needs nothing but the standard library, and is to start fast
    start = (sys.executable, "-I", "-S", str(_HERE / "client.py"), str(socket))
    command.write_text(f'#!/bin/sh\nexec {" ".join(map(quote, start))} "$@"\n')
    command.chmod(0o755)
    server = subprocess.Popen(
        [sys.executable, "-u", str(_HERE / "server.py"), str(socket), str(command)],
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
        server.stdin.close()
        server.wait(_DEADLINE_SECONDS)
        server.stdout.close()
