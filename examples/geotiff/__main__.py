"""Maximum NDVI over Corsica, April to June 2019, as one GeoTIFF a tile."""

from pathlib import Path

import pulumi

from pulumi_sentinelhub import BatchRequest, BatchRun, OutputBucket

# The bucket that results land in, with the policy that lets Sentinel Hub write. With force_destroy,
# `pulumi destroy` removes the results, too.
bucket = OutputBucket("results", force_destroy=True)

# What is to be computed: the payload of Sentinel Hub's own documentation. Creating it costs nothing.
request = BatchRequest.from_payload(
    "max-ndvi",
    {
        "processRequest": {
            "input": {
                "bounds": {
                    "bbox": [8.44, 41.31, 9.66, 43.1],
                    "properties": {"crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"},
                },
                "data": [
                    {
                        "dataFilter": {
                            "timeRange": {"from": "2019-04-01T00:00:00Z", "to": "2019-06-30T00:00:00Z"},
                            "maxCloudCoverage": 70.0,
                        },
                        "type": "sentinel-2-l2a",
                    }
                ],
            },
            "output": {"responses": [{"identifier": "default", "format": {"type": "image/tiff"}}]},
        },
        "tilingGrid": {"id": 0, "resolution": 60.0},
        "bucketName": bucket.bucket,
        "description": "Max NDVI over Corsica",
    },
    evalscript=Path(__file__).with_name("max-ndvi.js"),
)

# The desired outcome: all tiles processed. It is this resource that starts the job, waits and costs.
run = BatchRun("max-ndvi", requests=request, until="finished")

pulumi.export("status", run.status)
pulumi.export("requestId", request.id)
pulumi.export("tiles", run.tiles)
pulumi.export("costEstimate", run.cost_estimate)
pulumi.export("bucket", bucket.bucket)
pulumi.export("resultPath", request.result_path)
