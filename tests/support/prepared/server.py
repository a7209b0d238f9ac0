"""Imports what the engine's helpers and our provider do, then forks for everyone who asks; see ``client.py``.

Arguments: the socket to listen on, and the command that starts another fork. Ends with its standard input.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import functools
import gc
import importlib
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import boto3
import botocore.session
from prepared_job import Job, read_job  # type: ignore[import-not-found] # this folder's, which is the script's

_IMPORTS = (
    *("grpc", "grpc._channel", "grpc._server", "grpc._utilities", "grpc.experimental"),
    *("pulumi", "pulumi.dynamic", "pulumi.runtime.proto.language_pb2_grpc"),
    *("pulumi.runtime.proto.status_pb2", "dill", "encodings.utf_8_sig"),
    *("pulumi_sentinelhub.resources.job", "pulumi_sentinelhub.resources.features"),
    *("pulumi_sentinelhub.resources.lookups", "requests", "requests_oauthlib", "boto3", "tenacity"),
    *("pulumi_sentinelhub.dynamic.providers", "pulumi_sentinelhub.batch.clients"),
    *("pulumi_sentinelhub.lifecycle.request", "pulumi_sentinelhub.lifecycle.run.lifecycle"),
    *("pulumi_sentinelhub.lifecycle.bucket", "pulumi_sentinelhub.lifecycle.collection"),
    *("pulumi_sentinelhub.plugin.server", "pulumi_sentinelhub.plugin.provider"),
)
_AWS = ("s3", "iam", "sts")
"""Services whose descriptions are read before a fork: botocore takes longer over that than over the rest."""
_PLUGIN = "pulumi_sentinelhub.plugin"
_GARBAGE = 50_000
"""Objects that are made before a fork, which lives for a second, looks for garbage."""


def serve(path: str) -> Job | None:
    """Fork for every job: returns it in the child; None when the server is to end."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    selector = selectors.DefaultSelector()
    for source in (0, woken, listener):
        selector.register(source, selectors.EVENT_READ)
    clients: dict[int, socket.socket] = {}
    sys.stdout.write("ready\n")
    while True:
        for key, _ in selector.select():
            if key.fileobj == 0:
                for pid in clients:
                    os.kill(pid, signal.SIGKILL)  # it has not been waited for, so that the id is its own
                return None
            if key.fileobj == woken:
                os.read(woken, 4096)
                _tell_ends(clients, selector)
            elif key.fileobj is listener:
                client, _ = listener.accept()
                job = read_job(client)
                with contextlib.suppress(Exception):  # a fork is to fail, not the server
                    _compiled(job.argv[0])  # once for all forks
                pid = os.fork()
                if pid == 0:
                    _let_go(selector, listener, client, *clients.values())
                    return job
                for descriptor in job.descriptors:
                    os.close(descriptor)
                clients[pid] = client
                selector.register(client, selectors.EVENT_READ, pid)
            elif key.data in clients:
                _pass_on(clients[key.data], key.data, selector)


def _let_go(*held: selectors.BaseSelector | socket.socket) -> None:
    """Close what a fork has no use for while the numbers are its own.

    A selector refers to itself: the collector would close it and its sockets much later, when their numbers
    are those of the script's own files.
    """
    for one in held:
        one.close()


def _pass_on(client: socket.socket, pid: int, selector: selectors.BaseSelector) -> None:
    """A signal for the child; one whose client is gone, however that ended, ends with it."""
    numbers = client.recv(64)
    if not numbers:
        selector.unregister(client)
    for number in numbers or (signal.SIGKILL,):
        os.kill(pid, number)  # it has not been waited for, so that the id is its own


def _tell_ends(clients: dict[int, socket.socket], selector: selectors.BaseSelector) -> None:
    for pid in list(clients):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            client = clients.pop(pid)
            with contextlib.suppress(KeyError):
                selector.unregister(client)
            with contextlib.suppress(OSError):  # nobody waits for it any more
                client.sendall(os.waitstatus_to_exitcode(status).to_bytes(8, "big", signed=True))
            client.close()


def become(job: Job, command: str) -> None:
    """Make this fork what the client's process would have been: files, environment, folder, signals."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    above = max(job.files + job.descriptors) + 1
    high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, above) for descriptor in job.descriptors]
    os.closerange(0, above)
    for descriptor, number in zip(high, job.files, strict=True):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(job.environ)
    os.chdir(job.folder)
    script = Path(job.argv[0])
    sys.argv = job.argv
    if script.name in ("language_host.py", "attached.py"):
        sys.executable = command  # it starts programs
    own = str(Path(__file__).parent)
    theirs = [entry for entry in job.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    rest = [entry for entry in sys.path if entry != own and entry not in _BEFORE]
    first = job.folder if job.argv[0] == _PLUGIN else str(script.parent)
    sys.path[:] = [first, *theirs, *rest]


def main() -> None:
    """Serve, and in each fork run its script as ``python -u`` does, or the plugin as ``python -m``."""
    path, command = sys.argv[1:3]
    for name in _IMPORTS:
        importlib.import_module(name)
    _read_descriptions()
    gc.collect()
    gc.freeze()  # so that forks share its memory
    gc.set_threshold(_GARBAGE)
    job = serve(path)
    if job is not None:
        become(job, command)
        _leave(_run(job))


def _compiled(script: str) -> CodeType:
    """The code of a script."""
    state = os.stat(script)  # noqa: PTH116 - it is what the key is made of
    return _code(script, state.st_ino, state.st_mtime_ns)


@functools.cache
def _code(script: str, *_: int) -> CodeType:
    return compile(Path(script).read_bytes(), script, "exec", dont_inherit=True)


def _read_descriptions() -> None:
    """Have boto3's clients of every fork find the descriptions of AWS's services read."""
    # by itself botocore keeps what it has read for one session; here all of them are given the same
    botocore.session.create_loader = functools.cache(botocore.session.create_loader)
    client: Any = boto3.session.Session("none", "none").client  # its stubs have an overload a service
    for service in _AWS:
        client(service, region_name="eu-central-1")


def _run(job: Job) -> int:
    """Returns the exit code that the script ends with; negative: the signal."""
    try:
        if job.argv[0] == _PLUGIN:
            runpy.run_module(_PLUGIN, run_name="__main__", alter_sys=True)
        else:
            module = sys.modules["__main__"] = ModuleType("__main__")
            module.__file__ = job.argv[0]
            exec(_compiled(job.argv[0]), vars(module))
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            return ended.code or 0
        sys.stderr.write(f"{ended.code}\n")
        return 1
    except BaseException as failure:  # noqa: BLE001 - what an interpreter does with whatever a script raises
        sys.excepthook(type(failure), failure, failure.__traceback__)
        return -signal.SIGINT if isinstance(failure, KeyboardInterrupt) else 1
    return 0


def _leave(code: int) -> None:
    """End as an interpreter does, but free no memory: all of it would be copied for that."""
    threading._shutdown()  # type: ignore[attr-defined] # as in multiprocessing's forks
    atexit._run_exitfuncs()
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


_BEFORE = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
"""Places for imports that this process was given for itself."""

if __name__ == "__main__":
    main()
