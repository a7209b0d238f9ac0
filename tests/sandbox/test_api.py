"""Creating, listing, collections, grids: answers and refusals."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.support.clock import HandClock

from .changes import COG, INPUT, raster
from .conftest import Client, Make, payload


@pytest.fixture
def wire() -> bool:
    """All calls are on sockets: so is what a client sees."""
    return True


@pytest.fixture
def client(make: Make) -> Client:
    """A client of a sandbox without files."""
    return make()


def test_a_wrong_format_lists_the_possible_ones(client: Client) -> None:
    """The recorded body of the real service."""
    responses = [{"identifier": "default", "format": {"type": "data/zarr"}}]
    answer = client.call("POST", "/process", payload(processRequest__output__responses=responses))
    assert answer.json()["error"]["message"] == "Invalid type"
    assert answer.json()["error"]["errors"] == {
        "parameter": "processRequest->output->responses[0]->format",
        "invalidValue": "data/zarr",
        "description": "Format object.",
        "possibleValues": [
            "image/jpeg",
            "image/png",
            "image/tiff",
            "application/json",
            "zarr/array",
            "sentinel/full",
        ],
    }


def test_the_echo_is_normalised(client: Client) -> None:
    """Defaults are filled in, numbers are floats, a geometry gets its CRS, Sentinel-1 its legacy id."""
    ring = [[8, 41], [9, 41], [9, 42], [8, 41]]
    changes = {
        f"{INPUT}bounds": {"geometry": {"type": "Polygon", "coordinates": [ring]}},
        f"{INPUT}data": [{"type": "sentinel-1-grd"}],
        "surprise": 1,
    }
    answer = client.call("POST", "/process/", payload(**changes))
    assert answer.status_code == 201
    made = answer.json()
    assert '"resolution":60.0' in answer.text
    bounds = made["processRequest"]["input"]["bounds"]
    name = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC::CRS84"}}
    assert bounds["geometry"]["crs"] == name
    assert bounds["properties"]["crs"].endswith("CRS84")
    data = made["processRequest"]["input"]["data"][0]
    assert data["type"] == "S1GRD"
    assert data["dataFilter"] == {"mosaickingOrder": "mostRecent", "maxCloudCoverage": 100.0}
    assert made["processRequest"]["output"]["responses"][0]["logo"] is False
    assert (made["tileWidthPx"], made["tileHeightPx"]) == (334, 334)
    assert "surprise" not in made


def test_multipart_create(client: Client) -> None:
    """The evalscript may come as a part of its own."""
    files = {
        "request": (None, json.dumps(payload(processRequest__evalscript=None)), "application/json"),
        "evalscript": (None, "//VERSION=3\n// mine", "application/javascript"),
    }
    url = client.ends["base_url"] + "/api/v1/batch/process"
    answer = client.session.post(url, files=files, timeout=60)
    assert answer.status_code == 201
    assert answer.json()["processRequest"]["evalscript"].endswith("// mine")


@pytest.mark.parametrize("body", ["", "{", "[]"])
def test_bodies_that_are_no_request(client: Client, body: str) -> None:
    """An empty body, broken JSON and a list are a 400."""
    url = client.ends["base_url"] + "/api/v1/batch/process"
    answer = client.session.post(url, data=body, headers={"Content-Type": "application/json"}, timeout=60)
    assert answer.status_code == 400
    assert "error" in answer.json()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have(client: Client, number: str) -> None:
    """What some encoders write in place of a number is no JSON."""
    url = client.ends["base_url"] + "/api/v1/batch/process"
    body = json.dumps({**payload(), "tilingGrid": {"id": 0, "resolution": float(number)}})
    assert number in body
    headers = {"Content-Type": "application/json"}
    answer = client.session.post(url, data=body, headers=headers, timeout=60)
    assert answer.status_code == 400
    assert number in answer.json()["error"]["message"]


def test_gzip_bodies_are_understood(client: Client) -> None:
    """A compressed body is read, and stands in the journal in the clear; one that only says so is a 400."""
    url = client.ends["base_url"] + "/api/v1/batch/process"
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    body = json.dumps(payload()).encode()
    answer = client.session.post(url, data=gzip.compress(body), headers=headers, timeout=60)
    assert (answer.status_code, answer.json()["description"]) == (201, "Max NDVI over Corsica")
    assert client.control("GET", "/journal").json()[-1]["body"]["description"] == "Max NDVI over Corsica"
    for broken in (gzip.compress(body)[:-20], b"{"):
        assert client.session.post(url, data=broken, headers=headers, timeout=60).status_code == 400


def test_a_wrong_method_is_told_the_right_ones(client: Client) -> None:
    """405 in the usual shape, with the methods of the URL in `Allow`."""
    answer = client.session.patch(client.ends["base_url"] + "/api/v1/batch/process", json={}, timeout=60)
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "COMMON_METHOD_NOT_ALLOWED")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))
    assert "DELETE" not in answer.headers["Allow"]


def test_pages_are_followed_by_token_and_by_link(make: Make, clock: HandClock) -> None:
    """Tokens are offsets; `next` is absolute, repeats the filters, and is absent on the last page."""
    client = make(page_limit=3)
    made = []
    for number in range(7):
        made.append(client.create(description=f"region {number}"))
        clock.move(1)
    pages, url = [], "/process?search=region"
    while url:
        page = client.call("GET", url).json()
        pages.append([item["id"] for item in page["data"]])
        url = page["links"].get("next")
    assert pages == [made[:3], made[3:6], made[6:]]
    first = client.call("GET", "/process", count=2, sort="created:desc").json()
    assert [item["id"] for item in first["data"]] == made[:-3:-1]
    assert (first["links"]["currentToken"], first["links"]["nextToken"]) == ("0", "2")
    assert "previousToken" not in first["links"]
    assert len(client.call("GET", "/process", count=50).json()["data"]) == 3
    assert client.call("GET", "/process", count="x").status_code == 400
    assert client.call("GET", "/process", sort="cost").status_code == 400


def test_search_and_filters(client: Client) -> None:
    """Words joined by | and &; requests of a collection or a user."""
    corsica = client.create(description="NDVI Corsica 2019")
    cog = raster(**{**COG, "createCollection": False})
    crete = client.create(description="NDVI Crete 2020", **cog)

    def found(**query: str) -> list[str]:
        return [item["id"] for item in client.call("GET", "/process", **query).json()["data"]]

    assert found(search="corsica") == [corsica]
    assert found(search="Corsica|Crete") == [corsica, crete]
    assert found(search="ndvi&2020") == [crete]
    assert found(search="ndvi&2021") == []
    assert found(userid="nobody") == []
    assert found(userid=client.get(corsica)["userId"]) == [corsica, crete]
    collection = client.call("POST", "/collections", {"name": "c", "s3Bucket": "results"}).json()["data"][
        "id"
    ]
    client.call("PUT", f"/process/{crete}", {"output": {"collectionId": collection}})
    assert found(collectionId=collection) == [crete]
    assert (
        client.call("PUT", f"/process/{corsica}", {"output": {"collectionId": collection}}).status_code == 400
    )


def test_tiles_are_missing_before_analysis(client: Client, clock: HandClock) -> None:
    """There is no `data` member until there are tiles; then they come shuffled, and one by one by id."""
    request_id = client.create()
    assert "data" not in client.call("GET", f"/process/{request_id}/tiles").json()
    client.act(request_id, "analyse")
    clock.move(11)
    tiles = client.call("GET", f"/process/{request_id}/tiles", count=50).json()["data"]
    ids = [tile["id"] for tile in tiles]
    assert sorted(ids) == [100, 101, 102, 103, 104]
    assert ids != sorted(ids)
    assert client.call("GET", f"/process/{request_id}/tiles/{ids[0]}").json() == tiles[0]
    assert client.call("GET", f"/process/{request_id}/tiles/9").status_code == 404
    assert client.call("GET", f"/process/{request_id}/tiles", status="LOST").status_code == 400


def test_grids(client: Client) -> None:
    """All, one, and 400 for one that is not there."""
    grids = client.call("GET", "/tilinggrids/").json()["data"]
    assert [grid["id"] for grid in grids] == [0, 1, 6]
    assert client.call("GET", "/tilinggrids/6").json() == grids[2]
    assert client.call("GET", "/tilinggrids/99").status_code == 400


def test_update(client: Client) -> None:
    """An omitted description stays; an output without collectionId unlinks."""
    collection = client.call("POST", "/collections", {"name": "c", "s3Bucket": "results"}).json()["data"][
        "id"
    ]
    request_id = client.create(**raster(**{**COG, "createCollection": False}, collectionId=collection))
    renamed = client.call("PUT", f"/process/{request_id}", {"description": "other"}).json()
    assert (renamed["description"], renamed["output"]["collectionId"]) == ("other", collection)
    unlinked = client.call("PUT", f"/process/{request_id}", {"output": {}}).json()
    assert unlinked["description"] == "other"
    assert "collectionId" not in unlinked["output"]
    missing = client.call("PUT", f"/process/{request_id}", {"output": {"collectionId": "x"}})
    assert missing.status_code == 400


def test_a_collection_in_use_cannot_be_deleted(client: Client) -> None:
    """409 as long as a request other than FAILED or CANCELED ones is linked to it."""
    collection = client.call("POST", "/collections", {"name": "c", "s3Bucket": "results"}).json()["data"][
        "id"
    ]
    assert client.call("GET", f"/collections/{collection}").json()["data"]["name"] == "c"
    renamed = client.call("PUT", f"/collections/{collection}", {"name": "d"})
    assert (renamed.status_code, renamed.headers.get("Content-Type")) == (204, None)
    assert client.call("GET", "/collections", search="d").json()["data"][0]["name"] == "d"
    request_id = client.create(**raster(**{**COG, "createCollection": False}, collectionId=collection))
    assert client.call("DELETE", f"/collections/{collection}").status_code == 409
    client.control("PUT", f"/requests/{request_id}", {"status": "FAILED"})
    assert client.call("DELETE", f"/collections/{collection}").status_code == 204
    assert client.call("GET", f"/collections/{collection}").status_code == 404
    assert client.call("POST", "/collections", {"name": "c"}).status_code == 400


def test_deprecated_grid_members(client: Client) -> None:
    """`tilingGridId` and `resolution` at the top are still understood."""
    made = client.call("POST", "/process", payload(tilingGrid=None, tilingGridId=0, resolution=60)).json()
    assert made["tilingGrid"] == {"id": 0, "resolution": 60.0}


def test_unknown_things(client: Client) -> None:
    """Unknown requests are 404 for every call; unknown routes and methods have the usual body."""
    nowhere = "00000000-0000-0000-0000-000000000000"
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/start"), ("GET", "/tiles")):
        answer = client.call(method, f"/process/{nowhere}{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "COMMON_NOT_FOUND")
    url = client.ends["base_url"] + "/api/v1/nothing"
    assert client.session.get(url, timeout=60).json()["error"]["status"] == 404


def test_without_a_socket_answers_are_the_same(client: Client) -> None:
    """Status, headers and body, of good calls and bad ones, with and without a body."""
    callers = client, Client(client.sandbox, client._contract)
    made, *others = (client.create() for _ in range(3))
    for method, path, body in (
        ("GET", "/process", None),
        ("GET", f"/process/{made}", None),
        ("GET", "/process/nothing", None),
        ("GET", "/tilinggrids", None),
        ("POST", "/process", payload(description=7)),
        ("POST", "/process", {"ä": "ö"}),
        ("PUT", f"/process/{made}", {"description": "ä"}),
        ("POST", "/process/{}/analyse", None),
        ("DELETE", "/tilinggrids", None),
        ("PATCH", f"/process/{made}", {}),
    ):
        seen = []
        for caller, other in zip(callers, others, strict=True):
            url = f"{client.ends['base_url']}/api/v1/batch{path.format(other)}"
            answer = caller.session.request(method, url, json=body, timeout=60)
            headers = {**answer.headers, "Date": "", "Server": ""}
            seen.append((answer.status_code, answer.reason, headers, answer.content))
        assert seen[0] == seen[1]
