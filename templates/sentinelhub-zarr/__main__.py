"""The greatest NDVI of an area and a time range, as the array of one Zarr group."""

from pathlib import Path

import pulumi

from pulumi_sentinelhub import BatchJob

config = pulumi.Config()
first, last = config.require("from"), config.require("to")

job = BatchJob(
    "max-ndvi",
    process_request={
        "input": {
            "bounds": {"bbox": [float(edge) for edge in config.require("bbox").split(",")]},
            "data": [
                {
                    "type": "sentinel-2-l2a",
                    "dataFilter": {"timeRange": {"from": f"{first}T00:00:00Z", "to": f"{last}T23:59:59Z"}},
                }
            ],
        },
        "output": {"responses": [{"identifier": "ndvi", "format": {"type": "zarr/array"}}]},
    },
    tiling_grid={"id": 6, "resolution": 100.0},  # Zarr needs a grid of a single CRS: LAEA, tiles of 100 km
    zarr_output={
        "group": {"zarr_format": 2},
        "arrayParameters": {"dtype": "<f4", "order": "C", "chunks": [1, 1000, 1000], "fill_value": "NaN"},
    },
    evalscript=Path(__file__).with_name("max-ndvi.js"),
    description=f"Max NDVI, {pulumi.get_project()}",
    max_cost=config.require_float("maxCost"),  # nothing starts when the estimate is higher
)

pulumi.export("status", job.status)
pulumi.export("tiles", job.tiles)
pulumi.export("cost", job.cost)
pulumi.export("results", job.result_path)
