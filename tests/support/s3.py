"""A real S3 interface in this process, and the real boto3 against it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket, S3Backend
from moto.server import ThreadedMotoServer

from pulumi_sentinelhub.config.deployments import DEPLOYMENTS
from pulumi_sentinelhub.s3.buckets import BucketClient
from pulumi_sentinelhub.s3.client import S3Clients
from pulumi_sentinelhub.waiting.patience import Patience
from tests.support.clock import HandClock
from tests.support.killed import Killed

DEPLOYMENT = DEPLOYMENTS["aws-eu-central-1"]
REGION = DEPLOYMENT.bucket_region
ACCESS_KEY = "AKIACANARY0CANARY123"
SECRET_KEY = "canary/secret+canary"
OURS = "0123456789abcdef0123"


class Wire:
    """Every call that one client makes, and what a test makes of it, at botocore's own hooks."""

    def __init__(self, s3: Any) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._lives: int | None = None
        self._before: dict[str, list[Callable[[], Any]]] = {}
        s3.meta.events.register("provide-client-params.s3", self._record)
        s3.meta.events.register("before-call.s3", self._answer)

    def names(self) -> list[str]:
        """Operations called, in order."""
        return [name for name, _ in self.calls]

    def writes(self) -> list[str]:
        """Those that change something."""
        return [name for name in self.names() if not name.startswith(("Get", "Head", "List"))]

    def before(self, operation: str, *actions: Callable[[], Any]) -> None:
        """Run one action before each of the next calls; what it returns, if anything, is the answer."""
        self._before.setdefault(operation, []).extend(actions)

    def fail(self, operation: str, code: str, status: int = 400, message: str = "no", times: int = 1) -> None:
        """Let the next calls of an operation be answered with an S3 error."""
        answer = (_Response(status), {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {}})
        self.before(operation, *[lambda: answer] * times)

    def kill_at(self, number: int | None) -> None:
        """Die in place of one of the calls to come, counted from 0; None: of none."""
        self._lives = number

    def _record(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.calls.append((model.name, dict(params)))

    def _answer(self, model: Any, **_: Any) -> Any:
        if self._lives is not None:
            self._lives -= 1
            if self._lives < 0:
                raise Killed
        waiting = self._before.get(model.name)
        return waiting.pop(0)() if waiting else None


@dataclass
class _Response:
    status_code: int
    headers: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def _deleted_with_its_tags(delete_bucket: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    """Moto gives the tags of a deleted bucket to the next one of its name."""

    def delete(backend: Any, name: str) -> Any:
        arn = backend.get_bucket(name).arn
        deleted = delete_bucket(backend, name)
        if deleted:
            backend.tagger.delete_all_tags_for_resource(arn)
        return deleted

    return delete


@pytest.fixture
def aws(moto_url: str, monkeypatch: pytest.MonkeyPatch, no_foreign_settings: None) -> Iterator[str]:
    """The environment of a user of that S3, which is empty, and leaves nothing to other tests' sandboxes."""
    _empty(moto_url)
    # moto applies Deny statements without their conditions; here loopback stands in for TLS.
    monkeypatch.setattr(FakeBucket, "get_permission", lambda *_: PermissionResult.NEUTRAL)
    monkeypatch.setattr(S3Backend, "delete_bucket", _deleted_with_its_tags(S3Backend.delete_bucket))
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    yield moto_url
    # The names of buckets are shared by all of moto in this process, the sandboxes' accounts included.
    _empty(moto_url)


def _empty(moto_url: str) -> None:
    import urllib.request

    request = urllib.request.Request(f"{moto_url}/moto-api/reset", method="POST")
    urllib.request.urlopen(request, timeout=60).close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def cancel() -> threading.Event:
    return threading.Event()


@pytest.fixture
def buckets(aws: str, clock: HandClock, cancel: threading.Event) -> BucketClient:
    """The client under test; each call is tried once, so that a fault needs no wait of botocore's."""
    return BucketClient(DEPLOYMENT, clients=S3Clients(DEPLOYMENT, attempts=1)).bound(Patience(clock, cancel))


@pytest.fixture
def s3(buckets: BucketClient) -> Any:
    """The boto3 client beneath it."""
    return buckets._s3


@pytest.fixture
def wire(s3: Any) -> Wire:
    return Wire(s3)


@pytest.fixture
def other(aws: str) -> Any:
    """Another user's client, which no hook sees."""
    import boto3

    return boto3.client("s3", region_name=REGION)


def make(client: Any, bucket: str) -> str:
    """A bucket made by someone else."""
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    return bucket
