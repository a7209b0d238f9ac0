"""The BYOC service as a whole: lists, accounts, metadata, paths of its own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.clock import HandClock

from ..cogs import Byoc
from .conftest import NOBODY, band


@pytest.fixture
def wire() -> bool:
    """All calls are on sockets: so is what a client sees."""
    return True


def test_lists_have_pages_and_filters(byoc: Byoc, clock: HandClock) -> None:
    """`count` up to 100, tokens that go on, search, exact path, status and order."""
    for name in ("north", "south", "north-west"):
        byoc.collection(name=name)

    def names(**query: Any) -> list[str]:
        return [item["name"] for item in byoc.call("GET", "/collections", **query).json()["data"]]

    assert names(search="north") == ["north", "north-west"]
    assert names(search="south|west") == ["south", "north-west"]
    collection = byoc.collection()
    for path in ("b", "a/(BAND).tif", "c"):
        byoc.tile(collection, path)
        clock.move(5)
    answer = byoc.call("GET", f"/collections/{collection}/tiles", count=2, sort="path:desc").json()
    assert [tile["path"] for tile in answer["data"]] == ["c", "b"]
    following = byoc.client.call("GET", answer["links"]["next"]).json()
    assert [tile["path"] for tile in following["data"]] == ["a/(BAND).tif"]
    assert "nextToken" not in following["links"]
    token = answer["links"]["nextToken"]
    assert byoc.tiles(collection, count=2, sort="path:desc", viewtoken=token) == following["data"]

    def paths(**query: Any) -> list[str]:
        return [tile["path"] for tile in byoc.tiles(collection, **query)]

    assert paths(sort="created:desc") == ["c", "a/(BAND).tif", "b"]
    assert paths(path="a/(BAND).tif") == ["a/(BAND).tif"]
    assert paths(path="a") == []
    assert paths(status="INGESTED") == paths(status='"INGESTED"') == ["b", "a/(BAND).tif"]
    assert paths(status="QUEUED") == []
    for wrong in ({"count": 0}, {"count": 101}, {"viewtoken": "x"}, {"sort": "id"}, {"status": "GONE"}):
        answer = byoc.call("GET", f"/collections/{collection}/tiles", **wrong)
        assert answer.status_code == 400, wrong


def test_accounts_see_only_their_own(byoc: Byoc) -> None:
    """Another account finds nothing, changes nothing, and copies nothing."""
    collection = byoc.collection()
    tile = byoc.tile(collection, "a")
    stranger = Byoc(byoc.client.other(1))
    own = stranger.collection()
    assert [item["id"] for item in stranger.call("GET", "/collections").json()["data"]] == [own]
    one = f"/collections/{collection}"
    for method, path, body in (
        ("GET", one, None),
        ("PUT", one, {"name": "a", "s3Bucket": "b"}),
        ("DELETE", one, None),
        ("GET", f"{one}/tiles", None),
        ("POST", f"{one}/tiles", {"path": "b"}),
        ("DELETE", f"{one}/tiles/{tile}", None),
        ("POST", f"{one}/copyTiles?toCollection={own}", None),
        ("POST", f"/collections/{own}/copyTiles?toCollection={collection}", None),
    ):
        assert stranger.call(method, path, body).status_code == 404, path
    assert len(byoc.tiles(collection)) == 1


def test_metadata_follow_later(byoc: Byoc, clock: HandClock) -> None:
    """`requiresMetadataUpdate` from a change on, until sensing times are summed up again."""
    collection = byoc.collection()
    first = byoc.tile(collection, "a", sensingTime="2020-01-01T00:00:00Z")
    byoc.tile(collection, "b")
    assert byoc.get(collection)["requiresMetadataUpdate"] is False
    clock.move(10)
    seen = byoc.get(collection)
    assert (seen["requiresMetadataUpdate"], seen["additionalData"]) == (True, {})
    clock.move(60)
    seen = byoc.get(collection)
    assert seen["requiresMetadataUpdate"] is False
    assert seen["additionalData"] == {
        "hasSensingTimes": "PARTIALLY",
        "fromSensingTime": "2020-01-01T00:00:00.000Z",
        "toSensingTime": "2020-01-01T00:00:00.000Z",
    }
    byoc.call("DELETE", f"/collections/{collection}/tiles/{first}")
    assert byoc.get(collection)["requiresMetadataUpdate"] is True
    clock.move(60)
    assert byoc.get(collection)["additionalData"] == {"hasSensingTimes": "NO"}


def test_where_a_collection_is_and_what_it_has(byoc: Byoc) -> None:
    """The global endpoint names the deployment; metadata are there for BYOC and batch collections."""
    bands = {"B04": band(), "N": band(bitDepth=32, sampleFormat="FLOAT")}
    collection = byoc.collection(additionalData={"bands": bands})
    client, base = byoc.client, byoc.client.ends["base_url"]

    def ask(path: str) -> Any:
        return client.session.get(base + path, timeout=60)

    for prefix in ("/api/v1/byoc", "/byoc/v1"):
        assert ask(f"{prefix}/global/{collection}").json()["data"]["location"] == "aws-eu-central-1"
        assert ask(f"{prefix}/global/{NOBODY}").status_code == 404
    for prefix in ("/api/v1/metadata", "/metadata/v1"):
        found = ask(f"{prefix}/collection/byoc-{collection}").json()
        assert found["bands"] == [
            {"name": "B04", "sampleType": "UINT16"},
            {"name": "N", "sampleType": "FLOAT32"},
        ]
        assert (found["id"], found["datasetType"]) == (collection, "custom")
        assert found["location"]["id"] == "aws-eu-central-1"
        assert ask(f"{prefix}/collection/byoc-{NOBODY}").status_code == 404
        assert ask(f"{prefix}/collection/batch-{collection}").status_code == 404
    made = client.call("POST", "/collections", {"name": "b", "s3Bucket": "own-data"}).json()["data"]["id"]
    assert ask(f"/api/v1/metadata/collection/batch-{made}").json()["bands"] == []


def test_the_new_path_is_the_same_service(byoc: Byoc) -> None:
    """`/byoc/v1` beside `/api/v1/byoc`; a trailing slash is tolerated; both need a token."""
    collection = byoc.collection()
    session, base = byoc.client.session, byoc.client.ends["base_url"]
    for path in ("/byoc/v1/collections", "/byoc/v1/collections/", "/api/v1/byoc/collections/"):
        assert [item["id"] for item in session.get(base + path, timeout=60).json()["data"]] == [collection]
    session.headers.pop("Authorization")
    for path in ("/byoc/v1/collections", "/api/v1/byoc/collections", "/metadata/v1/collection/byoc-1"):
        assert session.get(base + path, timeout=60).status_code == 401


@pytest.mark.parametrize("body", ["", "{", "[]", '"x"'])
def test_bodies_that_are_refused(byoc: Byoc, body: str) -> None:
    """400 for what is no JSON object, 415 for another type."""
    base = byoc.client.ends["base_url"]
    url, json_type = f"{base}/api/v1/byoc/collections", {"Content-Type": "application/json"}
    assert byoc.client.session.post(url, data=body, headers=json_type, timeout=60).status_code == 400
    assert byoc.client.session.post(url, data={"name": "x"}, timeout=60).status_code == 415


def test_a_reset_forgets_collections(byoc: Byoc) -> None:
    """None are left."""
    byoc.collection()
    byoc.client.control("POST", "/reset")
    byoc.client.authorise()
    assert byoc.call("GET", "/collections").json()["data"] == []
