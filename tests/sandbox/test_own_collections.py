"""Batch collections as data: `batch-<id>` gives the pixels that requests have written into the collection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import numpy as np
import pytest
from numpy.typing import NDArray
from rasterio.io import MemoryFile

from sentinelhub_sandbox import Sandbox, SandboxOptions
from tests.support.clock import HandClock
from tests.support.contract import Contract

from .changes import INPUT
from .conftest import Client, Json, make_bucket, s3_of
from .processing.requests import script

BUCKET = "results"
DEGREES: Json = {"id": 3, "resolution": 0.008}
EAST, NORTH = [9.2, 42.2, 9.4, 42.4], [8.9, 42.2, 9.4, 42.4]


@pytest.fixture
def client(contract: Contract | None) -> Iterator[Client]:
    """A client of a sandbox that writes real pixels, with a bucket."""
    with Sandbox(SandboxOptions(analysis_seconds=0.02, processing_seconds=0.1)) as sandbox:
        make_bucket(s3_of(sandbox), BUCKET)
        yield Client(sandbox, contract)


def run(client: Client, evalscript: str, **changes: Any) -> Json:
    """A request that has ended."""
    usual = {
        "processRequest__evalscript": evalscript,
        f"{INPUT}bounds__bbox": EAST,
        "tilingGrid": DEGREES,
        "bucketName": None,
        "output": {"defaultTilePath": f"s3://{BUCKET}"},
    }
    request_id = client.create(**{**usual, **changes})
    client.act(request_id, "start")
    return client.until(request_id, "DONE", "PARTIAL", "FAILED", seconds=60)


def written(client: Client, evalscript: str, collection: str | None = None, **changes: Any) -> str:
    """The collection that a request has written, a new one unless told otherwise."""
    into = {"collectionId": collection} if collection else {"createCollection": True}
    output = {"defaultTilePath": f"s3://{BUCKET}", "cogOutput": True, **into}
    view = run(client, evalscript, output=output, **changes)
    assert view["status"] == "DONE", view
    return str(view["output"]["collectionId"])


def reading(collection: str, **filters: str) -> Json:
    """Changes that ask for the data of a collection."""
    return {f"{INPUT}data": [{"type": f"batch-{collection}", "dataFilter": filters}]}


def pixels(client: Client, view: Json) -> list[NDArray[Any]]:
    """The rasters of a request, by the names of its tiles."""
    s3 = s3_of(client.sandbox)
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET, Prefix=view["id"])["Contents"]]
    found = []
    for key in sorted(key for key in keys if key.endswith(".tif")):
        body = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        with MemoryFile(body) as memory, memory.open() as file:
            found.append(np.asarray(file.read()))
    return found


OWN = '"default", "dataMask"'
BOTH = "{bands: 2, sampleType: 'FLOAT32'}"


def test_a_collection_gives_back_what_was_written(client: Client) -> None:
    """On the same grid pixel by pixel, computed on; where no tile was written there is no data."""
    collection = written(client, script("return [samples.B04]"))
    (original,) = pixels(client, client.get(client.call("GET", "/process").json()["data"][0]["id"]))
    again = script("return [samples.default + 1, samples.dataMask]", bands=OWN, output=BOTH)
    view = run(client, again, **{**reading(collection), f"{INPUT}bounds__bbox": NORTH})
    assert view["status"] == "DONE", view
    west, east = pixels(client, view)
    assert np.array_equal(east[0], original[0] + 1)
    assert len(np.unique(original)) > 1000
    assert (east[1] == 1).all()
    assert (west[0] == 1).all()
    assert not west[1].any()


def test_all_tiles_of_a_grid_are_read(client: Client) -> None:
    """Several small tiles in one degree: each is where it was written, up to a rounded digital number."""
    utm: Json = {"tilingGrid": {"id": 0, "resolution": 60}}
    collection = written(client, script("return [samples.B04]"), **utm)
    originals = pixels(client, client.get(client.call("GET", "/process").json()["data"][0]["id"]))
    view = run(
        client, script("return [samples.default]", bands='"default"'), **{**reading(collection), **utm}
    )
    assert len(originals) >= 2
    for original, again in zip(originals, pixels(client, view), strict=True):
        assert np.allclose(original, again, atol=2e-4)


def test_another_grid_and_crs(client: Client) -> None:
    """On a UTM grid each pixel is the nearest one: a value of the collection's, at its place."""
    collection = written(client, script("return [samples.B04]"))
    (original,) = pixels(client, client.get(client.call("GET", "/process").json()["data"][0]["id"]))
    evalscript = script("return [samples.default, samples.dataMask]", bands=OWN, output=BOTH)
    utm = {"id": 0, "resolution": 60}
    view = run(client, evalscript, **{**reading(collection), "tilingGrid": utm, f"{INPUT}bounds__bbox": EAST})
    assert view["status"] == "DONE", view
    for raster in pixels(client, view):
        assert np.isin(raster[0][raster[1] == 1], original).all()
        assert len(np.unique(raster[0])) > 50


