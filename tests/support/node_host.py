"""A language host for Node.js programs, which starts what the published SDK brings along to run them.

Pulumi's own host is not published as a Go module that could be built with the CLI. The engine starts this one
with its own address as the last argument, and reads the port from the first line of output.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

_RUN = Path("node_modules/@pulumi/pulumi/cmd/run/index.js")
#: How a program ends that has shown its own error.
_TOLD = 32


class NodeHost(language_pb2_grpc.LanguageRuntimeServicer):
    """What the engine asks of a language while it runs a program."""

    def __init__(self, engine: str) -> None:
        self._engine = engine

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine = request.engine_address or self._engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version="0.0.0")

    def GetRequiredPackages(self, request: Any, context: grpc.ServicerContext) -> Any:
        return language_pb2.GetRequiredPackagesResponse()

    def RuntimeOptionsPrompts(self, request: Any, context: grpc.ServicerContext) -> Any:
        return language_pb2.RuntimeOptionsResponse()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        return empty_pb2.Empty()

    def Run(self, request: Any, context: grpc.ServicerContext) -> Any:
        folder = request.info.program_directory or request.pwd
        flags = {
            "monitor": request.monitor_address,
            "engine": self._engine,
            "organization": request.organization,
            "project": request.project,
            "root-directory": request.info.root_directory,
            "stack": request.stack,
            "pwd": folder,
            "parallel": str(request.parallel),
        }
        command = ["node", str(Path(folder) / _RUN), *(f"--{name}={value}" for name, value in flags.items())]
        command += ["--dry-run"] if request.dryRun else []
        config = {"PULUMI_CONFIG": json.dumps(dict(request.config))}
        config["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(list(request.configSecretKeys))
        done = subprocess.run(
            [*command, request.info.entry_point or "."],
            cwd=folder,
            env={**os.environ, **config},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode in (0, _TOLD):
            return language_pb2.RunResponse(bail=done.returncode == _TOLD)
        return language_pb2.RunResponse(
            error=f"node ended with {done.returncode}: {done.stderr}{done.stdout}"
        )


def main() -> None:
    """Serve until the engine ends it."""
    stop = threading.Event()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: stop.set())
    server = grpc.server(futures.ThreadPoolExecutor(4))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(NodeHost(sys.argv[-1]), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    stop.wait()
    os._exit(0)


if __name__ == "__main__":
    main()
