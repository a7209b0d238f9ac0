"""The language host for Python: a gRPC server that runs Pulumi programs, each in a process of its own.

The engine starts it with its own address as the last argument, reads the port from the first line of output,
and ends it with SIGINT. It stands in for the host that Pulumi's installer brings along and a CLI built from
its Go module lacks.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from concurrent import futures
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lifeline import end_quietly_on_sigint, end_with_parent

if __name__ == "__main__":
    end_quietly_on_sigint(0)

try:
    import grpc
    from google.protobuf import empty_pb2
    from packages import (
        MissingWriterError,
        link,
        python_of,
        run_plugin,
        virtualenv_of,
        write_program,
        write_sdk,
    )
    from pulumi.runtime import proto
    from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
    from pulumi.runtime.proto import language_pb2, language_pb2_grpc
except ImportError as error:
    sys.exit(
        f"{sys.executable} has no Pulumi SDK ({error}). Install the project's requirements into it, or set "
        "PULUMI_SENTINELHUB_PYTHON, or the `virtualenv` option in Pulumi.yaml, to the Python that has them."
    )

if TYPE_CHECKING:
    from collections.abc import Iterator

_RUN_PROGRAM = Path(__file__).with_name("run_program.py")


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """What the engine asks of a language; nothing is packed, and no projects are written."""

    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine = request.engine_address or self._engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return proto.PluginInfo(version=metadata.version("pulumi"))

    def GetRequiredPlugins(self, request: Any, context: grpc.ServicerContext) -> Any:
        return language_pb2.GetRequiredPluginsResponse()

    def GetRequiredPackages(self, request: Any, context: grpc.ServicerContext) -> Any:
        # dynamic providers come with the program; packages with plugins are found when they are first used
        return language_pb2.GetRequiredPackagesResponse()

    def GetProgramDependencies(self, request: Any, context: grpc.ServicerContext) -> Any:
        installed = sorted({(d.name, d.version) for d in metadata.distributions()})
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[
                language_pb2.DependencyInfo(name=name, version=version) for name, version in installed
            ]
        )

    def RuntimeOptionsPrompts(self, request: Any, context: grpc.ServicerContext) -> Any:
        return language_pb2.RuntimeOptionsResponse()

    def About(self, request: Any, context: grpc.ServicerContext) -> Any:
        return language_pb2.AboutResponse(executable=sys.executable, version=sys.version.split()[0])

    def InstallDependencies(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        folder = request.info.program_directory or request.directory
        environment = virtualenv_of(request.info)
        if environment is not None and not environment.exists():
            subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        if (Path(folder) / "requirements.txt").is_file():
            command = [python_of(request.info), "-m", "pip", "install", "-r", "requirements.txt"]
            done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
            yield language_pb2.InstallDependenciesResponse(stdout=done.stdout, stderr=done.stderr)
            if done.returncode:
                context.abort(grpc.StatusCode.INTERNAL, f"pip ended with exit code {done.returncode}")

    def Run(self, request: Any, context: grpc.ServicerContext) -> Any:
        if not request.args:
            request.args.append(self._engine)
        answer_from, answer_to = os.pipe()
        request_from, request_to = os.pipe()
        with os.fdopen(answer_from, "rb") as answer, os.fdopen(request_to, "wb", buffering=0) as lifeline:
            process = subprocess.Popen(
                [sys.executable, "-u", str(_RUN_PROGRAM), str(request_from), str(answer_to)],
                stdin=subprocess.DEVNULL,
                pass_fds=(request_from, answer_to),
            )
            os.close(request_from)
            os.close(answer_to)
            with self._lock:
                self._running.add(process)
            try:
                message = request.SerializeToString()
                with contextlib.suppress(BrokenPipeError):  # it failed to start: its exit code tells
                    lifeline.write(len(message).to_bytes(8, "big") + message)
                data = answer.read()
                code = process.wait()
            finally:
                with self._lock:
                    self._running.discard(process)
        if not data:
            return language_pb2.RunResponse(error=f"Program exited with non-zero exit code: {code}")
        return language_pb2.RunResponse.FromString(data[1:])

    def RunPlugin(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        ended = threading.Event()
        context.add_callback(ended.set)
        yield from run_plugin(request, ended)

    def GeneratePackage(self, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            write_sdk(request.schema, Path(request.directory))
        except MissingWriterError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        return language_pb2.GeneratePackageResponse()

    def Link(self, request: Any, context: grpc.ServicerContext) -> Any:
        return language_pb2.LinkResponse(import_instructions=link(request))

    def GenerateProgram(self, request: Any, context: grpc.ServicerContext) -> Any:
        files: dict[str, bytes] = {}
        try:
            files = write_program(request)
        except MissingWriterError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        return language_pb2.GenerateProgramResponse(source=files)

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        with self._lock:
            for process in self._running:
                process.send_signal(signal.SIGINT)
        return empty_pb2.Empty()


def main() -> None:
    """Serve until SIGINT, or until the engine is gone."""
    end_with_parent()
    engine = next((a for a in reversed(sys.argv[1:]) if not a.startswith("-")), "")
    stop = threading.Event()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: stop.set())
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4), options=_GRPC_CHANNEL_OPTIONS)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageHost(engine), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    stop.wait()
    server.stop(0)
    os._exit(0)  # a program that still runs has had the same signal; it must not keep the engine waiting


if __name__ == "__main__":
    main()