def test_the_mosaicking_order_says_which_request_is_on_top(client: Client) -> None:
    """The later request's tile hides the earlier one's, or the other way round."""
    one, two = (script(f"return [{number}]") for number in (1, 2))
    collection = written(client, one)
    written(client, two, collection)
    for order, value in (("mostRecent", 2), ("leastRecent", 1)):
        evalscript = script("return [samples.default]", bands='"default"')
        view = run(client, evalscript, **reading(collection, mosaickingOrder=order))
        assert [np.unique(raster).tolist() for raster in pixels(client, view)] == [[value]]


def test_the_order_holds_where_different_tiles_overlap(client: Client) -> None:
    """A buffer reaches into the next tile: the later request's pixels are on top, or the earlier's."""
    one, two = (script(f"return [{number}]") for number in (1, 2))
    collection = written(client, one, tilingGrid={**DEGREES, "bufferX": 20})
    west = {f"{INPUT}bounds__bbox": [8.8, 42.2, 8.9, 42.4]}
    written(client, two, collection, **west)
    evalscript = script("return [samples.default]", bands='"default"')
    for order, seen in (("mostRecent", 0), ("leastRecent", 20)):
        view = run(client, evalscript, **{**reading(collection, mosaickingOrder=order), **west})
        (raster,) = pixels(client, view)
        assert ((raster[0] == 1).sum(axis=1) == seen).all()


def test_a_band_that_a_collection_lacks_fails_the_analysis(client: Client) -> None:
    """Bands are those of the collection, in digital numbers; an empty collection has none."""
    collection = written(client, script("return [1]"))
    empty = client.call("POST", "/collections", {"name": "e", "s3Bucket": BUCKET}).json()["data"]["id"]
    wrong = ((collection, "B04", ""), (empty, "default", ""), (collection, "default", "DB"))
    for kind, bands, units in wrong:
        view = run(client, script("return [0]", bands=f'"{bands}"', units=units), **reading(kind))
        assert view["status"] == "FAILED"
        assert f"batch-{kind}" in view["error"]


def test_a_request_that_reads_what_it_writes_ends(contract: Contract | None) -> None:
    """Also without files, and it is analysed once: looking for its own tiles does not begin it again."""
    clock = HandClock()
    with Sandbox(SandboxOptions(render=False, clock=clock)) as sandbox:
        client = Client(sandbox, contract)
        estimates = mock.Mock(wraps=sandbox.v1.pixels.estimate_value)
        sandbox.v1.pixels.estimate_value = estimates  # type: ignore[method-assign]
        output = {"defaultTilePath": f"s3://{BUCKET}", "cogOutput": True, "createCollection": True}
        plain = {"tilingGrid": DEGREES, "bucketName": None, f"{INPUT}bounds__bbox": EAST}
        first = client.create(processRequest__evalscript=script("return [1]"), output=output, **plain)
        client.act(first, "start")
        clock.move(100)
        collection = client.get(first)["output"]["collectionId"]
        into = {**output, "createCollection": False, "collectionId": collection}
        own = script("return [samples.default]", bands='"default"')
        second = client.create(processRequest__evalscript=own, output=into, **plain, **reading(collection))
        client.act(second, "start")
        clock.move(100)
        assert client.get(second)["status"] == "DONE"
        assert estimates.call_count == 2
