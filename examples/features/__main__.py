"""Maximum NDVI of areas of one's own, one GeoTIFF an area, on version 2 of the batch API.

Needs `pulumi config set sentinelhub:apiVersion v2`, and keys or a role that open the bucket to the service.
"""

from pathlib import Path

import pulumi

from pulumi_sentinelhub import BatchRequest, BatchRun, Features, OutputBucket

# Two valleys of Corsica. A path to a GeoPackage, or anything with __geo_interface__, will do as well.
AREAS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"identifier": "asco"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[8.98, 42.43], [9.05, 42.43], [9.05, 42.48], [8.98, 42.48], [8.98, 42.43]]],
            },
        },
        {
            "type": "Feature",
            "properties": {"identifier": "tavignano"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[9.1, 42.25], [9.18, 42.25], [9.18, 42.31], [9.1, 42.31], [9.1, 42.25]]],
            },
        },
    ],
}

bucket = OutputBucket("results", force_destroy=True)

# The GeoPackage's key holds a hash of its content: other areas make another request.
areas = Features("valleys", source=AREAS, bucket=bucket, defaults={"resolution": 0.0005})

request = BatchRequest(
    "max-ndvi",
    process_request={
        "input": {
            "data": [
                {
                    "type": "sentinel-2-l2a",
                    "dataFilter": {
                        "timeRange": {"from": "2019-06-01T00:00:00Z", "to": "2019-06-30T00:00:00Z"},
                        "maxCloudCoverage": 70.0,
                    },
                }
            ]
        },
        "output": {"responses": [{"identifier": "default", "format": {"type": "image/tiff"}}]},
    },
    features=areas.features,
    output={"defaultTilePath": pulumi.Output.concat("s3://", bucket.bucket, "/<requestId>/<tileName>.tif")},
    description="Max NDVI of two valleys",
    evalscript=Path(__file__).with_name("max-ndvi.js"),
)

run = BatchRun("max-ndvi", requests=request, until="finished")

pulumi.export("status", run.status)
pulumi.export("areas", run.tiles)
pulumi.export("bucket", bucket.bucket)
pulumi.export("resultPath", request.result_path)
