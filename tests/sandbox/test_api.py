"""Creating, listing, collections, grids: answers and refusals."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from sentinelhub_sandbox import OAuthClient

from .conftest import Client, FakeClock, Make, payload
from .stand_in import Output, StandIn

COG = {"defaultTilePath": "s3://results/cog", "cogOutput": True, "createCollection": True}
ZARR: dict[str, Any] = {
    "path": "s3://results/<requestId>",
    "group": {"zarr_format": 2},
    "arrayParameters": {"dtype": "<u2", "order": "C", "chunks": [1, 1000, 1000], "fill_value": 0},
}
ZARR_FORM = {
    "processRequest__output__responses": [{"identifier": "default", "format": {"type": "zarr/array"}}]
}
ON_LAEA: dict[str, Any] = {**ZARR_FORM, "bucketName": None, "tilingGrid": {"id": 6, "resolution": 100.0}}
INPUT = "processRequest__input__"


def raster(**output: Any) -> dict[str, Any]:
    """Changes that replace the bucket name by an output object."""
    return {"bucketName": None, "output": output}


def zarr(**changes: Any) -> dict[str, Any]:
    """Changes that ask for Zarr output with members replaced."""
    return {**ON_LAEA, "zarrOutput": {**ZARR, **changes}}


def array(**changes: Any) -> dict[str, Any]:
    """Changes that ask for Zarr output with array parameters replaced."""
    return zarr(arrayParameters={**ZARR["arrayParameters"], **changes})


NOBODY = "9688cd56-6c70-4221-add8-a5821d0256a9"


def filtered(kind: str = "sentinel-2-l2a", **filters: Any) -> dict[str, Any]:
    """Changes that ask for other data, with filters."""
    return {f"{INPUT}data": [{"type": kind, "dataFilter": filters}]}


def processed(kind: str = "sentinel-2-l2a", **processing: Any) -> dict[str, Any]:
    """Changes that ask for other data, with processing options."""
    return {f"{INPUT}data": [{"type": kind, "processing": processing}]}


def cog(**parameters: Any) -> dict[str, Any]:
    """Changes that ask for COG output with parameters."""
    return raster(defaultTilePath="s3://results", cogOutput=True, cogParameters=parameters)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("no process request", {"processRequest": None}, "processRequest"),
    ("no bounds", {f"{INPUT}bounds": {}}, "bbox or geometry"),
    ("bbox of 3", {f"{INPUT}bounds__bbox": [1, 2, 3]}, "exactly 4"),
    ("empty bbox", {f"{INPUT}bounds__bbox": [1, 2, 1, 3]}, "area"),
    ("text in bbox", {f"{INPUT}bounds__bbox": [1, 2, "3", 4]}, "Invalid type"),
    (
        "unknown CRS",
        {f"{INPUT}bounds__properties": {"crs": "http://www.opengis.net/def/crs/EPSG/0/1"}},
        "CRS",
    ),
    ("EPSG code for a CRS", {f"{INPUT}bounds__properties": {"crs": "EPSG:4326"}}, "CRS"),
    ("point geometry", {f"{INPUT}bounds__geometry": {"type": "Point", "coordinates": [1, 2]}}, "Polygon"),
    ("no data", {f"{INPUT}data": []}, "data source"),
    ("untyped data", {f"{INPUT}data": [{}]}, "type"),
    (
        "backwards in time",
        {
            f"{INPUT}data": [
                {
                    "type": "sentinel-2-l2a",
                    "dataFilter": {
                        "timeRange": {"from": "2019-07-01T00:00:00Z", "to": "2019-06-30T00:00:00Z"}
                    },
                }
            ]
        },
        "from",
    ),
    (
        "date without time",
        {
            f"{INPUT}data": [
                {
                    "type": "sentinel-2-l2a",
                    "dataFilter": {"timeRange": {"from": "2019-04-01", "to": "2019-06-30T00:00:00Z"}},
                }
            ]
        },
        "date-time",
    ),
    ("101 % clouds", {f"{INPUT}data": [{"type": "x", "dataFilter": {"maxCloudCoverage": 101}}]}, "100"),
    ("order of nothing", filtered(mosaickingOrder="newest"), "mostRecent"),
    ("clouds of a radar", filtered("sentinel-1-grd", mosaickingOrder="leastCC"), "leastRecent"),
    ("polarization of nothing", filtered("S1GRD", polarization="VX"), "possibleValues"),
    ("numbers for words", filtered("sentinel-1-grd", orbitDirection=1), "ASCENDING"),
    ("upsampling", processed(upsampling="LINEAR"), "BILINEAR"),
    ("downsampling", processed("byoc", downsampling="bilinear"), "BILINEAR"),
    ("text for a flag", processed("sentinel-1-grd", orthorectify="true"), "orthorectify"),
    ("backscatter of nothing", processed("sentinel-1-grd", backCoeff="GAMMA"), "GAMMA0_TERRAIN"),
    ("a filter without a window", processed("sentinel-1-grd", speckleFilter={"type": "LEE"}), "windowSizeX"),
    ("oversampling of 5", processed("sentinel-1-grd", radiometricTerrainOversampling=5), "between 1 and 4"),
    ("a DEM that is a number", processed("sentinel-1-grd", demInstance=30), "demInstance"),
    ("filters in a list", {f"{INPUT}data": [{"type": "dem", "dataFilter": []}]}, "dataFilter"),
    ("a batch collection of nobody", {f"{INPUT}data": [{"type": f"batch-{NOBODY}"}]}, "does not exist"),
    ("a BYOC collection of nobody", {f"{INPUT}data": [{"type": f"byoc-{NOBODY}"}]}, "does not exist"),
    ("no evalscript", {"processRequest__evalscript": None}, "evalscript"),
    ("unknown grid", {"tilingGrid": {"id": 99, "resolution": 60.0}}, "99"),
    ("wrong resolution", {"tilingGrid": {"id": 0, "resolution": 61.0}}, "60.0"),
    ("no grid", {"tilingGrid": None}, "tilingGrid"),
    ("negative buffer", {"tilingGrid": {"id": 0, "resolution": 60.0, "bufferX": -1}}, "negative"),
    ("no output family", {"bucketName": None}, "Exactly one"),
    ("two output families", {"output": {"defaultTilePath": "s3://results"}}, "Exactly one"),
    ("no such bucket name", {"bucketName": "My_Bucket"}, "bucket name"),
    (
        "a PNG",
        {"processRequest__output__responses": [{"identifier": "default", "format": {"type": "image/png"}}]},
        "not supported",
    ),
    (
        "JSON of pixels",
        {"processRequest__output__responses": [{"identifier": "a", "format": {"type": "application/json"}}]},
        "userdata",
    ),
    ("Zarr without zarrOutput", ZARR_FORM, "zarrOutput"),
    ("output without a path", raster(overwrite=True), "defaultTilePath"),
    ("path that is no URL", raster(defaultTilePath="results/x"), "S3 URL"),
    ("path without a tile", raster(defaultTilePath="s3://results/<outputId>.tif"), "<tileName>"),
    ("unknown placeholder", raster(defaultTilePath="s3://results/<tile>.tif"), "<tile>"),
    (
        "several outputs, one path",
        {
            **raster(defaultTilePath="s3://results/<tileName>.tif"),
            "processRequest__output__responses": [
                {"identifier": name, "format": {"type": "image/tiff"}} for name in ("a", "b")
            ],
        },
        "<outputId>",
    ),
    ("collection without COG", raster(defaultTilePath="s3://results", createCollection=True), "cogOutput"),
    ("new and old collection", raster(**COG, collectionId="x"), "Only one"),
    (
        "collection that is not there",
        raster(**{**COG, "createCollection": False}, collectionId="x"),
        "not exist",
    ),
    ("block size in a collection", raster(**COG, cogParameters={"blockxsize": 512}), "resamplingAlgorithm"),
    ("COG parameters alone", raster(defaultTilePath="s3://results", cogParameters={}), "cogOutput"),
    ("unknown resampling", raster(**COG, cogParameters={"resamplingAlgorithm": "best"}), "lanczos"),
    ("a block of 1000", cog(blockxsize=1000), "multiple of 16"),
    ("a block of text", cog(blockysize="512"), "blockysize"),
    ("overviews of text", cog(overviewLevels="2 4"), "overviewLevels"),
    ("overviews of fractions", cog(overviewLevels=[2, 4.5]), "overviewLevels"),
    ("no overview", cog(overviewLevels=[0]), "positive"),
    ("an overview of True", cog(overviewMinSize=True), "overviewMinSize"),
    ("a predictor of 2", cog(usePredictor=2), "usePredictor"),
    (
        "COG parameters in a list",
        raster(defaultTilePath="s3://results", cogOutput=True, cogParameters=[]),
        "cog",
    ),
    (
        "Zarr on UTM",
        {**ON_LAEA, "tilingGrid": {"id": 0, "resolution": 60.0}, "zarrOutput": ZARR},
        "WGS84 and LAEA",
    ),
    (
        "TIFF in Zarr",
        {"bucketName": None, "tilingGrid": {"id": 6, "resolution": 100.0}, "zarrOutput": ZARR},
        "zarr/",
    ),
    ("Zarr version 3", zarr(group={"zarr_format": 3}), "version 2"),
    ("Zarr path with a tile", zarr(path="s3://results/<tileName>"), "<requestId>"),
    ("override of nothing", zarr(arrayOverrides={"other": {"dtype": "<f4"}}), "other"),
    ("no array parameters", zarr(arrayParameters=None), "dtype"),
    ("unknown dtype", array(dtype="<c8"), "dtype"),
    ("order F", array(order="F"), "order C"),
    ("two chunk sizes", array(chunks=[1000, 1000]), "3 positive"),
    ("time chunk of 2", array(chunks=[2, 1000, 1000]), "must be 1"),
    ("chunks that do not divide", array(chunks=[1, 300, 1000]), "evenly"),
    ("fill value too big", array(fill_value=70000), "representable"),
    ("NaN in integers", array(fill_value="NaN"), "representable"),
]


@pytest.fixture
def client(make: Make) -> Client:
    """A client of a sandbox without files."""
    return make()


@pytest.mark.parametrize(("changes", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_bad_requests_are_refused(client: Client, changes: dict[str, Any], words: str) -> None:
    """400 in the service's shape, naming what is wrong; nothing is made."""
    answer = client.call("POST", "/process", payload(**changes))
    assert answer.status_code == 400, answer.text
    assert words in answer.text
    assert answer.json()["error"]["code"] == "COMMON_BAD_PAYLOAD"
    assert client.call("GET", "/process").json()["data"] == []


ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("least clouds first", filtered(mosaickingOrder="leastCC")),
    (
        "a radar's options",
        filtered("S1GRD", polarization="DV", mosaickingOrder="leastRecent", resolution="HIGH"),
    ),
    ("an unknown DEM, until the analysis", filtered("dem", demInstance="NONE")),
    ("interpolation", processed(upsampling="BICUBIC", downsampling="NEAREST", harmonizeValues=False)),
    (
        "speckles",
        processed("sentinel-1-grd", speckleFilter={"type": "LEE", "windowSizeX": 3, "windowSizeY": 7}),
    ),
    ("all COG parameters", cog(overviewLevels=[2, 4], blockxsize=512, blockysize=256, usePredictor=False)),
]


