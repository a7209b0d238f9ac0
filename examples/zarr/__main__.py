"""Maximum NDVI over Corsica and the bands that it came from, as the arrays of one Zarr group."""

from pathlib import Path

import pulumi

from pulumi_sentinelhub import BatchRequest, BatchRun, OutputBucket

bucket = OutputBucket("results", force_destroy=True)

# The payload of Sentinel Hub's own documentation. Zarr needs a grid of a single CRS, here LAEA 100 km.
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
            "output": {
                "responses": [
                    {"identifier": "band08", "format": {"type": "zarr/array"}},
                    {"identifier": "band04", "format": {"type": "zarr/array"}},
                    {"identifier": "maxNDVI", "format": {"type": "zarr/array"}},
                ]
            },
        },
        "tilingGrid": {"id": 6, "resolution": 100.0},
        "zarrOutput": {
            "path": pulumi.Output.concat("s3://", bucket.bucket, "/<requestId>"),
            "group": {"zarr_format": 2},
            "arrayParameters": {"dtype": "<u2", "order": "C", "chunks": [1, 1000, 1000], "fill_value": 0},
            "arrayOverrides": {"maxNDVI": {"dtype": "<f4", "fill_value": "NaN"}},
        },
        "description": "Max NDVI over Corsica with Zarr format output",
    },
    evalscript=Path(__file__).with_name("max-ndvi.js"),
)

run = BatchRun("max-ndvi", requests=request, until="finished")

pulumi.export("status", run.status)
pulumi.export("requestId", request.id)
pulumi.export("tiles", run.tiles)
pulumi.export("costEstimate", run.cost_estimate)
pulumi.export("zarr", request.result_path)
pulumi.export("lookAtIt", pulumi.Output.concat('zarr.open_group("', request.result_path, '", mode="r")'))
