"""What POST refuses and accepts."""

from __future__ import annotations

from typing import Any

import pytest

from .changes import (
    COG,
    INPUT,
    NOBODY,
    ON_LAEA,
    ZARR,
    ZARR_FORM,
    array,
    cog,
    filtered,
    processed,
    raster,
    zarr,
)
from .conftest import Client, Make, payload
from .stand_in import StandIn

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
    client = make(accounts=("far:c:elsewhere",))
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