@pytest.mark.parametrize("changes", [row[1] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED])
def test_documented_options_are_accepted(client: Client, changes: dict[str, Any]) -> None:
    """201 for values that the contract lists."""
    answer = client.call("POST", "/process", payload(**changes))
    assert answer.status_code == 201, answer.text


def test_an_own_batch_collection_may_be_read(make: Make) -> None:
    """`batch-<id>` is accepted where the account has that collection, and a 400 for another account."""
    client = make(accounts=(OAuthClient("far", "c", "elsewhere"),))
    made = client.call("POST", "/collections", {"name": "c", "s3Bucket": "results"}).json()["data"]["id"]
    wish = payload(**filtered(f"batch-{made}", mosaickingOrder="leastRecent"))
    assert client.call("POST", "/process", wish).status_code == 201
    foreign = client.other(1).call("POST", "/process", wish)
    assert (foreign.status_code, "does not exist" in foreign.text) == (400, True)


@pytest.mark.parametrize(
    ("tiles", "output", "status"),
    [
        (4999, {"defaultTilePath": "s3://results/<tileName>.tif"}, 201),
        (5000, {"defaultTilePath": "s3://results/<tileName>.tif"}, 400),
        (2500, {"defaultTilePath": "s3://results/<tileName>_<outputId>.tif"}, 400),
        (5000, {"defaultTilePath": "s3://results/<requestId>/<tileName>.tif"}, 201),
        (5000, {"defaultTilePath": "s3://results/folder"}, 201),
        (5000, {"defaultTilePath": "s3://results/<tileName>.tif", "overwrite": True}, 201),
        (
            5000,
            {"defaultTilePath": "s3://results/<tileName>.tif", "overwrite": True, "skipExisting": True},
            400,
        ),
        (
            5000,
            {
                "defaultTilePath": "s3://results",
                "responses": [{"identifier": "default", "tilePath": "s3://results/<tileName>.tif"}],
            },
            400,
        ),
    ],
)
def test_many_files_need_a_path_of_their_own(
    make: Make, tiles: int, output: dict[str, Any], status: int
) -> None:
    """From 5000 estimated files on existing ones cannot be looked for: a unique path, or overwriting."""
    names = ["a", "b"] if "<outputId>" in output["defaultTilePath"] else ["default"]
    responses = [{"identifier": name, "format": {"type": "image/tiff"}} for name in names]
    client = make(StandIn(tiles - 1))
    changes = {**raster(**output), "processRequest__output__responses": responses}
    answer = client.call("POST", "/process", payload(**changes))
    assert answer.status_code == status
    assert status == 201 or "5000" in answer.text


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
    answer = client.session.post(url, files=files, timeout=10)
    assert answer.status_code == 201
    assert answer.json()["processRequest"]["evalscript"].endswith("// mine")


