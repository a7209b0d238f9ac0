"""The real provider process, driven over gRPC as the engine does it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from tests.dynamic.fakes import FakeProvider
from tests.support.engine import PATIENCE, FakeEngine, struct

ROOT = Path(__file__).parents[2]
URN = "urn:pulumi:dev::corsica::pulumi-python:dynamic/sentinelhub:BatchRun::run"
_METADATA_BYTES = 1 << 20  # the engine's Go client takes 16 MB where Python's default is 8 KB


class Host:
    """One provider process and the calls that the engine makes to it."""

    def __init__(
        self,
        stub: provider_pb2_grpc.ResourceProviderStub,
        engine: FakeEngine,
        engine_server: grpc.Server,
        process: subprocess.Popen[bytes],
    ) -> None:
        self.stub = stub
        self.engine = engine
        self.process = process
        self.pid = process.pid
        self.begun: list[Any] = []
        self._engine_server = engine_server

    def kill_engine(self) -> None:
        """Nobody listens at the engine's address any more."""
        self._engine_server.stop(None).wait(PATIENCE)

    def wait_for_its_end(self) -> int:
        """The exit code of the process."""
        return self.process.wait(PATIENCE)

    def properties(
        self, properties: Mapping[str, Any], provider: ResourceProvider | None = None
    ) -> struct_pb2.Struct:
        pickled = serialize_provider(provider or FakeProvider())
        return struct({**properties, "__provider": pickled})

    def check(
        self, news: Mapping[str, Any], olds: Mapping[str, Any] | None = None
    ) -> provider_pb2.CheckResponse:
        request = provider_pb2.CheckRequest(urn=URN, olds=struct(olds or {}), news=self.properties(news))
        answer: provider_pb2.CheckResponse = self.stub.Check(request, timeout=PATIENCE)
        return answer

    def diff(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> provider_pb2.DiffResponse:
        request = provider_pb2.DiffRequest(
            id="object-1", urn=URN, olds=self.properties(olds), news=self.properties(news)
        )
        answer: provider_pb2.DiffResponse = self.stub.Diff(request, timeout=PATIENCE)
        return answer

    def create(
        self, news: Mapping[str, Any], timeout: float = 0.0, provider: ResourceProvider | None = None
    ) -> provider_pb2.CreateResponse:
        answer: provider_pb2.CreateResponse = self.begin_create(news, timeout, provider).result()
        return answer

    def begin_create(
        self, news: Mapping[str, Any], timeout: float = 0.0, provider: ResourceProvider | None = None
    ) -> Any:
        request = provider_pb2.CreateRequest(
            urn=URN, properties=self.properties(news, provider), timeout=timeout
        )
        begun = self.stub.Create.future(request, timeout=PATIENCE)
        self.begun.append(begun)  # grpc cancels a call that nobody holds any more
        return begun

    def read(self, id: str, props: Mapping[str, Any]) -> provider_pb2.ReadResponse:
        request = provider_pb2.ReadRequest(id=id, urn=URN, properties=self.properties(props))
        answer: provider_pb2.ReadResponse = self.stub.Read(request, timeout=PATIENCE)
        return answer

    def update(
        self, olds: Mapping[str, Any], news: Mapping[str, Any], timeout: float = 0.0
    ) -> provider_pb2.UpdateResponse:
        request = provider_pb2.UpdateRequest(
            id="object-1", urn=URN, olds=self.properties(olds), news=self.properties(news), timeout=timeout
        )
        answer: provider_pb2.UpdateResponse = self.stub.Update(request, timeout=PATIENCE)
        return answer

    def delete(self, props: Mapping[str, Any], timeout: float = 0.0) -> None:
        request = provider_pb2.DeleteRequest(
            id="object-1", urn=URN, properties=self.properties(props), timeout=timeout
        )
        self.stub.Delete(request, timeout=PATIENCE)

    def cancel(self) -> None:
        self.stub.Cancel(empty_pb2.Empty(), timeout=PATIENCE)


def plain(message: struct_pb2.Struct) -> dict[str, Any]:
    """Properties of an answer without the pickled provider."""
    properties: dict[str, Any] = json_format.MessageToDict(message)
    properties.pop("__provider", None)
    return properties


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


def details(failure: pytest.ExceptionInfo[grpc.RpcError]) -> str:
    return str(failure.value.details())
