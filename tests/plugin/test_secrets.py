"""What the program marks as secret is in no text of either front end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from tests.plugin.harness import running_plugin
from tests.support.dynamic_host import running_host
from tests.support.engine import PATIENCE
from tests.support.front_end import FrontEnd, details, plain, secret


@pytest.fixture
def dynamic() -> Iterator[FrontEnd]:
    with running_host() as running:
        yield running


@pytest.fixture
def plugin() -> Iterator[FrontEnd]:
    with running_plugin() as running:
        running.configure({})
        yield running


def quotes_nothing(front: FrontEnd, news: Mapping[str, Any], marked: Mapping[str, Any]) -> None:
    """A finding that has to do with a secret says where it is; errors and lines say it without the value.

    Args:
        front: one of the two.
        news: inputs of which none is marked.
        marked: the same, with ``place`` and ``size`` marked as secret.
    """
    plainly = front.check(news)
    right = "size: it is negative; make it 1"
    wrong = 'grid: is 8, which "Nowhere" has not; take 1'
    assert sorted(one.reason for one in plainly.failures) == [wrong, right]
    answer = front.check(marked)
    no_more = "no more is shown of it, as it is secret; make it plain to see what is wrong"
    assert sorted(one.reason for one in answer.failures) == [
        f"grid: does not go with place, size, and {no_more}",
        f"size: is not right, and {no_more}",
    ]
    assert "secret_paths" not in plain(answer.inputs)
    with pytest.raises(grpc.RpcError) as failure:
        front.create(plain(answer.inputs))
    assert "at [secret] of -1: [secret]" in details(failure)
    assert front.engine.wait_for("looking at [secret]")
    other = provider_pb2.CreateRequest(
        urn=f"{front.urn}-2", properties=front.properties({"behave": "quote", "place": "Nowhere", "size": 7})
    )
    with pytest.raises(grpc.RpcError) as failure:
        front.stub.Create(other, timeout=PATIENCE)
    assert "at [secret] of 7: [secret]" in details(failure), "what is secret elsewhere is so here, too"
    assert not [line for line in front.engine.lines if "Nowhere" in line.message]


NEWS = {"grid": 8, "place": "Nowhere", "size": -1, "behave": "quote"}


def test_the_dynamic_provider(dynamic: FrontEnd) -> None:
    """The engine tells it nothing: the program passes on which of them are."""
    quotes_nothing(dynamic, NEWS, {**NEWS, "secret_paths": [["place"], ["size"]]})


def test_the_plugin(plugin: FrontEnd) -> None:
    """The engine tells it."""
    quotes_nothing(plugin, NEWS, {**NEWS, "place": secret("Nowhere"), "size": secret(-1)})
