"""A running front end, and the calls that the engine makes to it: the same messages for both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import grpc
import pytest
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.support.engine import PATIENCE, FakeEngine

UNKNOWN = rpc.UNKNOWN


class FrontEnd(Protocol):
    """What the tests of both need.

    Attributes:
        urn: of the one resource, whose lifecycle does as its inputs say.
        stub: the way to it.
        engine: takes its lines.
    """

    urn: str
    stub: provider_pb2_grpc.ResourceProviderStub
    engine: FakeEngine

    def written(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Properties in the words in which its programs and states have them, from the lifecycles' words."""

    def properties(self, properties: Mapping[str, Any]) -> struct_pb2.Struct:
        """Properties as the engine sends them."""

    def check(self, news: Mapping[str, Any], olds: Mapping[str, Any] | None = None) -> Any:
        request = provider_pb2.CheckRequest(
            urn=self.urn, olds=self.properties(olds or {}), news=self.properties(news)
        )
        return self.stub.Check(request, timeout=PATIENCE)

    def diff(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Any:
        request = provider_pb2.DiffRequest(
            id="object-1", urn=self.urn, olds=self.properties(olds), news=self.properties(news)
        )
        return self.stub.Diff(request, timeout=PATIENCE)

    def create(self, news: Mapping[str, Any], *, timeout: float = 0.0, preview: bool = False) -> Any:
        return self.begin_create(news, timeout=timeout, preview=preview).result()

    def begin_create(self, news: Mapping[str, Any], *, timeout: float = 0.0, preview: bool = False) -> Any:
        request = provider_pb2.CreateRequest(
            urn=self.urn, properties=self.properties(news), timeout=timeout, preview=preview
        )
        return self.stub.Create.future(request, timeout=PATIENCE)

    def read(self, id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any] | None = None) -> Any:
        request = provider_pb2.ReadRequest(
            id=id, urn=self.urn, properties=self.properties(outputs), inputs=self.properties(inputs or {})
        )
        return self.stub.Read(request, timeout=PATIENCE)

    def update(
        self, olds: Mapping[str, Any], news: Mapping[str, Any], *, timeout: float = 0.0, preview: bool = False
    ) -> Any:
        request = provider_pb2.UpdateRequest(
            id="object-1",
            urn=self.urn,
            olds=self.properties(olds),
            news=self.properties(news),
            timeout=timeout,
            preview=preview,
        )
        return self.stub.Update(request, timeout=PATIENCE)

    def delete(self, outputs: Mapping[str, Any], *, timeout: float = 0.0) -> None:
        request = provider_pb2.DeleteRequest(
            id="object-1", urn=self.urn, properties=self.properties(outputs), timeout=timeout
        )
        self.stub.Delete(request, timeout=PATIENCE)

    def cancel(self) -> None:
        self.stub.Cancel(empty_pb2.Empty(), timeout=PATIENCE)


def secret(value: Any) -> dict[str, Any]:
    """A secret as it goes over the wire."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


def plain(message: struct_pb2.Struct) -> dict[str, Any]:
    """Properties of an answer without the pickled provider."""
    properties: dict[str, Any] = json_format.MessageToDict(message)
    properties.pop("__provider", None)
    return properties


def details(failure: pytest.ExceptionInfo[grpc.RpcError]) -> str:
    """What the engine is told of a failure."""
    return str(failure.value.details())


def says_where(failure: pytest.ExceptionInfo[grpc.RpcError]) -> bool:
    """Whether it is told as a defect is; older SDKs print the traceback and say that there was one."""
    return "Traceback" in details(failure) or "Exception calling application" in details(failure)
