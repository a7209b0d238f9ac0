"""The greatest NDVI of an area and a time range, as one cloud-optimised GeoTIFF a tile."""

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
        "output": {"responses": [{"identifier": "ndvi", "format": {"type": "image/tiff"}}]},
    },
    tiling_grid={"id": 1, "resolution": 10.0},  # tiles of 10 km in UTM, pixels of 10 m
    output={"cogOutput": True},
    evalscript=Path(__file__).with_name("max-ndvi.js"),
    description=f"Max NDVI, {pulumi.get_project()}",
    max_cost=config.require_float("maxCost"),  # nothing starts when the estimate is higher
)

pulumi.export("status", job.status)
pulumi.export("tiles", job.tiles)
pulumi.export("cost", job.cost)
pulumi.export("results", job.result_path)
