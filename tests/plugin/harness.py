"""The plugin's server in this process, with a kind of resource that does as its inputs say."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from concurrent import futures
from typing import Any, Final

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from pulumi_sentinelhub.lifecycle.contract import Remote
from pulumi_sentinelhub.plugin.kinds import KINDS, Kind
from pulumi_sentinelhub.plugin.provider import Provider
from tests.support.engine import PATIENCE, FakeEngine, struct
from tests.support.front_end import UNKNOWN, FrontEnd, plain, secret
from tests.support.lifecycles import FORM, FakeLifecycle

__all__ = ["FAKE", "UNKNOWN", "URN", "Plugin", "plain", "running_plugin", "secret"]

FAKE: Final = Kind(
    "Fake",
    FORM,
    FakeLifecycle,
    lambda: lambda ctx, id, hidden: Remote(id, {"size": 7, **hidden}, {"size": 7}),
    refreshes=True,
)
URN: Final = f"urn:pulumi:dev::corsica::{FAKE.token}::area"


class Plugin(FrontEnd):
    """A running plugin and the calls that the engine makes to it."""

    urn = URN

    def __init__(
        self, stub: provider_pb2_grpc.ResourceProviderStub, engine: FakeEngine, engine_port: int
    ) -> None:
        self.stub = stub
        self.engine = engine
        self.engine_port = engine_port

    def written(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        return FORM.outward(properties)

    def properties(self, properties: Mapping[str, Any]) -> struct_pb2.Struct:
        return struct(properties)

    def call(self, method: str, request: Any) -> Any:
        return getattr(self.stub, method)(request, timeout=PATIENCE)

    def configure(self, config: Mapping[str, Any]) -> Any:
        return self.call("Configure", provider_pb2.ConfigureRequest(args=struct(config)))


@contextlib.contextmanager
def running_plugin(
    environ: Mapping[str, str] | None = None, *, engine_refuses_lines: bool = False
) -> Iterator[Plugin]:
    """A plugin that knows the fake kind besides its own, ended at exit."""
    engine = FakeEngine(refuses_lines=engine_refuses_lines)
    engine_server = grpc.server(futures.ThreadPoolExecutor(8))
    engine_pb2_grpc.add_EngineServicer_to_server(engine, engine_server)
    engine_port = engine_server.add_insecure_port("127.0.0.1:0")
    engine_server.start()
    server = grpc.server(futures.ThreadPoolExecutor(64))
    address, cancel = f"127.0.0.1:{engine_port}", threading.Event()
    servicer = Provider(address, cancel, environ or {}, {**KINDS, FAKE.token: FAKE})
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Plugin(provider_pb2_grpc.ResourceProviderStub(channel), engine, engine_port)
    finally:
        server.stop(None)
        engine_server.stop(None)
