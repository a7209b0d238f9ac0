"""The processes of the buckets' measurement: the store, and those that empty a bucket in it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

REGION = "eu-central-1"


def serve() -> None:
    """Be the store, moto behind the sandbox's S3 front: answer each line of the standard input by one."""
    from sentinelhub_sandbox import Sandbox, SandboxOptions

    with Sandbox(SandboxOptions(render=False)) as sandbox:
        ends = sandbox.endpoints
        _say(
            {
                "AWS_ENDPOINT_URL": ends["aws_endpoint_url"],
                "AWS_ACCESS_KEY_ID": ends["aws_access_key_id"],
                "AWS_SECRET_ACCESS_KEY": ends["aws_secret_access_key"],
                "AWS_DEFAULT_REGION": REGION,
            }
        )
        for line in sys.stdin:
            request = json.loads(line)
            if request["do"] == "fill":
                _fill(ends, request["bucket"], request["objects"], request["versions"])
                _say({})
            elif request["do"] == "left":
                keys = _backend(request["bucket"])[1].keys
                _say({"left": sum(len(found) for _, found in keys.iterlists())})
            else:
                _say({"calls": sum(entry["service"] == "s3" for entry in sandbox.journal.entries())})


def _say(answer: Mapping[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


def _backend(bucket: str) -> tuple[Any, Any]:
    """A bucket, and the backend of moto that has it."""
    from moto.s3.models import s3_backends

    _, account = s3_backends.bucket_accounts[bucket]
    backend = s3_backends[account]["aws"]
    return backend, backend.buckets[bucket]


def _fill(ends: Mapping[str, Any], bucket: str, objects: int, versions: int) -> None:
    """Make a bucket as a client would, and put objects into moto directly: there are many."""
    import boto3

    any_client: Any = boto3.client  # its stubs have an overload a service
    client = any_client(
        "s3",
        endpoint_url=ends["aws_endpoint_url"],
        aws_access_key_id=ends["aws_access_key_id"],
        aws_secret_access_key=ends["aws_secret_access_key"],
        region_name=REGION,
    )
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    if versions:
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    backend, _ = _backend(bucket)
    for number in range(objects):
        for version in range(max(1, versions)):
            backend.put_object(bucket, f"results/{number:05}.tif", b"%d" % version, disable_notification=True)


def empty(bucket: str) -> None:
    """Empty a bucket as a destroy with ``force_destroy`` does."""
    from pulumi_sentinelhub.config.deployments import DEPLOYMENTS
    from pulumi_sentinelhub.s3.client import S3Clients
    from pulumi_sentinelhub.s3.emptying import Emptying
    from pulumi_sentinelhub.waiting.clock import SystemClock
    from pulumi_sentinelhub.waiting.patience import Patience

    s3 = S3Clients(DEPLOYMENTS["aws-eu-central-1"]).client(REGION)
    Emptying(s3, {"Bucket": bucket}, Patience(SystemClock()), lambda _: None).run()


def boto3(bucket: str) -> None:
    """Empty a bucket as boto3's guide does."""
    import boto3

    boto3.resource("s3").Bucket(bucket).object_versions.delete()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve"]:
            serve()
        case ["empty", name]:
            empty(name)
        case ["boto3", name]:
            boto3(name)
