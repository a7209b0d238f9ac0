"""A user's program with sentinelhub-py's batch v2 client, run by `test_vendor.py` in a process of its own."""

from __future__ import annotations

from importlib import import_module
from typing import Any

shared: Any = import_module("vendor_config")
sentinelhub: Any = shared.sentinelhub
monitors: Any = import_module("sentinelhub.api.batch.utils")
Status: Any = import_module("sentinelhub.api.batch.base").BatchRequestStatus
Request: Any = sentinelhub.SentinelHubRequest
SETTINGS: dict[str, Any] = shared.SETTINGS


def until(client: Any, request: Any, status: Any) -> Any:
    """Ask until a status is reached."""
    return shared.until(lambda: client.get_request(request), lambda seen: seen.status is status)


def main() -> None:
    """The whole life of tasks; prints what was seen."""
    config = shared.config()
    client = sentinelhub.BatchProcessClient(config=config)
    process = Request(
        evalscript=SETTINGS["evalscript"],
        input_data=[
            Request.input_data(
                data_collection=sentinelhub.DataCollection.SENTINEL2_L2A.define_from(
                    "here", service_url=SETTINGS["base_url"]
                ),
                time_interval=("2019-04-01", "2019-06-30"),
            )
        ],
        responses=[Request.output_response("default", sentinelhub.MimeType.TIFF)],
        bbox=sentinelhub.BBox((8.44, 41.31, 9.66, 43.1), sentinelhub.CRS.WGS84),
        config=config,
    )

    def task(path: str, source: Any = None, **output: Any) -> Any:
        source = source or client.tiling_grid_input(grid_id=0, resolution=60.0, buffer_x=5, buffer_y=5)
        made = client.raster_output(delivery=shared.storage(path), **output)
        return client.create(process, input=source, output=made, description=path)

    first = task("first", overwrite=True, cog_output=True)
    second = task(
        "second/<tileName>/<outputId>.<format>", client.geopackage_input(shared.storage("features.gpkg"))
    )
    found = [item.request_id for item in client.iter_requests(sort="created", count=1)]
    assert found == [first.request_id, second.request_id], found
    assert next(client.iter_requests(search="first")).request["description"] == "first"
    assert client.update_request(first, "renamed")["description"] == "renamed"
    assert len(list(client.iter_tiling_grids())) > 1
    assert client.get_tiling_grid(6)["properties"]["unit"] == "METRE"

    client.start_analysis(first)
    first = until(client, first, Status.ANALYSIS_DONE)
    again = shared.refused(lambda: client.start_analysis(first))
    client.start_job(first)
    first = until(client, first, Status.PROCESSING)
    client.stop_job(first)
    first = until(client, first, Status.STOPPED)
    reason = first.stopped_status_reason.value
    early = shared.refused(lambda: client.start_job(first))

    # Its monitors look seldom; a sandbox is quick.
    for name in ("_MIN_SLEEP_TIME", "_MIN_ANALYSIS_SLEEP_TIME"):
        setattr(monitors, name, 0.01)
    client.start_job(second)
    second = monitors.monitor_batch_process_job(second, client, sleep_time=0.05, analysis_sleep_time=0.05)
    seen = {
        "first": first.to_dict(),
        "second": second.to_dict(),
        "again": again,
        "reason": reason,
        "early": early,
    }
    shared.tell(seen)


main()
