"""The BYOC endpoints without files: collections, tiles, lists, and what payloads may hold."""

from __future__ import annotations

from typing import Any

import pytest

from .cogs import Byoc
from .conftest import FakeClock, Json, Make

NOBODY = "00000000-0000-4000-8000-000000000000"
SQUARE: Json = {"type": "Polygon", "coordinates": [[[9, 42], [10, 42], [10, 43], [9, 43], [9, 42]]]}


@pytest.fixture
def byoc(make: Make) -> Byoc:
    """A service in which tiles take ten seconds, and metadata a minute."""
    return Byoc(make(ingestion_seconds=10.0, metadata_seconds=60.0, accounts=("far:c:elsewhere",)))


def band(**members: Any) -> Json:
    return {"bitDepth": 16, "sampleFormat": "UINT", **members}


def test_a_collection_from_creation_to_deletion(byoc: Byoc) -> None:
    """201, 200, 204, 204, then 404; each answer as the contract has it."""
    answer = byoc.call("POST", "/collections", {"name": "mine", "s3Bucket": "own-data"})
    made = answer.json()["data"]
    assert (made["isConfigured"], made["requiresMetadataUpdate"], made["additionalData"]) == (
        False,
        False,
        {},
    )
    assert made["accountId"] == byoc.client.ends["account"]
    assert byoc.get(made["id"]) == made
    answer = byoc.put(made["id"], name="renamed", s3Bucket="another", noData=0)
    assert (answer.status_code, answer.content) == (204, b"")
    seen = byoc.get(made["id"])
    assert (seen["name"], seen["s3Bucket"], seen["noData"]) == ("renamed", "another", 0)
    answer = byoc.call("DELETE", f"/collections/{made['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    for method, body in (("GET", None), ("PUT", {"name": "a", "s3Bucket": "b"}), ("DELETE", None)):
        answer = byoc.call(method, f"/collections/{made['id']}", body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "COMMON_NOT_FOUND")


def test_read_only_members_are_ignored_and_null_is_nothing(byoc: Byoc) -> None:
    """What sentinelhub-py sends: every member, most of them null, and some that nobody knows."""
    null: Json = dict.fromkeys(("id", "userId", "created", "noData", "additionalData", "accountId"))
    more: Json = {"isConfigured": True, "requiresMetadataUpdate": True, "otherData": {}, "unknown": 1}
    collection = byoc.collection(**null, **more)
    seen = byoc.get(collection)
    assert (seen["isConfigured"], seen["requiresMetadataUpdate"]) == (False, False)
    assert not seen.keys() & {"otherData", "unknown", "noData"}
    claimed: Json = {"id": NOBODY, "accountId": NOBODY, "created": "2001-01-01T00:00:00Z"}
    additional = {
        "bands": {"B04": band(source=None, bandIndex=None, noData=None, otherData={})},
        "maxMetersPerPixel": 7,
        "maxMetersPerPixelOverride": None,
        "extent": SQUARE,
    }
    made = byoc.get(byoc.collection(**claimed, additionalData=additional))
    assert made["id"] != NOBODY
    assert made["accountId"] != NOBODY
    assert not made["created"].startswith("2001")
    filled = {"source": "B04", "bandIndex": 1, "bitDepth": 16, "sampleFormat": "UINT"}
    assert made["additionalData"] == {"bands": {"B04": filled}}
    assert made["isConfigured"] is True
    empty = dict.fromkeys(("status", "tileGeometry", "coverGeometry", "sensingTime", "additionalData"))
    tile = byoc.get_tile(collection, byoc.tile(collection, "a", **empty, id=NOBODY, ingestionStart=None))
    assert tile["id"] != NOBODY
    assert tile.keys() == {"id", "created", "ingestionStart", "path", "status"}


@pytest.mark.parametrize(
    ("members", "parameter"),
    [
        ({"name": None}, "name"),
        ({"name": " "}, "name"),
        ({"name": 7}, "name"),
        ({"s3Bucket": None}, "s3Bucket"),
        ({"noData": "0"}, "noData"),
        ({"additionalData": []}, "additionalData"),
        ({"additionalData": {"storageIdentifier": 1}}, "additionalData->storageIdentifier"),
    ],
)
def test_collections_that_are_refused(byoc: Byoc, members: Json, parameter: str) -> None:
    """400 with the member at fault, at POST and at PUT."""
    collection = byoc.collection()
    usual: Json = {"name": "mine", "s3Bucket": "own-data"}
    for method, path in (("POST", "/collections"), ("PUT", f"/collections/{collection}")):
        answer = byoc.call(method, path, {**usual, **members})
        assert answer.status_code == 400
        assert answer.json()["error"]["errors"]["parameter"] == parameter
    assert len(byoc.call("GET", "/collections").json()["data"]) == 1


GOOD_NAMES = ("B04", "_x", "$", "ndvi", "größe", "a1$", "DEFAULT")
BAD_NAMES = ("4B", "a-b", "", "default", "await", "null", "a b", "a.b", "class")


@pytest.mark.parametrize("name", [*GOOD_NAMES, *BAD_NAMES])
def test_band_names_are_javascript_identifiers(byoc: Byoc, name: str) -> None:
    """Reserved words are none, so an output called `default` cannot be a band."""
    payload = {"name": "a", "s3Bucket": "own-data", "additionalData": {"bands": {name: band()}}}
    assert byoc.call("POST", "/collections", payload).status_code == (201 if name in GOOD_NAMES else 400)


@pytest.mark.parametrize(
    ("members", "allowed"),
    [
        ({"bitDepth": 8}, True),
        ({"bitDepth": 12}, False),
        ({"bitDepth": None}, False),
        ({"sampleFormat": "INT"}, True),
        ({"sampleFormat": "uint"}, False),
        ({"sampleFormat": "FLOAT"}, False),
        ({"sampleFormat": "FLOAT", "bitDepth": 32}, True),
        ({"bandIndex": 0}, False),
        ({"bandIndex": 3}, True),
        ({"source": 1}, False),
        ({"noData": "x"}, False),
    ],
)
def test_formats_of_bands(byoc: Byoc, members: Json, allowed: bool) -> None:
    """Bit depth and sample format are of the documented words, and fit."""
    payload = {"name": "a", "s3Bucket": "own-data", "additionalData": {"bands": {"B": band(**members)}}}
    assert byoc.call("POST", "/collections", payload).status_code == (201 if allowed else 400)


def test_at_most_a_hundred_bands(byoc: Byoc) -> None:
    """100 are taken, 101 refused."""
    for count, status in ((100, 201), (101, 400)):
        bands = {f"B{number}": band() for number in range(count)}
        payload = {"name": "a", "s3Bucket": "own-data", "additionalData": {"bands": bands}}
        assert byoc.call("POST", "/collections", payload).status_code == status


def test_no_data_is_of_bands_or_of_the_collection(byoc: Byoc) -> None:
    """Both are refused, at POST and at PUT; a PUT without it takes the collection's away."""
    both = {"bands": {"B": band(noData=1)}}
    payload: Json = {"name": "a", "s3Bucket": "own-data", "noData": 0, "additionalData": both}
    assert byoc.call("POST", "/collections", payload).status_code == 400
    collection = byoc.collection(additionalData=both)
    assert byoc.put(collection, noData=0).status_code == 400
    other = byoc.collection(noData=0)
    assert byoc.put(other, noData=None).status_code == 204
    assert "noData" not in byoc.get(other)


def test_bands_of_a_collection_with_tiles_are_renamed_and_left_out_alone(byoc: Byoc) -> None:
    """Nothing is added, no format changes, not all are taken away; without tiles all of that is free."""
    bands = {"R": band(source="B04"), "G": band(source="B03")}
    collection = byoc.collection(additionalData={"bands": bands})
    tile = byoc.tile(collection, "a")

    def put(new: Json) -> int:
        return int(byoc.put(collection, additionalData={"bands": new}).status_code)

    assert put({"red": bands["R"], "G": bands["G"]}) == 204
    assert set(byoc.get(collection)["additionalData"]["bands"]) == {"red", "G"}
    assert put({"red": {**bands["R"], "noData": 7}}) == 204
    assert byoc.get(collection)["additionalData"]["bands"]["red"]["noData"] == 7
    assert put({"red": bands["R"], "G": bands["G"]}) == 400
    assert put({"red": {**bands["R"], "bitDepth": 8}}) == 400
    assert put({}) == 400
    assert byoc.put(collection, additionalData=None).status_code == 204
    assert set(byoc.get(collection)["additionalData"]["bands"]) == {"red"}
    byoc.call("DELETE", f"/collections/{collection}/tiles/{tile}")
    assert put({"N": band(bitDepth=8)}) == 204
    assert put({}) == 204
    assert byoc.get(collection)["isConfigured"] is False


def test_the_bucket_changes_only_without_tiles(byoc: Byoc) -> None:
    """409 otherwise, and nothing has changed."""
    collection = byoc.collection()
    byoc.tile(collection, "a")
    answer = byoc.put(collection, name="b", s3Bucket="another")
    assert (answer.status_code, answer.json()["error"]["status"]) == (409, 409)
    assert byoc.get(collection)["name"] == "mine"
    assert byoc.put(collection, name="b").status_code == 204


def test_a_tile_waits_and_is_then_ingested(byoc: Byoc, clock: FakeClock) -> None:
    """WAITING, INGESTING, INGESTED by the clock; a reingestion begins again."""
    collection = byoc.collection()
    answer = byoc.call("POST", f"/collections/{collection}/tiles", {"path": "a/(BAND).tif"})
    made = answer.json()["data"]
    one = f"/collections/{collection}/tiles/{made['id']}"
    assert (made["status"], made["created"]) == ("WAITING", made["ingestionStart"])
    assert byoc.call("POST", f"{one}/reingest").status_code == 400
    seen = []
    for _ in range(3):
        seen.append(byoc.get_tile(collection, made["id"])["status"])
        clock.move(5)
    assert seen == ["WAITING", "INGESTING", "INGESTED"]
    assert byoc.call("POST", f"{one}/reingest").status_code == 204
    again = byoc.get_tile(collection, made["id"])
    assert (again["status"], again["created"]) == ("WAITING", made["created"])
    assert again["ingestionStart"] > made["ingestionStart"]


def test_the_seconds_of_an_ingestion_can_change(byoc: Byoc, clock: FakeClock) -> None:
    """A live option, for tiles that are made afterwards."""
    changed = byoc.client.control("PUT", "/options", {"ingestion_seconds": 100, "metadata_seconds": 0})
    assert changed.json()["ingestion_seconds"] == 100
    collection = byoc.collection()
    tile = byoc.tile(collection, "a")
    clock.move(99)
    assert byoc.get_tile(collection, tile)["status"] == "INGESTING"
    clock.move(1)
    assert byoc.get_tile(collection, tile)["status"] == "INGESTED"


@pytest.mark.parametrize("path", ["/a", "a/", "a//b", "(BAND)/(BAND).tif", 3, None])
def test_paths_that_are_refused(byoc: Byoc, path: Any) -> None:
    """400, as the contract's pattern and one placeholder have it."""
    collection = byoc.collection()
    answer = byoc.call("POST", f"/collections/{collection}/tiles", {"path": path})
    assert (answer.status_code, answer.json()["error"]["errors"]["parameter"]) == (400, "path")


def test_a_path_is_taken_once(byoc: Byoc) -> None:
    """409 for a second tile of the path in one collection; another collection may have it."""
    one, other = byoc.collection(), byoc.collection()
    tile = byoc.tile(one, "a")
    assert byoc.call("POST", f"/collections/{one}/tiles", {"path": "a"}).status_code == 409
    byoc.tile(other, "a")
    byoc.call("DELETE", f"/collections/{one}/tiles/{tile}")
    byoc.tile(one, "a")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2020-02-06T18:02:34", "2020-02-06T18:02:34.000"),
        ("2020-02-06T18:02:34Z", "2020-02-06T18:02:34.000Z"),
        ("2020-02-06T18:02:34.123456+02:00", "2020-02-06T16:02:34.123Z"),
        ("yesterday", None),
        (7, None),
    ],
)
def test_sensing_times(byoc: Byoc, sent: Any, shown: str | None) -> None:
    """In UTC, to the millisecond; without a zone as observed; others are a 400."""
    collection = byoc.collection()
    answer = byoc.call("POST", f"/collections/{collection}/tiles", {"path": "a", "sensingTime": sent})
    if shown is None:
        assert answer.status_code == 400
    else:
        assert answer.json()["data"]["sensingTime"] == shown


