"""A dozen areas, one run, one budget.

Nothing is started before the estimates of all are known to fit into it.
"""

from pathlib import Path

import pulumi

from pulumi_sentinelhub import BatchRequest, BatchRun, OutputBucket

# lower left corners, degrees; each area is a tenth of a degree wide and high
AREAS = {
    "ajaccio": (8.70, 41.90),
    "aleria": (9.48, 42.08),
    "bastia": (9.40, 42.66),
    "bonifacio": (9.12, 41.36),
    "calvi": (8.72, 42.52),
    "corte": (9.12, 42.28),
    "ghisonaccia": (9.38, 41.98),
    "porto": (8.66, 42.24),
    "porto-vecchio": (9.24, 41.56),
    "propriano": (8.86, 41.64),
    "saint-florent": (9.26, 42.64),
    "sartene": (8.94, 41.58),
}

bucket = OutputBucket("results", force_destroy=True)

requests = [
    BatchRequest(
        name,
        process_request={
            "input": {
                "bounds": {"bbox": [west, south, round(west + 0.1, 2), round(south + 0.1, 2)]},
                "data": [
                    {
                        "type": "sentinel-2-l2a",
                        "dataFilter": {
                            "timeRange": {"from": "2019-06-01T00:00:00Z", "to": "2019-06-30T00:00:00Z"},
                            "mosaickingOrder": "leastCC",
                        },
                    }
                ],
            },
            "output": {"responses": [{"identifier": "default", "format": {"type": "image/tiff"}}]},
        },
        evalscript=Path(__file__).with_name("true-color.js"),
        tiling_grid={"id": 0, "resolution": 60.0},
        bucket_name=bucket.bucket,
        description=f"True colour of {name}",
    )
    for name, (west, south) in AREAS.items()
]

# One waiter and one poll for all of them. The budget is in processing units, for the sum of all requests,
# of which each costs 100 at least.
run = BatchRun(
    "true-colour",
    requests=requests,
    until="finished",
    max_cost=pulumi.Config().get_float("maxCost") or 1500,
)

pulumi.export("status", run.status)
pulumi.export("statuses", run.statuses)
pulumi.export("costEstimate", run.cost_estimate)
pulumi.export("cost", run.cost)
