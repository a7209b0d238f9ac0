"""A user's program with sentinelhub-py's BYOC client and batch v2, run by `test_vendor.py`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

shared: Any = import_module("vendor_config")
sentinelhub: Any = shared.sentinelhub
Status: Any = import_module("sentinelhub.api.batch.base").BatchRequestStatus
Request: Any = sentinelhub.SentinelHubRequest
Collection: Any = sentinelhub.ByocCollection
Tile: Any = sentinelhub.ByocTile


def moment(text: str) -> Any:
    return sentinelhub.time_utils.parse_time(text, force_datetime=True)


def ingested(byoc: Any, collection: Any) -> list[Any]:
    """The tiles of a collection, once none of them is on its way."""
    return list(
        shared.until(
            lambda: list(byoc.iter_tiles(collection)),
            lambda tiles: all(tile["status"] in {"INGESTED", "FAILED"} for tile in tiles),
        )
    )


def run(client: Any, data: Any, evalscript: str, path: str, **output: Any) -> Any:
    """A task over a collection of data, to its end."""
    process = Request(
        evalscript=evalscript,
        input_data=[Request.input_data(data_collection=data, time_interval=("2019-06-01", "2019-06-30"))],
        responses=[Request.output_response("result", sentinelhub.MimeType.TIFF)],
        bbox=sentinelhub.BBox((9.05, 42.05, 9.06, 42.06), sentinelhub.CRS.WGS84),
        config=client.config,
    )
    made = client.create(
        process,
        input=client.tiling_grid_input(grid_id=0, resolution=60.0),
        output=client.raster_output(delivery=shared.storage(path), **output),
        description=path,
    )
    client.start_job(made)
    ended = {Status.DONE, Status.FAILED, Status.STOPPED}
    made = shared.until(lambda: client.get_request(made), lambda seen: seen.status in ended)
    assert made.status is Status.DONE, made
    return made


def batch(config: Any, byoc: Any) -> dict[str, Any]:
    """Collections that batch v2 makes, writes into and reads."""
    client = sentinelhub.BatchProcessClient(config=config)
    here = sentinelhub.DataCollection.SENTINEL2_L2A.define_from(
        "here", service_url=shared.SETTINGS["base_url"]
    )
    scripts = shared.SETTINGS["write"], shared.SETTINGS["read"]
    first = run(client, here, scripts[0], "first", cog_output=True, create_collection=True)
    collection = first.request["output"]["collectionId"]
    run(client, here, scripts[0], "second", cog_output=True, collection_id=collection)
    tiles = ingested(byoc, collection)
    made = Collection.from_dict(byoc.get_collection(collection))
    data = made.to_data_collection().define_from(
        "made", service_url=shared.SETTINGS["base_url"], is_timeless=True
    )
    third = run(client, data, scripts[1], "third")
    byoc.delete_collection(made)
    return {
        "collection": made.name,
        "bands": list(made.additional_data.bands),
        "statuses": [tile["status"] for tile in tiles],
        "paths": [tile["path"] for tile in tiles],
        "first": first.request_id,
        "third": third.request_id,
        "type": third.request["processRequest"]["input"]["data"][0]["type"],
        "data": data.api_id,
        "gone": shared.refused(lambda: byoc.get_collection(collection)),
    }


def by_hand(byoc: Any) -> dict[str, Any]:
    """A collection of files that are there already: create, get, list, update, copy, delete."""
    bucket = shared.SETTINGS["bucket"]
    made = byoc.create_collection(Collection(name="mine", s3_bucket=bucket))
    collection = Collection.from_dict(byoc.get_collection(made["id"]))
    first = byoc.create_tile(collection, Tile(path="a", sensing_time=moment("2020-02-06T18:02:34")))
    second = byoc.create_tile(collection, Tile(path="b/(BAND).tif"))
    twice = shared.refused(lambda: byoc.create_tile(collection, Tile(path="b/(BAND).tif")))
    statuses = [tile["status"] for tile in ingested(byoc, collection)]
    tile = Tile.from_dict(byoc.get_tile(collection, second["id"]))
    assert tile.tile_geometry.crs is sentinelhub.CRS.UTM_32N
    tile.sensing_time = moment("2021-02-06T18:02:34")
    byoc.update_tile(collection, tile)
    sensed = byoc.get_tile(collection, tile)["sensingTime"]
    assert len(list(byoc.iter_tiles(collection, count=1))) == 2
    assert [one["id"] for one in byoc.iter_tiles(collection, path="a/(BAND).tif")] == [first["id"]]
    collection = Collection.from_dict(byoc.get_collection(collection))
    collection.name = "renamed"
    byoc.update_collection(collection)
    found = [one["name"] for one in byoc.iter_collections(search="renamed")]
    other = byoc.create_collection({"name": "copy", "s3Bucket": bucket})
    byoc.copy_tiles(collection, other)
    copied = len(list(byoc.iter_tiles(other)))
    byoc.reingest_tile(collection, first)
    ingested(byoc, collection)
    byoc.delete_tile(collection, first)
    left = [one["id"] for one in byoc.iter_tiles(collection)]
    assert left == [second["id"]]
    byoc.delete_collection(other)
    byoc.delete_collection(collection)
    return {"statuses": statuses, "twice": twice, "sensed": sensed, "found": found, "copied": copied}


def main() -> None:
    """The whole life of collections; prints what was seen."""
    config = shared.config()
    byoc = sentinelhub.SentinelHubBYOC(config=config)
    seen = {"by_hand": by_hand(byoc), "batch": batch(config, byoc), "left": list(byoc.iter_collections())}
    shared.tell(seen)


main()