def test_cover_geometries(byoc: Byoc) -> None:
    """Polygons of up to 100 points, in any CRS that has a name; all else is a 400, at POST and at PUT."""
    collection = byoc.collection()
    tile = byoc.tile(collection, "first")
    ring = [[n / 50, 0.0] for n in range(50)] + [[1 - n / 50, 1.0] for n in range(49)]
    most = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    many = {"type": "Polygon", "coordinates": [[*ring, [0, 0.5], ring[0]]]}
    utm = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32632"}}
    nonsense = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::x"}}
    cases: list[tuple[Any, bool]] = [
        (most, True),
        (many, False),
        ({"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"]]}, True),
        ({**SQUARE, "crs": utm}, True),
        ({**SQUARE, "crs": nonsense}, False),
        ({"type": "Point", "coordinates": [9, 42]}, False),
        ({"type": "Polygon", "coordinates": [[[9, 42], [9, 42], [9, 42], [9, 42]]]}, False),
        ({"type": "Polygon", "coordinates": "x"}, False),
        ([], False),
    ]
    for number, (cover, good) in enumerate(cases):
        body = {"path": f"t{number}", "coverGeometry": cover}
        assert byoc.call("POST", f"/collections/{collection}/tiles", body).status_code == (
            201 if good else 400
        )
        one = f"/collections/{collection}/tiles/{tile}"
        assert byoc.call("PUT", one, {"coverGeometry": cover}).status_code == (204 if good else 400)


