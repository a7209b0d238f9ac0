"""The table of BatchRequest."""

from __future__ import annotations

from typing import Final

from ..fields import Change, Field
from ..kinds import FLAG, ID, JSON, Text, Word
from ..outputs import Integer, Number, Output, by_name
from .common import ACCOUNT, API_VERSION, DECLARATION, DEPLOYMENT, SERVICE

#: Values of ``missing``: what is known of a request that cannot be seen, and was not seen to end.
MAY_RUN: Final = "may run"
NEVER_RAN: Final = "never ran"

FIELDS: Final = (
    Field(
        "process_request",
        Change.REPLACE,
        JSON,
        "What to compute, in the API's own JSON shape: input, output, evalscript; or a "
        "``SentinelHubRequest`` of sentinelhub-py. The area may be anything with ``__geo_interface__``, or "
        "the path of a GeoJSON file.",
        filled=True,
    ),
    Field(
        "tiling_grid",
        Change.REPLACE,
        JSON,
        "Tiling grid and resolution (metres or degrees): id, resolution, bufferX, bufferY (pixels); exactly "
        "one of ``tiling_grid`` and ``features`` is needed.",
    ),
    Field(
        "features",
        Change.REPLACE,
        JSON,
        "A GeoPackage whose features are processed in place of a grid's tiles, with batch v2: where it is "
        "(``s3.url``), and size (pixels) or resolution for features that have none (``defaults``); such as "
        "``Features(…).features``.",
    ),
    Field(
        "bucket_name",
        Change.REPLACE,
        Text(empty=True),
        "Bucket for GeoTIFF results at the default paths; exactly one of ``bucket_name``, ``output`` and "
        "``zarr_output`` is needed.",
    ),
    Field(
        "output",
        Change.REPLACE,
        JSON,
        "Paths, COG and collection of GeoTIFF results; its collectionId alone can be changed in place.",
    ),
    Field("zarr_output", Change.REPLACE, JSON, "Path and arrays of a Zarr result."),
    Field(
        "role_arn",
        Change.REPLACE,
        Text(empty=True),
        "ARN of the IAM role by which batch v2 comes to results and features on AWS, such as "
        "``OutputBucket(…).role_arn``; the configured keys are used where absent, and v1 takes no notice.",
    ),
    Field(
        "description",
        Change.IN_PLACE,
        Text(empty=True),
        "Free text to recognise the request by; names a created collection.",
    ),
    Field(
        "adopt_id",
        Change.REPLACE,
        ID,
        "Id of an existing batch request to take over instead of making one; like an import: once it is "
        "done, it may be taken out again.",
    ),
    Field(
        "on_delete",
        Change.LOCAL,
        Word(("cancel", "leave")),
        'What destroy does with the remote request: ``"cancel"`` and delete it, or ``"leave"`` it as it is; '
        "where absent, one that was made here is cancelled, an adopted one is left.",
        filled=True,
    ),
    DEPLOYMENT,
    DECLARATION,
    Field(
        "api_version",
        Change.HIDDEN,
        Text(),
        "The generation of the batch API that it is checked for: the configured one, or where it lives.",
        internal=True,
    ),
    Field(
        "result_path",
        Change.HIDDEN,
        Text(),
        "Where the results will be, before the request has an id; what is secret in it stays secret.",
        internal=True,
    ),
)
OUTPUTS: Final = by_name(
    Output("request_id", ID, "Id of the batch request."),
    API_VERSION,
    Output("status", Text(), "Status as last read, in the service's words; a refresh reads it again."),
    Output("user_action", Text(), "The latest action: NONE, ANALYSE, START or CANCEL.", optional=True),
    Output("user_action_updated", Text(), "When that was, ISO 8601.", optional=True),
    Output("created", Text(), "When the request was made, ISO 8601.", optional=True),
    Output(
        "value_estimate",
        Number("processing units"),
        "The service's estimate in processing units, before the batch discount; known after analysis.",
        optional=True,
    ),
    Output(
        "tile_count",
        Integer("tiles"),
        "Number of tiles: estimated at first, exact after analysis.",
        optional=True,
    ),
    Output("tile_width_px", Integer("pixels"), "Width of a tile in pixels, without buffers.", optional=True),
    Output(
        "tile_height_px", Integer("pixels"), "Height of a tile in pixels, without buffers.", optional=True
    ),
    Output("error", Text(), "The service's words where the request failed.", optional=True),
    Output("collection_id", ID, "The batch collection that it writes into.", optional=True),
    Output(
        "data_type",
        Text(),
        "What a Process API request names to read that collection: ``batch-<id>``.",
        optional=True,
    ),
    Output("result_path", Text(), "Where the results are: ``s3://bucket/prefix``."),
    Output("expired", FLAG, "Whether the service has removed the request after it ran."),
    Output(
        "missing",
        Word((MAY_RUN, NEVER_RAN)),
        "Set where a refresh did not find the request and nobody saw its job end: ``may run`` or ``never "
        "ran``.",
        optional=True,
    ),
    Output("adopted", FLAG, "Whether it was taken over by ``adopt_id``."),
    SERVICE,
    ACCOUNT,
)
