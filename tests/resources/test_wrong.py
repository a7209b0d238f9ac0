"""Arguments that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from pulumi_sentinelhub import BatchCollection, BatchJob, BatchRequest, BatchRun, OutputBucket
from tests.resources.programs import PROCESS_REQUEST, Program, job, request
from tests.support.notes import Notes

# the same without the types, which a type checker would hold up
run: Any = BatchRun
bucket: Any = OutputBucket
collection: Any = BatchCollection
batch_request: Any = BatchRequest
from_payload: Any = BatchRequest.from_payload
job_from_payload: Any = BatchJob.from_payload

WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: BatchRequest("r"), r'BatchRequest\("r"\) needs process_request \(or adopt_id\)'),
    (
        lambda: batch_request("r", process_request={}),
        r"needs exactly one of tiling_grid and features, but has neither",
    ),
    (
        lambda: batch_request("r", process_request={}, tiling_grid={}, features={}),
        r"needs exactly one of tiling_grid and features, but has both",
    ),
    (lambda: request(role_arn=3), r"role_arn must be a string"),
    (lambda: job(bucket="b", features={}), r"exactly one of tiling_grid and features, but has both"),
    (lambda: request(process_request=["x"]), r"process_request must be a dictionary .* it is a list"),
    (lambda: request(tiling_grid=0), r"tiling_grid must be a dictionary"),
    (lambda: request(output="s3://b"), r"output must be a dictionary"),
    (lambda: request(bucket_name=5), r"bucket_name must be a string, but it is the number 5"),
    (lambda: request(evalscript="//VERSION=3"), r"has an evalscript twice"),
    (lambda: request(process_request=PROCESS_REQUEST, evalscript="gone.js"), r"gone\.js cannot be read"),
    (lambda: request(process_request=PROCESS_REQUEST, evalscript=3), r"must be the evalscript's text or"),
    (
        lambda: BatchRequest("r", adopt_id="a", evalscript="//VERSION=3"),
        r"evalscript has no process_request to go into",
    ),
    (lambda: from_payload("r", ["x"]), r"needs a dictionary, but the payload is of type list"),
    (lambda: run("r", requests=3), r"requests must be BatchRequests or their ids.* type int"),
    (lambda: run("r", requests=None), r"requests must be BatchRequests or their ids, but it is missing"),
    (lambda: run("r", requests=[3]), r"requests must hold BatchRequests or their ids"),
    (
        lambda: run("r", requests="a", until=3),
        r"until must be one of analysed, started, finished.*, but it is the number 3",
    ),
    (
        lambda: run("r", requests="a", max_cost=True),
        r"max_cost must be a positive number of processing units, but it is true",
    ),
    (lambda: run("r", requests="a", accept_partial="no"), r"accept_partial must be True or False"),
    (
        lambda: run(
            "r",
            requests="a",
            opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="soon")),
        ),
        r'custom_timeouts.create must be a duration such as "7m" or "1h30m", but it is \'soon\'',
    ),
    (lambda: bucket("b", tags=["x"]), r"tags must be a dictionary"),
    (
        lambda: bucket("b", expire_days="30"),
        r"expire_days must be a whole number of days from 1 to .*, but it is \"30\"",
    ),
    (lambda: collection("c", name=1), r"name must be a string"),
    (lambda: job(bucket="b", force_destroy=True), r"force_destroy is for a bucket that is made here"),
    (lambda: job(bucket="b", zarr_output={}, output={}), r"zarr_output, which goes with neither"),
    (
        lambda: job(bucket="b", output=pulumi.Output.from_input({}), collection="c"),
        r"put the collection into output as collectionId",
    ),
    (lambda: job_from_payload("j", {"bucketName": "b"}), r"lacks processRequest"),
    (lambda: job_from_payload("j", 3), r"needs a dictionary, but the payload is of type int"),
]


def test_a_request_that_is_named_twice(notes: Notes, program: Program) -> None:
    """It is refused when no id is known yet, too, so that a preview tells it."""

    def twice() -> None:
        one = request()
        run("r", requests=[one, "a", one])

    with pytest.raises(
        pulumi.RunError, match=r'once, but it names BatchRequest\("max-ndvi"\) more than once'
    ):
        program(twice)
    assert [args.name for args in notes.registered] == ["max-ndvi"]


@pytest.mark.parametrize(("wrong", "message"), WRONG)
def test_a_wrong_argument_is_one_clear_line(
    notes: Notes, program: Program, wrong: Callable[[], Any], message: str
) -> None:
    """It is refused before anything is registered, as a RunError, which Pulumi shows without a traceback."""
    with pytest.raises(pulumi.RunError, match=message):
        program(wrong)
    assert not [args for args in notes.registered if not args.typ.endswith("BatchJob")]
