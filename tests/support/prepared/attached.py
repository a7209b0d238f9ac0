"""The launchers' language host, for one command of the CLI that attaches to it instead of starting it twice.

Arguments: the launchers' folder. Its port is the one line on standard output; what programs print goes to
standard error then.
"""

from __future__ import annotations

import os
import sys
import threading
from concurrent import futures
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import language_pb2_grpc

sys.path[0] = sys.argv[1]

from language_host import LanguageHost  # noqa: E402 - it is found from here on


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
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4), options=_GRPC_CHANNEL_OPTIONS)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Attached(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    os.write(1, f"{port}\n".encode())
    os.dup2(2, 1)
    threading.Event().wait()


if __name__ == "__main__":
    main()
