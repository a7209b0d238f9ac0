"""What tests of slow services need: requests and collections out of sight, options that change."""

from __future__ import annotations

import time

import pytest

from tests.support.clock import HandClock

from .conftest import Client, Make


@pytest.fixture
def client(make: Make) -> Client:
    """A client of a sandbox without files."""
    return make()


def test_a_hidden_request_goes_on_unseen(client: Client, clock: HandClock) -> None:
    """Reads, lists, tiles, actions, PUT and DELETE find nothing for so long; meanwhile it runs to its end."""
    request_id, other = client.create(), client.create()
    client.act(request_id, "start")
    assert client.control("PUT", f"/requests/{request_id}", {"hidden_seconds": 130}).status_code == 200
    clock.move(129)
    calls = [("GET", ""), ("GET", "/tiles"), ("GET", "/tiles/100"), ("DELETE", ""), ("PUT", "")]
    calls += [("POST", f"/{action}") for action in ("analyse", "start", "cancel", "restartpartial")]
    answers = [
        client.call(method, f"/process/{request_id}{path}", {"description": "x"} if method == "PUT" else None)
        for method, path in calls
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert [item["id"] for item in client.call("GET", "/process").json()["data"]] == [other]
    assert client.control("GET", "/requests").json()[0]["status"] == "DONE"
    clock.move(1)
    view = client.get(request_id)
    assert (view["status"], view["description"]) == ("DONE", "Max NDVI over Corsica")
    assert [item["id"] for item in client.call("GET", "/process").json()["data"]] == [request_id, other]


def test_a_hidden_collection_comes_back(client: Client, clock: HandClock) -> None:
    """Reads, lists, PUT and DELETE find nothing for so long; 0 shows it at once."""
    made = client.call("POST", "/collections", {"name": "n", "s3Bucket": "bucket"}).json()["data"]
    path = f"/collections/{made['id']}"
    assert client.control("PUT", path, {"hidden_seconds": 60}).status_code == 200
    clock.move(59)
    answers = [client.call(method, path, body) for method, body in (("GET", None), ("DELETE", None))]
    answers.append(client.call("PUT", path, {"name": "other"}))
    assert {answer.status_code for answer in answers} == {404}
    assert client.call("GET", "/collections").json()["data"] == []
    clock.move(1)
    assert client.call("GET", path).json()["data"] == made
    client.control("PUT", path, {"hidden_seconds": 60})
    client.control("PUT", path, {"hidden_seconds": 0})
    assert [item["id"] for item in client.call("GET", "/collections").json()["data"]] == [made["id"]]
    assert client.control("PUT", "/collections/none", {"hidden_seconds": 1}).status_code == 404
    assert client.control("PUT", path, {"name": "x"}).status_code == 400


def test_a_request_writes_into_a_hidden_collection(client: Client, clock: HandClock) -> None:
    """What is out of sight is there nevertheless: the analysis of a linked request succeeds meanwhile."""
    made = client.call("POST", "/collections", {"name": "n", "s3Bucket": "results"}).json()["data"]["id"]
    output = {"defaultTilePath": "s3://results", "cogOutput": True, "collectionId": made}
    request_id = client.create(bucketName=None, output=output)
    client.control("PUT", f"/collections/{made}", {"hidden_seconds": 3600})
    assert client.call("PUT", f"/process/{request_id}", {"output": {"collectionId": made}}).status_code == 200
    client.act(request_id, "start")
    clock.move(3000)
    assert client.get(request_id)["status"] == "DONE"


def test_reads_and_durations_change_while_it_runs(client: Client, clock: HandClock) -> None:
    """A new staleness holds for the next read, new durations and failures for the next action."""
    wish = {"stale_reads_seconds": 50, "analysis_seconds": 20, "processing_seconds": 200, "fail_tiles": 1}
    answer = client.control("PUT", "/options", wish)
    others = {"latency_ms": 0, "rate_limit": 0, "account_pu": None}
    others |= {"restart_minutes": 30, "restart_minutes_out_of_pu": 60}
    others |= {"ingestion_seconds": 1, "metadata_seconds": 1}
    assert (answer.status_code, answer.json()) == (200, {**wish, **others})
    request_id = client.create()
    assert client.call("GET", f"/process/{request_id}").status_code == 404
    assert client.control("PUT", "/options", {"stale_reads_seconds": 0}).status_code == 200
    client.act(request_id, "start")
    clock.move(19)
    assert client.get(request_id)["status"] == "ANALYSING"
    clock.move(1)
    assert client.get(request_id)["status"] == "ANALYSIS_DONE"
    clock.move(199)
    assert client.get(request_id)["status"] == "PROCESSING"
    clock.move(21)
    assert client.get(request_id)["status"] == "FAILED"


def test_limit_and_latency_change_while_it_runs(client: Client) -> None:
    """A new limit starts with a full bucket; a new latency delays the next call."""
    client.control("PUT", "/options", {"rate_limit": 20})
    assert [client.call("GET", "/process").status_code for _ in range(3)] == [200, 200, 429]
    client.control("PUT", "/options", {"rate_limit": 0, "latency_ms": 30})
    began = time.monotonic()
    assert client.call("GET", "/process").status_code == 200
    assert time.monotonic() - began >= 0.03


def test_options_that_cannot_change_are_refused(client: Client) -> None:
    """Unknown names, wrong types and impossible values are a 400 that changes nothing; a reset undoes all."""
    before = client.control("PUT", "/options", {}).json()
    for wish in (
        {"port": 1},
        {"latency_ms": "1"},
        {"fail_tiles": 1.5},
        {"latency_ms": -1},
        {"latency_ms": None},
        {"colour": 1},
    ):
        refused = client.control("PUT", "/options", {"rate_limit": 7, **wish})
        assert (refused.status_code, next(iter(wish)) in refused.text) == (400, True)
    assert client.control("PUT", "/options", {}).json() == before
    assert client.control("PUT", "/options", {"rate_limit": 7}).json() == {**before, "rate_limit": 7}
    assert client.control("POST", "/reset").status_code == 204
    assert client.control("PUT", "/options", {}).json() == before


def test_what_is_processing_already_goes_on(client: Client, clock: HandClock) -> None:
    """Forced to PROCESSING while it is, a request neither begins anew nor ends early."""
    client.control("PUT", "/options", {"analysis_seconds": 10, "processing_seconds": 300})
    request_id = client.create()
    client.act(request_id, "start")
    clock.move(100)
    assert client.get(request_id)["status"] == "PROCESSING"
    client.control("PUT", f"/requests/{request_id}", {"status": "PROCESSING"})
    assert client.get(request_id)["status"] == "PROCESSING"
    clock.move(150)
    assert client.get(request_id)["status"] == "PROCESSING"
    clock.move(100)
    assert client.get(request_id)["status"] == "DONE"
