"""The plugin's server in this process, with a kind of resource that does as its inputs say."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from concurrent import futures
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from pulumi_sentinelhub.lifecycle.contract import Remote
from pulumi_sentinelhub.plugin.kinds import KINDS, Kind
from pulumi_sentinelhub.plugin.provider import Provider
from tests.support.engine import PATIENCE, FakeEngine, struct
from tests.support.lifecycles import FORM, FakeLifecycle

FAKE: Final = Kind(
    "Fake",
    FORM,
    FakeLifecycle,
    lambda: lambda ctx, id, hidden: Remote(id, {"size": 7, **hidden}, {"size": 7}),
    refreshes=True,
)
URN: Final = f"urn:pulumi:dev::corsica::{FAKE.token}::area"
UNKNOWN: Final = rpc.UNKNOWN


def secret(value: Any) -> dict[str, Any]:
    """A secret as it goes over the wire."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


def plain(message: struct_pb2.Struct) -> dict[str, Any]:
    """Properties of an answer."""
    return dict(json_format.MessageToDict(message))


class Plugin:
    """A running plugin and the calls that the engine makes to it."""

    def __init__(
        self, stub: provider_pb2_grpc.ResourceProviderStub, engine: FakeEngine, engine_port: int
    ) -> None:
        self.stub = stub
        self.engine = engine
        self.engine_port = engine_port

    def call(self, method: str, request: Any) -> Any:
        return getattr(self.stub, method)(request, timeout=PATIENCE)

    def configure(self, config: Mapping[str, Any]) -> Any:
        return self.call("Configure", provider_pb2.ConfigureRequest(args=struct(config)))

    def check(self, news: Mapping[str, Any], olds: Mapping[str, Any] | None = None) -> Any:
        return self.call(
            "Check", provider_pb2.CheckRequest(urn=URN, olds=struct(olds or {}), news=struct(news))
        )

    def diff(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Any:
        request = provider_pb2.DiffRequest(id="object-1", urn=URN, olds=struct(olds), news=struct(news))
        return self.call("Diff", request)

    def create(self, news: Mapping[str, Any], *, timeout: float = 0.0, preview: bool = False) -> Any:
        return self.begin_create(news, timeout=timeout, preview=preview).result()

    def begin_create(self, news: Mapping[str, Any], *, timeout: float = 0.0, preview: bool = False) -> Any:
        request = provider_pb2.CreateRequest(
            urn=URN, properties=struct(news), timeout=timeout, preview=preview
        )
        return self.stub.Create.future(request, timeout=PATIENCE)

    def read(self, id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any] | None = None) -> Any:
        request = provider_pb2.ReadRequest(
            id=id, urn=URN, properties=struct(outputs), inputs=struct(inputs or {})
        )
        return self.call("Read", request)

    def update(
        self, olds: Mapping[str, Any], news: Mapping[str, Any], *, timeout: float = 0.0, preview: bool = False
    ) -> Any:
        request = provider_pb2.UpdateRequest(
            id="object-1", urn=URN, olds=struct(olds), news=struct(news), timeout=timeout, preview=preview
        )
        return self.call("Update", request)

    def delete(self, outputs: Mapping[str, Any], *, timeout: float = 0.0) -> None:
        request = provider_pb2.DeleteRequest(
            id="object-1", urn=URN, properties=struct(outputs), timeout=timeout
        )
        self.call("Delete", request)

    def cancel(self) -> None:
        self.call("Cancel", empty_pb2.Empty())


@contextlib.contextmanager
def running_plugin(environ: Mapping[str, str] | None = None) -> Iterator[Plugin]:
    """A plugin that knows the fake kind besides its own, ended at exit."""
    engine, engine_server = FakeEngine(), grpc.server(futures.ThreadPoolExecutor(8))
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
