"""Operations of an OutputBucket: what there is before, and their kinds of calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from pulumi_sentinelhub.lifecycle.bucket import OUTPUT_BUCKET
from pulumi_sentinelhub.s3.buckets import BucketClient
from pulumi_sentinelhub.s3.names import made_name
from tests.faults.account import Account
from tests.faults.operations.step import Step
from tests.faults.store import allow_retries
from tests.support.direct import aws_without_socket

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
_clients: Final[dict[str, BucketClient]] = {}


def process(account: Account) -> Any:
    """A fresh process; boto3's clients, which take long to make, are the same. What breaks is on a socket."""
    url = account.sandbox.endpoints["s3_endpoint_url"]
    if url not in _clients:
        _clients[url] = BucketClient(account.settings.deployment)
        aws_without_socket(_clients[url]._s3, account.sandbox)
    allow_retries(_clients[url]._s3)
    return account.context(storage=lambda: _clients[url])


def client(account: Account) -> Any:
    process(account)
    return _clients[account.sandbox.endpoints["s3_endpoint_url"]]._s3


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
