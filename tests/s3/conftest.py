"""An S3 in this process for every test here."""

from tests.support.s3 import aws, buckets, cancel, clock, moto_url, other, s3, wire

__all__ = ["aws", "buckets", "cancel", "clock", "moto_url", "other", "s3", "wire"]
