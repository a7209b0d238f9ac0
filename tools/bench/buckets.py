"""Emptying a bucket of 20,000 objects, next to ``aws s3 rm --recursive`` of the AWS CLI in the same run.

``python -m tools.bench_buckets`` prints the figures. Both run in a process of their own against one more,
which serves moto behind the sandbox's S3 front. Their wall times are told as a ratio (the machine cancels
out), with their calls and with what the store itself computes meanwhile: nobody can be faster than that.

In a bucket with versioning ``aws s3 rm`` only hides each object behind a delete marker, while every version
is to go. So equal work is compared in a bucket without versioning, and the versions are told beside it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.support.clients import installed
from tests.support.sandbox import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

AWS_CLI = "awscli==1.46.2"
OBJECTS = 20_000
#: Versions of each object where there is versioning.
VERSIONS = 2
REGION = "eu-central-1"


class Store:
    """The store in its process.

    Attributes:
        environ: what its clients need to find it.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.environ: dict[str, str] = self._answer()

    def fill(self, bucket: str, *, versions: int = 0) -> None:
        """A bucket of ``OBJECTS`` objects, each with so many versions; 0: without versioning."""
        self._ask(do="fill", bucket=bucket, versions=versions)

    def tell(self) -> dict[str, float]:
        """Calls to S3 and CPU seconds so far."""
        return self._ask(do="tell")

    def left(self, bucket: str) -> int:
        """Versions and delete markers in a bucket."""
        return int(self._ask(do="left", bucket=bucket)["left"])

    def _ask(self, **request: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(request)}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        return dict(json.loads(self._process.stdout.readline()))


@contextmanager
def store() -> Iterator[Store]:
    """A store that ends with the block."""
    with subprocess.Popen(
        [sys.executable, "-m", __spec__.name, "serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=_environ({}),
        cwd=ROOT,
    ) as process:
        yield Store(process)
        assert process.stdin is not None
        process.stdin.close()


def measure() -> dict[str, float]:
    """All figures, in the order in which they are shown; times in seconds."""
    figures: dict[str, float] = {}
    aws = {"PYTHONPATH": str(installed(AWS_CLI))}
    with store() as there:
        for name, versions in (("objects", 0), ("versions", VERSIONS)):
            there.fill(f"ours-{name}", versions=versions)
            ours = [sys.executable, "-m", __spec__.name, "empty", f"ours-{name}"]
            seconds = _timed(there, ours, {}, figures, f"{name} emptied")
            assert there.left(f"ours-{name}") == 0

            there.fill(f"theirs-{name}", versions=versions)
            theirs = [sys.executable, "-m", "awscli", "s3", "rm", "--recursive", "--only-show-errors"]
            rm = _timed(there, [*theirs, f"s3://theirs-{name}"], aws, figures, f"{name} aws s3 rm")
            # every version is there still, and a marker more of each object
            assert there.left(f"theirs-{name}") == (OBJECTS * (versions + 1) if versions else 0)
            figures[f"{name} ratio"] = seconds / rm
    return figures


def _timed(
    there: Store, command: list[str], environ: Mapping[str, str], figures: dict[str, float], name: str
) -> float:
    before, begun = there.tell(), time.monotonic()
    subprocess.run(command, env=_environ({**there.environ, **environ}), cwd=ROOT, check=True)
    seconds, after = time.monotonic() - begun, there.tell()
    figures[f"{name}, s"] = seconds
    figures[f"{name}, calls"] = after["calls"] - before["calls"]
    figures[f"{name}, CPU of the store, s"] = after["cpu"] - before["cpu"]
    return seconds


def _environ(changes: Mapping[str, str]) -> dict[str, str]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    path = os.pathsep.join([str(ROOT / "provider"), str(ROOT)])
    return {**own, "PYTHONPATH": path, "AWS_EC2_METADATA_DISABLED": "true", **changes}


def serve() -> None:
    """Be the store: answer each line of the standard input by one line."""
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
                _fill(ends, request["bucket"], request["versions"])
                _say({})
            elif request["do"] == "left":
                _say(
                    {"left": sum(len(found) for _, found in _backend(request["bucket"])[1].keys.iterlists())}
                )
            else:
                calls = [entry for entry in sandbox.journal.entries() if entry["service"] == "s3"]
                _say({"calls": len(calls), "cpu": time.process_time()})


def _say(answer: Mapping[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


def _backend(bucket: str) -> tuple[Any, Any]:
    """A bucket, and the backend of moto that has it."""
    from moto.s3.models import s3_backends

    _, account = s3_backends.bucket_accounts[bucket]
    backend = s3_backends[account]["aws"]
    return backend, backend.buckets[bucket]


def _fill(ends: Mapping[str, Any], bucket: str, versions: int) -> None:
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
    for number in range(OBJECTS):
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


def main(arguments: list[str]) -> None:
    """Print the figures; or be one of the processes that are measured."""
    match arguments:
        case ["serve"]:
            serve()
        case ["empty", bucket]:
            empty(bucket)
        case _:
            for name, value in measure().items():
                print(f"{name:45}{value:12,.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
