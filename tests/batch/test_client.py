"""Each method's call, and lists."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from pulumi_sentinelhub.batch.api import UNSET, BatchService
from pulumi_sentinelhub.batch.v1.client import BatchClient
from pulumi_sentinelhub.errors import InputError
from tests.support.wire import ID, NO_FILES, Answer, Wire, client, request_json, within

ONE = f"/process/{ID}"
REQUEST = request_json()
COLLECTION = {"id": "c1", "name": "n"}
NEW = {"name": "n", "s3Bucket": "b"}


def _linked(collection: str | None) -> dict[str, Any]:
    return {"output": {"collectionId": collection}}


def test_the_client_is_a_batch_service() -> None:
    """Mypy checks the protocol; this pins the names at run time."""
    service: BatchService = client(Wire())
    for name, member in vars(BatchService).items():
        if not name.startswith("_"):
            assert callable(getattr(service, name)) is not isinstance(member, property)


@pytest.mark.parametrize(
    ("do", "method", "path", "body", "answer"),
    [
        (lambda one: one.create_request({"a": 1}), "POST", "/process", {"a": 1}, REQUEST),
        (lambda one: one.get_request(ID), "GET", ONE, None, REQUEST),
        (lambda one: one.delete_request(ID), "DELETE", ONE, None, None),
        (lambda one: one.analyse(ID), "POST", f"{ONE}/analyse", None, None),
        (lambda one: one.start(ID), "POST", f"{ONE}/start", None, None),
        (lambda one: one.cancel(ID), "POST", f"{ONE}/cancel", None, None),
        (lambda one: one.restart_failed(ID), "POST", f"{ONE}/restartpartial", None, None),
        (lambda one: one.update_request(ID, description="d"), "PUT", ONE, {"description": "d"}, REQUEST),
        (lambda one: one.update_request(ID, collection_id=None), "PUT", ONE, _linked(None), REQUEST),
        (lambda one: one.update_request(ID, collection_id="c"), "PUT", ONE, _linked("c"), REQUEST),
        (lambda one: one.update_request(ID), "GET", ONE, None, REQUEST),
        (lambda one: one.create_collection("n", "b"), "POST", "/collections", NEW, {"data": COLLECTION}),
        (lambda one: one.get_collection("c1"), "GET", "/collections/c1", None, COLLECTION),
        (lambda one: one.rename_collection("c1", "m"), "PUT", "/collections/c1", {"name": "m"}, None),
        (lambda one: one.delete_collection("c1"), "DELETE", "/collections/c1", None, None),
        (lambda one: one.get_request("a/b?c"), "GET", "/process/a%2Fb%3Fc", None, REQUEST),
    ],
)
def test_each_method_is_one_call(
    do: Callable[[BatchClient], Any], method: str, path: str, body: Any, answer: Any
) -> None:
    """Method, path and body are the documented ones."""
    wire = Wire().on(method, ".*", Answer(200 if answer else 204, answer))
    do(client(wire))
    assert wire.calls() == [f"{method} {path}"]
    assert wire.sent[-1].body == body


def test_an_update_that_answers_with_nothing_is_read_back() -> None:
    """The state returned is the service's, not what was asked for."""
    wire = Wire().on("PUT", ONE, Answer(204)).on("GET", ONE, Answer(200, request_json(description="echo")))
    assert client(wire).update_request(ID, description="d", collection_id=UNSET).description == "echo"


@pytest.mark.parametrize("id", ["", ".", "..", "%2e%2e"])
def test_an_id_cannot_change_the_address(id: str) -> None:
    """An id is one segment of the path, or an input error."""
    wire = Wire().on("DELETE", "/process/%252e%252e", Answer(204))
    try:
        client(wire).delete_request(id)
    except InputError:
        assert not wire.sent
    else:
        assert wire.calls() == ["DELETE /process/%252e%252e"]


def page(ids: list[str], **links: Any) -> Answer:
    return Answer(200, {"data": [request_json(id) for id in ids], "links": links})


def test_pages_are_followed_by_view_token_as_they_are_needed() -> None:
    """The query is kept, the token added; later pages are fetched only when taken."""
    wire = Wire().on(
        "GET", "/process", page(["a", "b"], nextToken="2"), page(["c"], nextToken=3), page(["d"])
    )
    found = client(wire).list_requests(search="x|y", sort="created:desc", collection_id="c1")
    assert [info.id for info in islice(found, 2)] == ["a", "b"]
    assert len(wire.calls()) == 1
    assert [info.id for info in found] == ["c", "d"]
    queries = [sent.query for sent in wire.sent if sent.method == "GET"]
    base = {"search": ["x|y"], "sort": ["created:desc"], "collectionId": ["c1"]}
    assert queries == [base, {**base, "viewtoken": ["2"]}, {**base, "viewtoken": ["3"]}]


def test_the_next_link_is_taken_for_its_token_only() -> None:
    """An absolute link to another host never gets the token."""
    wire = Wire().on("GET", "/process", page(["a"], next="https://evil.example/x?viewtoken=7"), page(["b"]))
    assert [info.id for info in client(wire).list_requests()] == ["a", "b"]
    assert {sent.host for sent in wire.sent} == {"hub.example"}
    assert wire.sent[-1].query == {"viewtoken": ["7"]}


@pytest.mark.parametrize(
    ("pages", "ids", "calls"),
    [
        ([page(["a"], nextToken="1"), page(["b"], nextToken="1")], ["a", "b"], 2),
        ([page(["a"], nextToken="1"), page([], nextToken="2")], ["a"], 2),
        ([Answer(200, {"links": {}})], [], 1),
        ([Answer(200, {"data": None})], [], 1),
        ([Answer(200, b'""')], [], 1),
        ([page(["a"], next=5, nextToken=True)], ["a"], 1),
        ([Answer(200, {"data": [request_json("a")], "links": "none"})], ["a"], 1),
        ([page(["a"], next="https://hub.example/x")], ["a"], 1),
    ],
)
def test_lists_end(pages: list[Answer], ids: list[str], calls: int) -> None:
    """At a repeated token, an empty page, missing data or missing links."""
    wire = Wire().on("GET", "/process", *pages)
    assert [info.id for info in client(wire).list_requests()] == ids
    assert len(wire.calls()) == calls


def test_other_lists() -> None:
    """Tiles, grids and collections are lists too."""
    wire = (
        Wire()
        .on("GET", f"{ONE}/tiles", Answer(200, {"data": [{"id": 1, "name": "t"}]}))
        .on("GET", "/tilinggrids", Answer(200, {"data": [{"id": 0}, {"id": 3}]}))
        .on("GET", "/collections", Answer(200, {"data": [COLLECTION]}))
    )
    one = client(wire)
    assert [tile.name for tile in one.tiles(ID, NO_FILES, status="FAILED")] == ["t"]
    assert wire.sent[-1].query == {"status": ["FAILED"]}
    assert [grid.id for grid in one.tiling_grids()] == [0, 3]
    assert [found.id for found in one.list_collections("n")] == ["c1"]
    assert wire.sent[-1].query == {"search": ["n"]}
    assert len(wire.token_calls()) == 1


def test_bound_clients_share_the_token() -> None:
    """Each operation has its limits, all have one session."""
    wire = Wire().on("GET", ".*", Answer(200, request_json()))
    one = client(wire)
    for _ in range(3):
        within(one, 60).get_request(ID)
    assert len(wire.token_calls()) == 1