def test_a_tile_is_updated(byoc: Byoc) -> None:
    """PUT replaces cover and sensing time; a path is accepted and ignored."""
    collection = byoc.collection()
    tile = byoc.tile(collection, "a", sensingTime="2020-01-01T00:00:00Z")
    one = f"/collections/{collection}/tiles/{tile}"
    body = {"path": "elsewhere", "coverGeometry": SQUARE, "sensingTime": "2021-01-01T00:00:00Z"}
    assert byoc.call("PUT", one, body).status_code == 204
    seen = byoc.get_tile(collection, tile)
    assert (seen["path"], seen["coverGeometry"]) == ("a", SQUARE)
    assert seen["sensingTime"] == "2021-01-01T00:00:00.000Z"
    assert byoc.call("PUT", one, {}).status_code == 204
    assert not byoc.get_tile(collection, tile).keys() & {"sensingTime", "coverGeometry"}


def test_what_is_not_there(byoc: Byoc) -> None:
    """404 for every call on an unknown collection or tile, whatever the body."""
    collection = byoc.collection()
    calls = [
        ("GET", f"/collections/{NOBODY}"),
        ("DELETE", f"/collections/{NOBODY}"),
        ("POST", f"/collections/{NOBODY}/tiles"),
        ("GET", f"/collections/{NOBODY}/tiles"),
        ("POST", f"/collections/{NOBODY}/copyTiles?toCollection={collection}"),
        ("POST", f"/collections/{collection}/copyTiles?toCollection={NOBODY}"),
        *((method, f"/collections/{collection}/tiles/{NOBODY}") for method in ("GET", "PUT", "DELETE")),
        ("POST", f"/collections/{collection}/tiles/{NOBODY}/reingest"),
    ]
    for method, path in calls:
        assert byoc.call(method, path, {} if method in {"POST", "PUT"} else None).status_code == 404, path


