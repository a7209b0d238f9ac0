"""Results in a bucket that someone else has made, with a policy that lets Sentinel Hub write.

``pulumi config set bucket <name>`` first. What the job writes stays there when the stack is destroyed.
"""

from pathlib import Path

import pulumi

from pulumi_sentinelhub import BatchJob

job = BatchJob(
    "bonifacio",
    bucket=pulumi.Config().require("bucket"),
    process_request={
        "input": {
            "bounds": {"bbox": [9.12, 41.36, 9.22, 41.46]},
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
    description="NDVI of Bonifacio",
)

pulumi.export("status", job.status)
pulumi.export("resultPath", job.result_path)
