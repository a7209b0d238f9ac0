"""OutputBucket: each kind of S3 call under every fault, with boto3's own retries on the same turned clock."""

from __future__ import annotations

import json
import re
import types
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from pulumi_sentinelhub.errors import SentinelHubError
from tests.faults.account import DEADLINE, Account
from tests.faults.operations.buckets import NAME, NEWS, OPERATIONS, Operation, client, process
from tests.faults.operations.step import Step
from tests.faults.prepared import Prepared, never
from tests.faults.store import alike, bucket_names, everything, hold, put_back, tags_of
from tests.faults.table import PERSISTENT

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


prepared: Final = Prepared(hold, put_back)
_came_right: Final[set[tuple[str, bool, bytes]]] = set()


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
    comes_right(account, first, gone=step.verb == "delete")


def comes_right(account: Account, first: Step, *, gone: bool) -> None:
    """What the next command, if one is due, makes of what is there is right: as declared, or ``gone``.

    Most faults leave one of a few steps and stores. What comes of each of them is seen once: it is the same
    fresh process, to which nothing happens, and which finds the same.
    """
    left = (repr(replace(first, error=None)), gone, alike(account))
    if left in _came_right:
        return
    second = first if first.done else first.attempt(process(account))
    assert second.done, second.error
    if gone:
        assert bucket_names(account) == []
    else:
        expect_as_declared(account, second)
    _came_right.add(left)


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
    afresh, steps, shown = Prepared(hold, put_back), [], []
    for prepare in (operation.prepare, never):
        account.reset("v1")
        steps.append(afresh(account, operation.name, prepare))
        shown.append(everything(client(account)))
    assert steps[0] == steps[1]
    assert shown[0] == shown[1]


def test_what_differs_is_seen_anew(account: Account) -> None:
    """Each change of what S3 holds is told from all before it, and looking at it changes nothing."""
    s3, seen = client(account), [alike(account)]
    rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    place = {"LocationConstraint": NEWS["region"]}
    public = dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{NAME}/*",
    }
    changes: list[Callable[[], object]] = [
        lambda: s3.create_bucket(Bucket=NAME, CreateBucketConfiguration=place),
        lambda: s3.put_bucket_tagging(Bucket=NAME, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}),
        lambda: s3.put_bucket_policy(Bucket=NAME, Policy=json.dumps({"Statement": [statement]})),
        lambda: s3.put_bucket_lifecycle_configuration(Bucket=NAME, LifecycleConfiguration={"Rules": [rule]}),
        lambda: s3.put_public_access_block(Bucket=NAME, PublicAccessBlockConfiguration=public),
        lambda: s3.put_object(Bucket=NAME, Key="a", Body=b"1"),
        lambda: s3.create_multipart_upload(Bucket=NAME, Key="c"),
        lambda: s3.put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Enabled"}),
        lambda: s3.delete_bucket_tagging(Bucket=NAME),
        lambda: s3.delete_object(Bucket=NAME, Key="a"),
    ]
    for change in changes:
        change()
        held = alike(account)
        everything(s3)
        assert alike(account) == held
        assert held not in seen
        seen.append(held)
