"""BYOC collections without files: their life, bands, and what payloads may hold."""

from __future__ import annotations

import pytest

from ..cogs import Byoc
from ..conftest import Json
from .conftest import NOBODY, SQUARE, band


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
