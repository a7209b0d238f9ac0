"""`byoc-<id>` as data of requests: pixels from ingested files; and sentinelhub-py's BYOC client."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from rasterio.io import MemoryFile

from sentinelhub_sandbox import Sandbox, SandboxOptions
from tests.support.contract import Contract

from ..changes import INPUT
from ..cogs import UTM, Byoc, cog, pixels
from ..conftest import Client, Json, make_bucket, payload, s3_of
from ..processing.requests import script

BUCKET = "own-data"


@pytest.fixture
def client(contract: Contract | None) -> Iterator[Client]:
    """A client of a sandbox with real pixels and two buckets, in real and short time."""
    options = SandboxOptions(
        analysis_seconds=0.02,
        processing_seconds=0.1,
        ingestion_seconds=0.0,
        metadata_seconds=0.0,
        accounts=("far:c:elsewhere",),
    )
    with Sandbox(options) as sandbox:
        for bucket in (BUCKET, "results"):
            make_bucket(s3_of(sandbox), bucket)
        yield Client(sandbox, contract)


def reading(collection: str, evalscript: str, **filters: Any) -> Json:
    """Changes of the usual request that ask for the data of a collection, where the files are."""
    return {
        f"{INPUT}data": [{"type": f"byoc-{collection}", "dataFilter": filters}],
        f"{INPUT}bounds__bbox": [9.25, 42.3, 9.3, 42.35],
        "processRequest__evalscript": evalscript,
        "tilingGrid": {"id": 0, "resolution": 60},
        "bucketName": "results",
    }


def run(client: Client, **changes: Any) -> Json:
    request_id = client.create(**changes)
    client.act(request_id, "start")
    return client.until(request_id, "DONE", "PARTIAL", "FAILED", seconds=60)


def read(client: Client, collection: str, evalscript: str, **filters: Any) -> tuple[NDArray[Any], Any]:
    """The first tile that a request makes of a collection, and where it lies."""
    view = run(client, **reading(collection, evalscript, **filters))
    assert view["status"] == "DONE", view
    s3 = s3_of(client.sandbox)
    listed = s3.list_objects_v2(Bucket="results", Prefix=view["id"])["Contents"]
    key = next(item["Key"] for item in listed if item["Key"].endswith(".tif"))
    body = s3.get_object(Bucket="results", Key=key)["Body"].read()
    with MemoryFile(body) as memory, memory.open() as file:
        return np.asarray(file.read()), file.transform


def put(client: Client, key: str, body: bytes) -> None:
    s3_of(client.sandbox).put_object(Bucket=BUCKET, Key=key, Body=body)


def ready(client: Client, collection: str, path: str, **members: Any) -> None:
    byoc = Byoc(client)
    tile = byoc.get_tile(collection, byoc.tile(collection, path, **members))
    assert tile["status"] == "INGESTED", tile


def script_of(expression: str, bands: str, count: int = 1) -> str:
    return script(f"return [{expression}]", bands=bands, output=f"{{bands: {count}, sampleType: 'FLOAT32'}}")


def test_pixels_of_a_collection_are_read_by_band(client: Client) -> None:
    """Bands by their names, of several files and of one with several bands; where no file is, no data."""
    size = 150
    one, several = pixels(size, first=1000), pixels(size, bands=2, first=5)
    put(client, "a/one.tif", cog(one))
    put(client, "a/two.tif", cog(several))
    form = {"bitDepth": 16, "sampleFormat": "UINT"}
    bands = {
        "first": {"source": "one", **form},
        "second": {"source": "two", "bandIndex": 2, **form},
    }
    collection = Byoc(client).collection(BUCKET, additionalData={"bands": bands})
    ready(client, collection, "a")
    evalscript = script_of(
        "samples.first, samples.second, samples.dataMask", '"first", "second", "dataMask"', 3
    )
    raster, transform = read(client, collection, evalscript)
    left, top, step = UTM
    column, row = round((left - transform.c) / step), round((transform.f - top) / step)
    inside = raster[2] == 1
    rows, columns = np.nonzero(inside)
    assert inside.any()
    assert not inside.all()
    assert (raster[0][inside] == one[0][rows - row, columns - column]).all()
    assert (raster[1][inside] == several[1][rows - row, columns - column]).all()
    assert not raster[:, ~inside].any()


def test_later_tiles_are_on_top_and_holes_let_earlier_ones_through(client: Client) -> None:
    """By sensing time; noData of the collection, and what is outside a cover, is no data."""
    put(client, "a/B.tif", cog(np.full((1, 500, 500), 1, "uint8")))
    late = np.full((1, 500, 500), 2, "uint8")
    late[:, :, :200] = 9
    put(client, "b/B.tif", cog(late))
    collection = Byoc(client).collection(BUCKET, noData=9)
    ready(client, collection, "b", sensingTime="2021-01-01T00:00:00Z")
    ready(client, collection, "a", sensingTime="2020-01-01T00:00:00Z")
    evalscript = script_of("samples.B, samples.dataMask", '"B", "dataMask"', 2)
    whole = 0
    for order, values in (("mostRecent", {1.0, 2.0}), ("leastRecent", {1.0})):
        raster, _ = read(client, collection, evalscript, mosaickingOrder=order)
        assert set(np.unique(raster[0][raster[1] == 1])) == values
        whole = int((raster[1] == 1).sum())
    west = {"type": "Polygon", "coordinates": [[[9, 42], [9.28, 42], [9.28, 43], [9, 43], [9, 42]]]}
    byoc = Byoc(client)
    for tile in byoc.tiles(collection):
        byoc.call("PUT", f"/collections/{collection}/tiles/{tile['id']}", {"coverGeometry": west})
    covered, _ = read(client, collection, evalscript)
    assert 0 < (covered[1] == 1).sum() < whole


def test_a_time_range_excludes_tiles_by_their_sensing_time(client: Client) -> None:
    """Those that have none are in every range."""
    put(client, "a/B.tif", cog(np.full((1, 500, 500), 1, "uint8")))
    put(client, "b/B.tif", cog(np.full((1, 500, 500), 2, "uint8")))
    collection = Byoc(client).collection(BUCKET)
    ready(client, collection, "a")
    ready(client, collection, "b", sensingTime="2030-01-01T00:00:00Z")
    for year, value in (("2030", 2), ("2020", 1)):
        span = {"from": f"{year}-01-01T00:00:00Z", "to": f"{year}-01-02T00:00:00Z"}
        raster, _ = read(client, collection, script_of("samples.B", '"B"'), timeRange=span)
        assert raster.max() == value


def test_what_cannot_be_read_fails_the_request(client: Client) -> None:
    """Unknown bands in the analysis; files that the bucket does not let the service read any more."""
    put(client, "a/B.tif", cog(pixels(500)))
    collection = Byoc(client).collection(BUCKET)
    ready(client, collection, "a")
    view = run(client, **reading(collection, script_of("samples.C", '"C"')))
    assert (view["status"], "does not contain band C" in view["error"]) == ("FAILED", True)
    s3_of(client.sandbox).delete_bucket_policy(Bucket=BUCKET)
    view = run(client, **reading(collection, script_of("samples.B", '"B"')))
    assert (view["status"], f"Access denied to bucket {BUCKET}" in view["error"]) == ("FAILED", True)


def test_only_own_collections_are_data(client: Client) -> None:
    """A 400 at POST for another account's, for one that was deleted, and for batch collections of that id."""
    byoc = Byoc(client)
    collection = byoc.collection(BUCKET)
    changes = reading(collection, script_of("samples.B", '"B"'))
    client.create(**changes)
    assert client.other(1).call("POST", "/process", payload(**changes)).status_code == 400
    wrong = payload(**{**changes, f"{INPUT}data": [{"type": f"batch-{collection}"}]})
    assert client.call("POST", "/process", wrong).status_code == 400
    byoc.call("DELETE", f"/collections/{collection}")
    answer = client.call("POST", "/process", payload(**changes))
    assert f"Collection byoc-{collection} does not exist." in answer.text


