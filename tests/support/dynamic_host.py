"""The real process that hosts dynamic providers, driven over gRPC as the engine does it."""

from __future__ import annotations

import contextlib
import copy
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import struct_pb2
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from tests.support.engine import PATIENCE, FakeEngine, struct
from tests.support.fake_providers import FakeProvider
from tests.support.front_end import FrontEnd

ROOT = Path(__file__).parents[2]
URN = "urn:pulumi:dev::corsica::pulumi-python:dynamic/sentinelhub:BatchRun::run"
_METADATA_BYTES = 1 << 20  # the engine's Go client takes 16 MB where Python's default is 8 KB


class Host(FrontEnd):
    """One provider process and the calls that the engine makes to it."""

    urn = URN

    def __init__(
        self,
        stub: provider_pb2_grpc.ResourceProviderStub,
        engine: FakeEngine,
        engine_server: grpc.Server,
        process: subprocess.Popen[bytes],
    ) -> None:
        self.stub = stub
        self.engine = engine
        self.provider: ResourceProvider = FakeProvider()
        self._process = process
        self._engine_server = engine_server

    def served_by(self, provider: ResourceProvider) -> Host:
        """The same process with a resource of another provider."""
        other = copy.copy(self)
        other.provider = provider
        return other

    def kill_engine(self) -> None:
        """Nobody listens at the engine's address any more."""
        self._engine_server.stop(None).wait(PATIENCE)

    def wait_for_its_end(self) -> int:
        """The exit code of the process."""
        return self._process.wait(PATIENCE)

    def written(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        return dict(properties)

    def properties(self, properties: Mapping[str, Any]) -> struct_pb2.Struct:
        return struct({**properties, "__provider": serialize_provider(self.provider)})


@contextlib.contextmanager
def running_host(
    environment: Mapping[str, str] | None = None,
    config: Mapping[str, str] | None = None,
    *,
    engine_refuses_lines: bool = False,
) -> Iterator[Host]:
    """A provider process of its own, configured as the engine would; ended at exit."""
    engine = FakeEngine(refuses_lines=engine_refuses_lines)
    engine_server = grpc.server(futures.ThreadPoolExecutor(8))
    engine_pb2_grpc.add_EngineServicer_to_server(engine, engine_server)
    engine_port = engine_server.add_insecure_port("127.0.0.1:0")
    engine_server.start()
    variables = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SH_")},
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "provider")]),
        "HOME": os.devnull,  # no profile file of whoever runs the tests
        **(environment or {}),
    }
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.dynamic", f"127.0.0.1:{engine_port}"],
        stdout=subprocess.PIPE,
        env=variables,
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        options = [
            ("grpc.max_metadata_size", _METADATA_BYTES),
            ("grpc.absolute_max_metadata_size", _METADATA_BYTES),
        ]
        with grpc.insecure_channel(f"127.0.0.1:{port}", options) as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            stub.Configure(provider_pb2.ConfigureRequest(args=struct(config or {})), timeout=PATIENCE)
            yield Host(stub, engine, engine_server, process)
    finally:
        process.kill()
        process.wait(PATIENCE)
        assert process.stdout is not None
        process.stdout.close()
        engine_server.stop(None)
