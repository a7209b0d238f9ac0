"""The launchers' language host, for one command of the CLI that attaches to it instead of starting it twice.

Arguments: the launchers' folder and the server's socket. Its port is the one line on standard output; what
programs print goes to standard error then.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent import futures
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
from client import ask  # type: ignore[import-not-found] # this folder's, which is the script's
from google.protobuf import empty_pb2
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import language_pb2_grpc

sys.path[0] = sys.argv[1]

import language_host  # noqa: E402 - it is found from here on
from language_host import LanguageHost  # noqa: E402


class Program:
    """A program that the server forks: what the host does with a process."""

    def __init__(self, command: Sequence[str], *, stdin: int, pass_fds: Sequence[int]) -> None:
        self._server = socket.socket(socket.AF_UNIX)
        self._server.connect(sys.argv[2])
        nothing = os.open(os.devnull, os.O_RDONLY)
        files = {0: nothing, 1: 1, 2: 2, **{number: number for number in pass_fds}}
        ask(self._server, list(command[2:]), dict(os.environ), str(Path.cwd()), files)
        os.close(nothing)

    def wait(self) -> int:
        """Until it has ended; its exit code."""
        return int.from_bytes(self._server.recv(8), "big", signed=True)

    def send_signal(self, number: int) -> None:
        """Pass it on."""
        self._server.send(bytes([number]))


class Attached(LanguageHost):
    """Serves a command's two engines as two processes would: one asks what it is, one runs programs."""

    def __init__(self) -> None:
        super().__init__("")
        self._engines: dict[str, str] = {}
        self._runs: set[str] = set()

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - gRPC's name
        self._engines[context.peer()] = request.engine_address
        return super().Handshake(request, context)

    def Run(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - gRPC's name
        request.args[:] = [self._engines[context.peer()]]
        self._runs.add(context.peer())
        return super().Run(request, context)

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - gRPC's name
        return super().Cancel(request, context) if context.peer() in self._runs else empty_pb2.Empty()


def main() -> None:
    """Serve until this process is ended."""
    # of the host alone: its helpers start processes as they are
    vars(language_host)["subprocess"] = SimpleNamespace(Popen=Program, DEVNULL=subprocess.DEVNULL)
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4), options=_GRPC_CHANNEL_OPTIONS)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Attached(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    os.write(1, f"{port}\n".encode())
    os.dup2(2, 1)
    threading.Event().wait()


if __name__ == "__main__":
    main()
