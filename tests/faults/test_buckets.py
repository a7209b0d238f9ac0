"""OutputBucket: each kind of S3 call under every fault, with boto3's own retries on the same turned clock."""

from __future__ import annotations

import re
import types
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest

from pulumi_sentinelhub.errors import SentinelHubError
from pulumi_sentinelhub.lifecycle.bucket import OUTPUT_BUCKET
from pulumi_sentinelhub.s3.buckets import BucketClient
from pulumi_sentinelhub.s3.names import made_name
from tests.faults.account import DEADLINE, Account
from tests.faults.operations.step import Step
from tests.faults.store import Prepared, allow_retries, bucket_names, everything, tags_of
from tests.faults.table import PERSISTENT
from tests.support.direct import s3_without_socket

#: Made for the declaration, as without `bucket`: so what is left untagged by a lost answer is known, too.
NAME = made_name("results", "d")
NEWS: Final = {
    "bucket": NAME,
    "region": "eu-central-1",
    "deployment": "aws-eu-central-1",
    "declaration": "d",
    "force_destroy": True,
    "expire_days": 30,
    "tags": {"team": "maps"},
    "policy": "narrow",
}
#: Fake seconds by which a call's own attempts may pass the deadline.
SLACK = 600.0

FAULTS: Final[dict[str, Any]] = {
    "SlowDown": {"status": 503, "code": "SlowDown"},
    "AccessDenied": {"status": 403, "code": "AccessDenied"},
    "OperationAborted": {"status": 409, "code": "OperationAborted"},
    "ConditionalRequestConflict": {"status": 409, "code": "ConditionalRequestConflict"},
    "InternalError": {"status": 500, "code": "InternalError"},
    "NoSuchBucket": {"status": 404, "code": "NoSuchBucket"},
    "ExpiredToken": {"status": 400, "code": "ExpiredToken"},
    "InvalidAccessKeyId": {"status": 403, "code": "InvalidAccessKeyId"},
    "502 html": {"status": 502, "body": "<html>Bad Gateway</html>", "headers": {"Content-Type": "text/html"}},
    "reset": "reset",
    "done, then reset": "commit-then-reset",
    "truncated": "truncate",
}


@dataclass(frozen=True)
class Operation:
    """An operation and its kinds of calls, each method and pattern."""

    name: str
    prepare: Callable[[Account], Step]
    calls: dict[str, tuple[str, str]]


HEAD, MAKE, DELETE = ("HEAD", f"^/{NAME}$"), ("PUT", f"^/{NAME}$"), ("DELETE", f"^/{NAME}$")


def _sub(method: str, name: str) -> tuple[str, str]:
    return method, rf"^/{NAME}\?{name}"


def create(account: Account) -> Step:
    return Step(OUTPUT_BUCKET, "create", dict(NEWS))


def take_over(account: Account) -> Step:
    """As after a kill between making and tagging."""
    process(account)
    place = {"LocationConstraint": NEWS["region"]}
    client(account).create_bucket(Bucket=NAME, CreateBucketConfiguration=place)
    client(account).delete_bucket_tagging(Bucket=NAME)  # moto keeps those of an earlier bucket of that name
    return create(account)


def there(account: Account) -> Step:
    made = create(account).attempt(process(account))
    assert made.done, made.error
    return made


def read(account: Account) -> Step:
    return replace(there(account), verb="read", done=False)


def update(account: Account) -> Step:
    news = {**NEWS, "policy": "broad", "expire_days": 60, "tags": {"team": "fields"}}
    return replace(there(account), verb="update", news=news, done=False)


def delete(account: Account) -> Step:
    made = there(account)
    s3 = client(account)
    for key in ("a", "b"):
        s3.put_object(Bucket=NAME, Key=key, Body=b"1")
    s3.create_multipart_upload(Bucket=NAME, Key="c")
    return replace(made, verb="delete", done=False)


SETTINGS = {
    "get tags": _sub("GET", "tagging"),
    "put tags": _sub("PUT", "tagging"),
    "get policy": _sub("GET", "policy"),
    "put policy": _sub("PUT", "policy"),
    "get rules": _sub("GET", "lifecycle"),
    "put rules": _sub("PUT", "lifecycle"),
}
PUBLIC = {"get public access": _sub("GET", "publicAccessBlock")}
OPERATIONS: Final = (
    Operation(
        "bucket: create",
        create,
        {
            "head": HEAD,
            "make": MAKE,
            **SETTINGS,
            **PUBLIC,
            "put public access": _sub("PUT", "publicAccessBlock"),
        },
    ),
    Operation(
        "bucket: take over",
        take_over,
        {
            "head": HEAD,
            "get tags": _sub("GET", "tagging"),
            "list objects": _sub("GET", "versions"),
            "list uploads": _sub("GET", "uploads"),
            "get versioning": _sub("GET", "versioning"),
            "list buckets": ("GET", r"^/(\?|$)"),
            "put tags": _sub("PUT", "tagging"),
        },
    ),
    Operation(
        "bucket: read",
        read,
        {"head": HEAD, **{k: v for k, v in SETTINGS.items() if k.startswith("get")}, **PUBLIC},
    ),
    Operation("bucket: update", update, {"head": HEAD, **SETTINGS, **PUBLIC}),
    Operation(
        "bucket: delete",
        delete,
        {
            "list objects": _sub("GET", "versions"),
            "list uploads": _sub("GET", "uploads"),
            "get tags": _sub("GET", "tagging"),
            "delete objects": _sub("POST", "delete"),
            "abort upload": ("DELETE", f"^/{NAME}/c"),
            "head": HEAD,
            "delete": DELETE,
        },
    ),
)
CELLS = [(operation, call, fault) for operation in OPERATIONS for call in operation.calls for fault in FAULTS]
#: What these say for good is so: there is no bucket.
GONE = ("NoSuchBucket",)


