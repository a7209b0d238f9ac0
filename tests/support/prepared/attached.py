"""The launchers' language host, for all commands of the CLI that attach to one instead of starting two each.

Arguments: the launchers' folder, the server's socket, and the descriptor of a socket on which commands
connect. Each tells its environment, its folder and where its programs print, is answered with the port of a
host of its own, and has that host, and what still runs of its programs, until its connection ends.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent import futures
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import grpc
from client import ask  # type: ignore[import-not-found] # this folder's, which is the script's
from google.protobuf import empty_pb2
from prepared_job import read_job  # type: ignore[import-not-found] # likewise
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import language_pb2_grpc

sys.path[0] = sys.argv[1]

import language_host  # noqa: E402 - it is found from here on
from language_host import LanguageHost  # noqa: E402


@dataclass(frozen=True)
class Command:
    """A command that has attached.

    Attributes:
        environ: its whole environment.
        folder: the working directory.
        output: a descriptor for what its programs print.
        programs: those that it has started.
    """

    environ: Mapping[str, str]
    folder: str
    output: int
    programs: list[Program] = field(default_factory=list)


_OWN: ContextVar[Command] = ContextVar("command")
"""The command of a call."""


class Program:
    """A program that the server forks: what the host does with a process."""

    def __init__(self, command: Sequence[str], *, stdin: int, pass_fds: Sequence[int]) -> None:
        own = _OWN.get()
        self._server = socket.socket(socket.AF_UNIX)
        self._server.connect(sys.argv[2])
        nothing = os.open(os.devnull, os.O_RDONLY)
        files = {0: nothing, 1: own.output, 2: own.output, **{number: number for number in pass_fds}}
        ask(self._server, list(command[2:]), dict(own.environ), own.folder, files)
        os.close(nothing)
        own.programs.append(self)

    def wait(self) -> int:
        """Until it has ended; its exit code."""
        return int.from_bytes(self._server.recv(8), "big", signed=True)

    def send_signal(self, number: int) -> None:
        """Pass it on."""
        self._server.send(bytes([number]))

    def end(self) -> None:
        """Have the server kill it, if it still runs."""
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


class Attached(LanguageHost):
    """Serves a command's two engines as two processes would: one asks what it is, one runs programs."""

    def __init__(self, command: Command) -> None:
        super().__init__("")
        self._command = command
        self._engines: dict[str, str] = {}
        self._runs: set[str] = set()

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - gRPC's name
        self._engines[context.peer()] = request.engine_address
        return super().Handshake(request, context)

    def Run(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - gRPC's name
        _OWN.set(self._command)
        request.args[:] = [self._engines[context.peer()]]
        self._runs.add(context.peer())
        return super().Run(request, context)

    def RunPlugin(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - gRPC's name
        given = [f"{name}={value}" for name, value in self._command.environ.items()]
        request.env[:] = [*given, *request.env]
        return super().RunPlugin(request, context)

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - gRPC's name
        return super().Cancel(request, context) if context.peer() in self._runs else empty_pb2.Empty()


def serve(connection: socket.socket) -> None:
    """A host for a command, until its connection ends."""
    with connection:
        job = read_job(connection)
        (output,) = job.descriptors
        os.dup2(output, 2)  # what goes wrong here stands in what the command has said
        command = Command(job.environ, job.folder, output)
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=4), options=_GRPC_CHANNEL_OPTIONS)
        language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Attached(command), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        connection.sendall(f"{port}\n".encode())
        connection.recv(1)
        server.stop(0)
        for program in command.programs:
            program.end()
        os.close(output)


def main() -> None:
    """Serve until this process is ended."""
    # of the host alone: its helpers start processes as they are
    vars(language_host)["subprocess"] = SimpleNamespace(Popen=Program, DEVNULL=subprocess.DEVNULL)
    listener = socket.socket(fileno=int(sys.argv[3]))
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
