"""An S3 in this process for every test here."""

import pytest

from pulumi_sentinelhub.s3.buckets import BucketClient
from tests.support.s3 import OURS, aws, buckets, cancel, clock, moto, other, s3, wire

__all__ = ["aws", "buckets", "cancel", "clock", "moto", "other", "s3", "wire"]


@pytest.fixture
def bucket(buckets: BucketClient) -> str:
    """A bucket of this declaration."""
    buckets.create("results", OURS)
    return "results"
