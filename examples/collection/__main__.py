"""Two ways to a batch collection, which Process API requests then read as ``batch-<id>``."""

from pathlib import Path

import pulumi

from pulumi_sentinelhub import BatchCollection, BatchRequest, BatchRun, OutputBucket
from pulumi_sentinelhub.types import Output

bucket = OutputBucket("results", force_destroy=True)
path = pulumi.Output.concat("s3://", bucket.bucket, "/ndvi")


def ndvi(name: str, bbox: list[float], output: Output) -> BatchRequest:
    """NDVI of a clear week, as single-band COGs."""
    return BatchRequest(
        name,
        process_request={
            "input": {
                "bounds": {"bbox": bbox},
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
        tiling_grid={"id": 0, "resolution": 10.0},
        output={"cogOutput": True, **output},
        description=f"NDVI of {name}",
    )


# Made empty first, then written into by several requests.
collection = BatchCollection("ndvi", name="NDVI of Corsica", bucket_name=bucket.bucket)
north = ndvi("north", [9.36, 42.84, 9.44, 42.9], {"defaultTilePath": path, "collectionId": collection.id})
south = ndvi("south", [9.14, 41.4, 9.22, 41.46], {"defaultTilePath": path, "collectionId": collection.id})

# Made by the request itself, named after its description, when the request is analysed.
centre = ndvi("centre", [9.12, 42.28, 9.18, 42.32], {"defaultTilePath": path, "createCollection": True})

run = BatchRun("ndvi", requests=[north, south, centre], until="finished")

# Adopted, so that it is described here, and deleted with the stack.
own_id = pulumi.Output.all(run.collection_ids, centre.id).apply(lambda known: known[0].get(known[1]))
of_centre = BatchCollection("centre", adopt_id=own_id, on_delete="delete")

pulumi.export("status", run.status)
pulumi.export("collection", collection.data_type)
pulumi.export("ofCentre", of_centre.data_type)
pulumi.export("bands", of_centre.bands)
