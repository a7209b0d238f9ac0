"""What makes a bucket's name, wherever one is given."""

from __future__ import annotations

import pytest

from pulumi_sentinelhub.preview.checks.check import check_request
from pulumi_sentinelhub.s3.names import bucket_mistake, new_bucket_mistake, parts_of
from tests.support import requests

WRONG = ("ab", "a" * 64, "Results", "a_b", "a..b", "-ab", "10.0.0.1", "<MyBucket>")


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_name_is_wrong_everywhere(name: str) -> None:
    """A bucket to be made, a request's bucket and the bucket of a URL are refused for the same reason."""
    mistake = bucket_mistake(name)
    assert mistake is not None
    assert new_bucket_mistake(name) == mistake
    by_name = check_request({**requests.geotiff(), "bucket_name": name})
    by_url = {
        **requests.collection(),
        "output": {"defaultTilePath": f"s3://{name}/<requestId>/<tileName>.tif"},
    }
    assert [(finding.reason, finding.fix) for finding in by_name] == [tuple(mistake)]
    assert f"names the bucket wrongly: it {mistake.reason}" in [f.reason for f in check_request(by_url)]


@pytest.mark.parametrize("name", ["abc", "a" * 63, "a.b-c", "1ab", "amzn-s3-demo-results", "mybucket"])
def test_a_right_name(name: str) -> None:
    """Names that S3 knows buckets by."""
    assert bucket_mistake(name) is None


def test_reserved_names_are_only_refused_to_be_made() -> None:
    """What S3 keeps for itself can be written to, but nobody can make it."""
    assert new_bucket_mistake("amzn-s3-demo-results") is not None
    assert new_bucket_mistake("results-s3alias") is not None


def test_a_path_is_no_name() -> None:
    """The way out names the input that takes a path, where there is one."""
    mistake = bucket_mistake("results/ndvi")
    assert mistake is not None
    assert mistake.fix == "give the bucket alone, without a path"
    (finding,) = check_request({**requests.geotiff(), "bucket_name": "results/ndvi"})
    assert finding.fix == "give the bucket alone; a path belongs in output.defaultTilePath"


def test_the_parts_of_a_url() -> None:
    """Bucket and key as they stand; no other scheme."""
    assert parts_of("s3://results/a/<tileName>.tif") == ("results", "a/<tileName>.tif")
    assert parts_of("s3://results") == ("results", "")
    assert parts_of("gs://results/a") is None
    assert parts_of("results/a") is None
