"""A BatchJob's parts, and what it shows of them."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_sentinelhub import BatchCollection, BatchJob, OutputBucket
from tests.resources.programs import GRID, REQUEST_INPUTS, WITH_SCRIPT, Program, job
from tests.support.notes import Notes


def test_a_job_makes_bucket_request_and_run(notes: Notes, program: Program) -> None:
    """Its parts are its children, in this order, and its outputs are theirs."""
    notes.outputs = {
        "OutputBucket": {"bucket": "made"},
        "BatchRun": {
            "results": [
                {"id": "another", "status": "FAILED", "tiles": {"FAILED": 1}},
                {
                    "id": "corsica-id",
                    "status": "DONE",
                    "tiles": {"PROCESSED": 68},
                    "failed_tiles": ["32TNM_1"],
                    "cost": 20.5,
                    "cost_estimate": 22.0,
                },
            ]
        },
        "BatchRequest": {"result_path": "s3://made/1"},
    }

    def body() -> Any:
        whole = job(force_destroy=True, max_cost=100)
        return {
            name: getattr(whole, name)
            for name in (
                *("request_id", "status", "tiles", "cost", "cost_estimate", "failed_tiles", "bucket"),
                "result_path",
            )
        }

    assert program(body) == {
        "request_id": "corsica-id",
        "status": "DONE",
        "tiles": 68,
        "cost": 20.5,
        "cost_estimate": 22.0,
        "failed_tiles": ["32TNM_1"],
        "bucket": "made",
        "result_path": "s3://made/1",
    }
    kinds = [args.typ.rpartition(":")[2] for args in notes.registered]
    assert kinds == ["BatchJob", "OutputBucket", "BatchRequest", "BatchRun"]
    assert notes.inputs("OutputBucket")["force_destroy"] is True
    assert notes.inputs("BatchRequest")["bucket_name"] == "made"
    run = notes.inputs("BatchRun")
    assert (run["requests"], run["until"], run["max_cost"]) == (["corsica-id"], "finished", 100)


def test_a_job_says_nothing_of_another_request(notes: Notes, program: Program) -> None:
    """What a run that was left out of the update says of an earlier request is not shown for this one."""
    notes.outputs = {
        "OutputBucket": {"bucket": "made"},
        "BatchRun": {"status": "DONE", "results": [{"id": "earlier", "status": "DONE", "cost": 9.0}]},
        "BatchRequest": {"status": "CREATED", "tile_count": 4},
    }

    def body() -> Any:
        whole = job()
        return {"status": whole.status, "tiles": whole.tiles, "cost": whole.cost}

    assert program(body) == {"status": "CREATED", "tiles": 4, "cost": None}


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        ({}, {"bucket_name": "b"}),
        ({"output": {"cogOutput": True}}, {"output": {"cogOutput": True, "defaultTilePath": "s3://b"}}),
        (
            {"zarr_output": {"group": {"zarr_format": 2}}},
            {"zarr_output": {"group": {"zarr_format": 2}, "path": "s3://b/<requestId>"}},
        ),
        (
            {"collection": "c"},
            {"output": {"cogOutput": True, "defaultTilePath": "s3://b", "collectionId": "c"}},
        ),
        ({"output": {"defaultTilePath": "s3://own/x"}}, {"output": {"defaultTilePath": "s3://own/x"}}),
    ],
)
def test_a_job_puts_its_results_into_the_given_bucket(
    notes: Notes, program: Program, arguments: dict[str, Any], place: dict[str, Any]
) -> None:
    """A path is filled in where the output family has none, and no bucket is made."""
    program(lambda: job(bucket="b", **arguments))
    inputs = notes.inputs("BatchRequest")
    assert {key: inputs.get(key) for key in place} == place
    families = {"bucket_name", "output", "zarr_output"}
    assert families & set(inputs) == set(place)
    assert not [args for args in notes.registered if args.typ.endswith("OutputBucket")]


def test_a_job_with_a_path_needs_no_bucket(notes: Notes, program: Program) -> None:
    """The path names it, and the bucket output is taken from the results' place."""
    notes.outputs["BatchRequest"] = {"result_path": "s3://own/x/1"}
    assert program(lambda: job(output={"defaultTilePath": "s3://own/x"}).bucket) == "own"
    assert not [args for args in notes.registered if args.typ.endswith("OutputBucket")]


def test_a_job_takes_a_bucket_resource_and_a_collection_resource(notes: Notes, program: Program) -> None:
    """Resources may be given as they are."""
    notes.outputs["OutputBucket"] = {"bucket": "made"}

    def body() -> None:
        bucket = OutputBucket("results")
        job(bucket=bucket, collection=BatchCollection("ndvi", bucket_name=bucket.bucket))

    program(body)
    assert notes.inputs("BatchRequest")["output"] == {
        "cogOutput": True,
        "defaultTilePath": "s3://made",
        "collectionId": "ndvi-id",
    }


def test_a_job_from_a_payload(notes: Notes, program: Program) -> None:
    """The payload's bucket is used unless another one is given."""
    payload = {"processRequest": WITH_SCRIPT, "tilingGrid": GRID, "bucketName": "b"}
    program(lambda: BatchJob.from_payload("corsica", payload))
    assert notes.inputs("BatchRequest") == {**REQUEST_INPUTS, "on_delete": "cancel"}
