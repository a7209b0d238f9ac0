"""A real S3 interface in this process, and the real boto3 against it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from moto.iam.access_control import PermissionResult
from moto.moto_api._internal.models import moto_api_backend
from moto.s3.models import FakeBucket, S3Backend

from pulumi_sentinelhub.config.deployments import DEPLOYMENTS
from pulumi_sentinelhub.s3.buckets import BucketClient
from pulumi_sentinelhub.s3.client import S3Clients
from pulumi_sentinelhub.waiting.patience import Patience
from sentinelhub_sandbox.httpd import Answer, Environ, HttpServer
from sentinelhub_sandbox.moto_s3 import moto_application
from sentinelhub_sandbox.signature import signature_of
from tests.support.clock import HandClock
from tests.support.direct import answered_here
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
def moto() -> Iterator[HttpServer]:
    """Moto's S3, IAM and STS, told apart by what calls are signed for."""
    applications = {service: moto_application(service) for service in ("s3", "iam", "sts")}

    def ask(environ: Environ) -> Answer:
        signature = signature_of(environ)
        return applications[signature.service if signature else "s3"](environ)

    server = HttpServer(0, ask)
    server.start()
    yield server
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
def aws(moto: HttpServer, monkeypatch: pytest.MonkeyPatch, no_foreign_settings: None) -> Iterator[str]:
    """The environment of a user of that S3, which is empty, and leaves nothing to other tests' sandboxes."""
    moto_api_backend.reset()
    # moto applies Deny statements without their conditions; here loopback stands in for TLS.
    monkeypatch.setattr(FakeBucket, "get_permission", lambda *_: PermissionResult.NEUTRAL)
    monkeypatch.setattr(S3Backend, "delete_bucket", _deleted_with_its_tags(S3Backend.delete_bucket))
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    yield moto.url
    # The names of buckets are shared by all of moto in this process, the sandboxes' accounts included.
    moto_api_backend.reset()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def cancel() -> threading.Event:
    return threading.Event()


@pytest.fixture
def buckets(aws: str, moto: HttpServer, clock: HandClock, cancel: threading.Event) -> BucketClient:
    """The client under test; each call is tried once, so that a fault needs no wait of botocore's."""
    made = BucketClient(DEPLOYMENT, clients=S3Clients(DEPLOYMENT, attempts=1)).bound(Patience(clock, cancel))
    answered_here(made._s3, moto)
    return made


@pytest.fixture
def s3(buckets: BucketClient) -> Any:
    """The boto3 client beneath it."""
    return buckets._s3


@pytest.fixture
def wire(s3: Any) -> Wire:
    return Wire(s3)


_others: dict[str, Any] = {}


@pytest.fixture
def other(aws: str, moto: HttpServer) -> Any:
    """Another user's client, which no hook sees: always the same."""
    import boto3

    if aws not in _others:
        _others[aws] = boto3.client("s3", region_name=REGION)
        answered_here(_others[aws], moto)
    return _others[aws]


def make(client: Any, bucket: str) -> str:
    """A bucket made by someone else."""
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    return bucket
