"""What programs for batch v2 say: features in place of a grid, and the role by which files are reached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from pulumi_sentinelhub import BatchJob, BatchRequest, Features, OutputBucket
from pulumi_sentinelhub.types import FeatureInput
from tests.support import requests
from tests.support.bad_inputs.v2 import ROLE
from tests.support.inputs import AREAS
from tests.support.notes import Notes

Program = Callable[[Callable[[], Any]], Any]
PROCESS = requests.geotiff()["process_request"]


def test_features_travel_as_a_file(notes: Notes, program: Program) -> None:
    """The state gets where the file is and a hash, not what is in it; the key holds the hash."""
    program(lambda: Features("areas", source=AREAS, bucket="results", defaults={"resolution": 10}))
    given = notes.inputs("Features")
    content_hash = given["content_hash"]
    assert given["url"] == f"s3://results/features/areas-{content_hash[:12]}.gpkg"
    assert given["features"] == {"s3": {"url": given["url"]}, "defaults": {"resolution": 10}}
    assert given["key"] == "features/areas.gpkg"
    assert given["file"].endswith(".gpkg")
    assert "coordinates" not in str(given)


@pytest.mark.parametrize(
    ("key", "start", "end"),
    [("fields", "s3://results/fields-", ".gpkg"), ("/a/b.c/d.gpkg", "s3://results/a/b.c/d-", ".gpkg")],
)
def test_the_hash_stands_before_the_ending(
    notes: Notes, program: Program, key: str, start: str, end: str
) -> None:
    """Whatever key is given."""
    program(lambda: Features("areas", source=AREAS, bucket="results", key=key))
    url = notes.inputs("Features")["url"]
    assert url.startswith(start)
    assert url.endswith(end)
    assert len(url) == len(start) + 12 + len(end)


def test_features_go_from_a_bucket_to_a_request(notes: Notes, program: Program) -> None:
    """As Outputs: bucket, file, request."""
    notes.outputs["OutputBucket"] = {"bucket": "made-1", "role_arn": ROLE}

    def declare() -> None:
        bucket = OutputBucket("results", delivery_role=True)
        areas = Features("areas", source=AREAS, bucket=bucket)
        BatchRequest(
            "ndvi",
            process_request=PROCESS,
            features=areas.features,
            bucket_name=bucket.bucket,
            role_arn=bucket.role_arn,
        )

    program(declare)
    given = notes.inputs("BatchRequest")
    assert given["features"] == {"s3": {"url": notes.inputs("Features")["url"]}}
    assert given["features"]["s3"]["url"].startswith("s3://made-1/features/areas-")
    assert given["role_arn"] == ROLE
    assert "tiling_grid" not in given


def job(bucket: Callable[[], Any], **more: Any) -> Callable[[], None]:
    def declare() -> None:
        features: FeatureInput = {"s3": {"url": "s3://results/areas.gpkg"}}
        BatchJob("ndvi", process_request=PROCESS, features=features, bucket=bucket(), **more)

    return declare


@pytest.mark.parametrize(
    ("declares", "more", "expected"),
    [
        ({"delivery_role": True}, {}, ROLE),
        ({"delivery_role": True}, {"role_arn": "mine"}, "mine"),
        ({}, {}, None),
        ({}, {"role_arn": "mine"}, "mine"),
    ],
)
def test_a_job_uses_the_role_of_its_bucket(
    notes: Notes, program: Program, declares: dict[str, Any], more: dict[str, Any], expected: str | None
) -> None:
    """Where the bucket makes one, and the program names no other."""
    notes.outputs["OutputBucket"] = {"bucket": "made-1", "role_arn": ROLE}
    program(job(lambda: OutputBucket("results", **declares), **more))
    given = notes.inputs("BatchRequest")
    assert given.get("role_arn") == expected
    assert given["features"] == {"s3": {"url": "s3://results/areas.gpkg"}}


def test_a_source_that_comes_later_is_refused(notes: Notes) -> None:
    """What is to be written has to be known; the line says where it is not."""
    later = {**AREAS, "features": pulumi.Output.from_input([])}
    with pytest.raises(pulumi.RunError, match=r'Features\("areas"\)\.source\.features'):
        Features("areas", source=later, bucket="results")