# --- sentinelhub-py --------------------------------------------------------------------------------------


def test_sentinelhub_py(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its BYOC client, unmodified: collections, tiles, copies, and a data collection to be read."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # on loopback
    sentinelhub = pytest.importorskip("sentinelhub", reason="sentinelhub-py is not installed")
    config = sentinelhub.SHConfig(use_defaults=True)
    ends = client.ends
    config.sh_client_id, config.sh_client_secret = ends["client_id"], ends["client_secret"]
    config.sh_base_url, config.sh_token_url = ends["base_url"], ends["token_url"]
    sentinelhub.download.sentinelhub_client.SentinelHubDownloadClient._CACHED_SESSIONS.clear()
    byoc = sentinelhub.SentinelHubBYOC(config=config)
    put(client, "a/B04.tif", cog(pixels(500)))
    put(client, "b/B04.tif", cog(pixels(500)))

    made = byoc.create_collection(sentinelhub.ByocCollection(name="mine", s3_bucket=BUCKET))
    collection = sentinelhub.ByocCollection.from_dict(byoc.get_collection(made["id"]))
    assert (collection.name, collection.s3_bucket) == ("mine", BUCKET)
    assert collection.created is not None
    moment = sentinelhub.time_utils.parse_time("2020-02-06T18:02:34", force_datetime=True)
    cover = sentinelhub.Geometry(
        {"type": "Polygon", "coordinates": [[[9.2, 42], [9.4, 42], [9.4, 43], [9.2, 43], [9.2, 42]]]},
        sentinelhub.CRS.WGS84,
    )
    first = byoc.create_tile(collection, sentinelhub.ByocTile(path="a", sensing_time=moment))
    second = byoc.create_tile(
        collection, sentinelhub.ByocTile(path="b/(BAND).tif", sensing_time=moment, cover_geometry=cover)
    )
    deadline = time.monotonic() + 120
    while any(tile["status"] != "INGESTED" for tile in byoc.iter_tiles(collection)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    tile = sentinelhub.ByocTile.from_dict(byoc.get_tile(collection, second["id"]))
    assert tile.cover_geometry.crs == tile.tile_geometry.crs == sentinelhub.CRS.UTM_32N
    assert tile.sensing_time.isoformat().startswith("2020-02-06T18:02:34")
    tile.sensing_time = sentinelhub.time_utils.parse_time("2021-02-06T18:02:34", force_datetime=True)
    byoc.update_tile(collection, tile)
    assert byoc.get_tile(collection, tile)["sensingTime"].startswith("2021-02-06T18:02:34.000")
    assert [item["path"] for item in byoc.iter_tiles(collection, sort="path:desc", count=1)] == [
        "b/(BAND).tif",
        "a/(BAND).tif",
    ]
    assert [item["id"] for item in byoc.iter_tiles(collection, path="a/(BAND).tif")] == [first["id"]]

    configured = sentinelhub.ByocCollection.from_dict(byoc.get_collection(collection))
    assert configured.additional_data.bands["B04"].bit_depth == 16
    configured.name = "renamed"
    byoc.update_collection(configured)
    assert [item["name"] for item in byoc.iter_collections(search="renamed")] == ["renamed"]
    data = configured.to_data_collection()
    assert (data.api_id, list(data.bands)) == (f"byoc-{made['id']}", ["B04"])

    other = byoc.create_collection({"name": "copy", "s3Bucket": BUCKET})
    byoc.copy_tiles(collection, other)
    assert len(list(byoc.iter_tiles(other))) == 2
    byoc.reingest_tile(collection, first)
    byoc.delete_tile(collection, first)
    assert len(list(byoc.iter_tiles(collection))) == 1
    byoc.delete_collection(other)
    byoc.delete_collection(collection)
    assert list(byoc.iter_collections()) == []
    with pytest.raises(sentinelhub.exceptions.DownloadFailedException):
        byoc.get_collection(collection)
