"""What tests put into buckets behind the back of the client, and read there."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from pulumi_sentinelhub.s3.policy import OWN_SIDS
from tests.support.s3 import Wire

FOREIGN = {
    "Sid": "Theirs",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::results/*",
}


def policy_of(client: Any, bucket: str = "results") -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = json.loads(client.get_bucket_policy(Bucket=bucket)["Policy"])[
        "Statement"
    ]
    return statements


def put_policy(client: Any, *statements: dict[str, Any]) -> None:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    client.put_bucket_policy(Bucket="results", Policy=json.dumps(document))


def tags_of(client: Any, bucket: str = "results") -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in client.get_bucket_tagging(Bucket=bucket)["TagSet"]}


def leave_marker(client: Any, bucket: str, *, with_version: bool = False) -> None:
    """Leave nothing but a delete marker, and the version that it hides."""
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = client.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    client.delete_object(Bucket=bucket, Key="k")
    if not with_version:
        client.delete_object(Bucket=bucket, Key="k", VersionId=version)


def make_elsewhere(bucket: str) -> None:
    """A bucket in another region."""
    client = boto3.client("s3", region_name="us-west-2")
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})


def put_tags(client: Any, bucket: str, **tags: str) -> None:
    client.put_bucket_tagging(
        Bucket=bucket, Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]}
    )


def furnish(client: Any, wire: Wire, what: str) -> None:
    """Make something of the bucket that no create of ours leaves behind."""
    made = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets["results"]
    if what == "object":
        client.put_object(Bucket="results", Key="k", Body=b"1")
    elif what == "marker":
        leave_marker(client, "results")
    elif what == "upload":
        client.create_multipart_upload(Bucket="results", Key="k")
    elif what == "versioning":
        client.put_bucket_versioning(Bucket="results", VersioningConfiguration={"Status": "Suspended"})
    elif what == "rules":
        rule = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 3}}
        client.put_bucket_lifecycle_configuration(Bucket="results", LifecycleConfiguration={"Rules": [rule]})
    elif what.startswith("policy"):
        put_policy(client, {**FOREIGN, "Sid": min(OWN_SIDS)} if "our id" in what else FOREIGN)
    elif what.endswith("old"):
        made.creation_date -= timedelta(days=60) if "very" in what else timedelta(minutes=61)
    elif what == "age unknown":
        wire.fail("ListBuckets", "AccessDenied", 403)
    elif what == "not listed":
        wire.before("ListBuckets", answered({"Buckets": []}))
    else:
        (there,) = client.list_buckets()["Buckets"]
        wire.before("ListBuckets", answered({"Buckets": [there]}))


def answered(body: dict[str, Any]) -> Any:
    """An answer with status 200."""
    return lambda: (
        type("Response", (), {"status_code": 200, "headers": {}})(),
        {**body, "ResponseMetadata": {}},
    )
