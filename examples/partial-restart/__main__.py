"""A job whose failed tiles are run again, twice at most.

The tiles that came out are not computed a second time.
"""

from pathlib import Path

import pulumi

from pulumi_sentinelhub import BatchRequest, BatchRun, OutputBucket

bucket = OutputBucket("results", force_destroy=True)

request = BatchRequest(
    "ndvi",
    process_request={
        "input": {
            "bounds": {"bbox": [8.7, 41.9, 9.1, 42.2]},
            "data": [
                {
                    "type": "sentinel-2-l2a",
                    "dataFilter": {
                        "timeRange": {"from": "2019-06-10T00:00:00Z", "to": "2019-06-20T00:00:00Z"}
                    },
                }
            ],
        },
        "output": {"responses": [{"identifier": "ndvi", "format": {"type": "image/tiff"}}]},
    },
    evalscript=Path(__file__).with_name("ndvi.js"),
    tiling_grid={"id": 0, "resolution": 60.0},
    bucket_name=bucket.bucket,
    description="NDVI, whatever it takes",
)

run = BatchRun("ndvi", requests=request, until="finished", restart_partial=2)

pulumi.export("status", run.status)
pulumi.export("tilesByStatus", run.tiles_by_status)
pulumi.export("failedTiles", run.failed_tiles)
pulumi.export("restarts", run.results.apply(lambda results: results[0].get("restarts", 0)))