@pytest.mark.parametrize("body", ["", "{", "[]"])
def test_bodies_that_are_no_request(client: Client, body: str) -> None:
    """An empty body, broken JSON and a list are a 400."""
    url = client.ends["base_url"] + "/api/v1/batch/process"
    answer = client.session.post(url, data=body, headers={"Content-Type": "application/json"}, timeout=10)
    assert answer.status_code == 400
    assert "error" in answer.json()


def test_gzip_bodies_are_understood(client: Client) -> None:
    """A compressed body is read, and stands in the journal in the clear; one that only says so is a 400."""
    url = client.ends["base_url"] + "/api/v1/batch/process"
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    body = json.dumps(payload()).encode()
    answer = client.session.post(url, data=gzip.compress(body), headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["description"]) == (201, "Max NDVI over Corsica")
    assert client.control("GET", "/journal").json()[-1]["body"]["description"] == "Max NDVI over Corsica"
    for broken in (gzip.compress(body)[:-20], b"{"):
        assert client.session.post(url, data=broken, headers=headers, timeout=10).status_code == 400


def test_a_wrong_method_is_told_the_right_ones(client: Client) -> None:
    """405 in the usual shape, with the methods of the URL in `Allow`."""
    answer = client.session.patch(client.ends["base_url"] + "/api/v1/batch/process", json={}, timeout=10)
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "COMMON_METHOD_NOT_ALLOWED")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))
    assert "DELETE" not in answer.headers["Allow"]


def test_pages_are_followed_by_token_and_by_link(make: Make, clock: FakeClock) -> None:
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


def test_tiles_are_missing_before_analysis(client: Client, clock: FakeClock) -> None:
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
    assert client.call("PUT", f"/collections/{collection}", {"name": "d"}).status_code == 204
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
    assert client.session.get(url, timeout=10).json()["error"]["status"] == 404


def test_an_int8_output_has_no_collection() -> None:
    """COG cannot be INT8, and a collection takes single bands."""
    from sentinelhub_sandbox.outputs import CollectionError, collection_bands

    request = {
        "output": COG,
        "processRequest": {"output": {"responses": [{"identifier": "default"}]}},
    }
    stand_in = StandIn()
    assert collection_bands(request, stand_in.outputs)["default"]["bitDepth"] == 32
    for output in (Output("default", 1, "INT8"), Output("default", 3, "AUTO")):
        with pytest.raises(CollectionError):
            collection_bands(request, [output])