@pytest.fixture(autouse=True)
def on_the_clock(account: Account, monkeypatch: pytest.MonkeyPatch, no_foreign_settings: None) -> None:
    """The environment of a user of the sandbox's S3; boto3's pauses take no time."""
    import botocore.endpoint

    endpoints = account.sandbox.endpoints
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoints["s3_endpoint_url"])
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", endpoints["aws_access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", endpoints["aws_secret_access_key"])
    monkeypatch.setattr(botocore.endpoint, "time", types.SimpleNamespace(sleep=account.clock.sleep))


_clients: dict[str, BucketClient] = {}
prepared: Final = Prepared()


def process(account: Account) -> Any:
    """A fresh process; boto3's clients, which take long to make, are the same. What breaks is on a socket."""
    url = account.sandbox.endpoints["s3_endpoint_url"]
    if url not in _clients:
        _clients[url] = BucketClient(account.settings.deployment)
        s3_without_socket(_clients[url]._s3, account.sandbox)
    allow_retries(_clients[url]._s3)
    return account.context(storage=lambda: _clients[url])


def client(account: Account) -> Any:
    process(account)
    return _clients[account.sandbox.endpoints["s3_endpoint_url"]]._s3


def expect_clear(error: SentinelHubError) -> None:
    """One line that names the bucket and what to do."""
    text = str(error)
    told = getattr(error, "cause", error)
    assert NAME in text
    assert told.next_step, text
    assert not re.search(r"Traceback|<html|object at 0x|botocore\.|\n", text), text


def expect_as_declared(account: Account, step: Step) -> None:
    """The bucket is there, one, and what the state says of it is so."""
    assert bucket_names(account) == [NAME]
    there = step.kind.read(process(account), step.id, step.olds)
    assert there is not None
    assert not step.kind.diff(process(account), step.id, there.outputs, step.news)
    assert tags_of(account, NAME)["team"] == step.news["tags"]["team"]


def in_two_attempts(account: Account, operation: Operation, call: str, fault: str, *, times: int) -> None:
    """The operation under a fault, then again as the next command would do it."""
    step = prepared(account, operation.name, operation.prepare)
    method, path = operation.calls[call]
    account.break_calls(method, path, FAULTS[fault], times, service="s3")
    begun, calls = account.clock.seconds, len(account.journal())
    first = step.attempt(process(account))
    assert account.clock.seconds - begun <= DEADLINE + SLACK
    assert any(c.get("fault") for c in account.journal()[calls:]), "the fault never hit"
    account.fix()
    if first.error is not None:
        expect_clear(first.error)
    if first.gone and step.verb == "read" and fault in GONE:
        first = replace(first, verb="create", done=False, gone=False)
    if first.gone and step.verb == "delete" and fault in GONE:
        return
    second = first if first.done else first.attempt(process(account))
    assert second.done, second.error
    if step.verb == "delete":
        assert bucket_names(account) == []
    else:
        expect_as_declared(account, second)


def never(account: Account) -> Step:
    raise AssertionError("it is prepared already")


@pytest.mark.parametrize(("operation", "call", "fault"), CELLS, ids=lambda v: getattr(v, "name", v))
def test_one_fault(
    account: Account, operation: Operation, call: str, fault: str, record_property: Callable[..., None]
) -> None:
    """One fault of one call: the right outcome or one clear error, then the right outcome."""
    record_property("fault", [f"{operation.name}, {call}", f"S3: {fault}"])
    in_two_attempts(account, operation, call, fault, times=1)


@pytest.mark.parametrize(("operation", "call", "fault"), CELLS, ids=lambda v: getattr(v, "name", v))
def test_a_fault_that_stays(
    account: Account, operation: Operation, call: str, fault: str, record_property: Callable[..., None]
) -> None:
    """A fault that does not pass ends within the deadline in one clear error; afterwards all comes right."""
    record_property("fault", [f"{operation.name}, {call}", f"S3: {fault}, for good"])
    in_two_attempts(account, operation, call, fault, times=PERSISTENT)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_what_is_prepared_once_is_whole(account: Account, operation: Operation) -> None:
    """What is put back for a cell is what the calls before its operation would have made, as S3 shows it."""
    afresh, steps, shown = Prepared(), [], []
    for prepare in (operation.prepare, never):
        account.reset("v1")
        steps.append(afresh(account, operation.name, prepare))
        shown.append(everything(client(account)))
    assert steps[0] == steps[1]
    assert shown[0] == shown[1]
