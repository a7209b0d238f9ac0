"""The table of BatchJob, which hands its inputs on to its parts; a change does what it does to the part."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ..fields import Change, Field
from ..kinds import FLAG, ID, Text
from ..outputs import Integer, Number, Output, by_name
from . import request, run

_REQUEST: Final = {field.name: field for field in request.FIELDS}
_RUN: Final = {field.name: field for field in run.FIELDS}

FIELDS: Final = (
    replace(_REQUEST["process_request"], required=True),
    _REQUEST["tiling_grid"],
    _REQUEST["features"],
    Field(
        "bucket",
        Change.REPLACE,
        Text("an OutputBucket or the name of a bucket"),
        "An OutputBucket or a bucket's name; one is made where absent, unless ``output`` or ``zarr_output`` "
        "name a path.",
    ),
    Field(
        "output",
        Change.REPLACE,
        _REQUEST["output"].kind,
        "Paths, COG and collection of GeoTIFF results; ``defaultTilePath`` is the bucket where absent.",
    ),
    Field(
        "zarr_output",
        Change.REPLACE,
        _REQUEST["zarr_output"].kind,
        "A Zarr result in place of GeoTIFFs; ``path`` is ``s3://<bucket>/<requestId>`` where absent.",
    ),
    Field(
        "collection",
        Change.REPLACE,
        ID,
        "The batch collection to write into, or its id; another one in its place is linked in place.",
    ),
    replace(
        _REQUEST["role_arn"],
        doc="ARN of the IAM role by which batch v2 comes to results and features on AWS; that of ``bucket`` "
        "where absent, if it makes one (``delivery_role``), else the configured keys are used.",
    ),
    _REQUEST["description"],
    Field(
        "force_destroy",
        Change.LOCAL,
        FLAG,
        "Whether destroy removes what is in the bucket that is made here.",
        default=False,
    ),
    replace(
        _RUN["until"],
        default="finished",
        doc=f"{_RUN['until'].doc} A job stands for its results, so it waits for them where nothing is said; "
        "a run, which may hold hundreds of requests, only starts them.",
    ),
    _RUN["max_cost"],
    _RUN["restart_partial"],
    _RUN["accept_partial"],
    Field(
        "on_delete",
        Change.LOCAL,
        _RUN["on_delete"].kind,
        'What destroy does with the remote request: ``"cancel"`` and delete it, or ``"leave"`` it as it is.',
        default="cancel",
    ),
)
OUTPUTS: Final = by_name(
    request.OUTPUTS["request_id"],
    Output("status", Text(), "Status that the run has brought it to."),
    Output("tiles", Integer("tiles"), "Number of tiles."),
    Output(
        "cost_estimate",
        Number("processing units"),
        "Estimate in processing units, after the batch discount.",
        optional=True,
    ),
    run.OUTPUTS["cost"],
    run.OUTPUTS["failed_tiles"],
    Output("bucket", Text(), "Name of the bucket.", optional=True),
    request.OUTPUTS["result_path"],
    Output(
        "collection_id",
        ID,
        "The batch collection that it writes into, be it one that it makes itself.",
        optional=True,
    ),
)