def test_lists_have_pages_and_filters(byoc: Byoc, clock: FakeClock) -> None:
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


def test_metadata_follow_later(byoc: Byoc, clock: FakeClock) -> None:
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
        return client.session.get(base + path, timeout=10)

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
        assert [item["id"] for item in session.get(base + path, timeout=10).json()["data"]] == [collection]
    session.headers.pop("Authorization")
    for path in ("/byoc/v1/collections", "/api/v1/byoc/collections", "/metadata/v1/collection/byoc-1"):
        assert session.get(base + path, timeout=10).status_code == 401


@pytest.mark.parametrize("body", ["", "{", "[]", '"x"'])
def test_bodies_that_are_refused(byoc: Byoc, body: str) -> None:
    """400 for what is no JSON object, 415 for another type."""
    base = byoc.client.ends["base_url"]
    url, json_type = f"{base}/api/v1/byoc/collections", {"Content-Type": "application/json"}
    assert byoc.client.session.post(url, data=body, headers=json_type, timeout=10).status_code == 400
    assert byoc.client.session.post(url, data={"name": "x"}, timeout=10).status_code == 415


def test_a_reset_forgets_collections(byoc: Byoc) -> None:
    """None are left."""
    byoc.collection()
    byoc.client.control("POST", "/reset")
    byoc.client.authorise()
    assert byoc.call("GET", "/collections").json()["data"] == []
