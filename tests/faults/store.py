"""What an account's S3 holds, kept and put back: cells begin where the same calls have led the first one."""

from __future__ import annotations

import datetime as dt
import io
import json
import pickle
from typing import Any, Final

from botocore.exceptions import ClientError
from moto.s3.models import s3_backends

from tests.faults.account import Account

_PARTITION: Final = "aws"
# What S3 shows of a bucket.
_LOOKS: Final = (
    "get_bucket_location",
    "get_bucket_tagging",
    "get_bucket_policy",
    "get_bucket_lifecycle_configuration",
    "get_public_access_block",
    "get_bucket_versioning",
    "list_object_versions",
    "list_multipart_uploads",
)


def bucket_names(account: Account) -> list[str]:
    """The buckets that are there."""
    return list(_backend(account).buckets)


def tags_of(account: Account, bucket: str) -> dict[str, str]:
    """The tags of one of them."""
    backend = _backend(account)
    return dict(backend.tagger.get_tag_dict_for_resource(backend.buckets[bucket].arn))


def allow_retries(s3: Any) -> None:
    """As many retries of a boto3 client's own as in a new process: failing calls use them up."""
    for known in s3.meta.events._emitter._handlers.prefix_search("after-call.s3"):
        quota = getattr(getattr(known, "__self__", None), "_quota", None)
        if quota is not None:
            quota.release(quota.INITIAL_CAPACITY)


def everything(s3: Any) -> dict[str, Any]:
    """All that S3 shows of its buckets, without times and ids."""
    there = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    return {f"{look} of {name}": _shown(s3, look, name) for name in there for look in _LOOKS}


def _shown(s3: Any, look: str, name: str) -> Any:
    try:
        shown = getattr(s3, look)(Bucket=name)
    except ClientError as error:
        return error.response["Error"]["Code"]
    of_this_answer = ("ResponseMetadata", "LastModified", "Initiated", "UploadId", "VersionId")
    text = json.dumps(shown, default=str, sort_keys=True)
    return json.loads(text, object_hook=lambda one: {k: v for k, v in one.items() if k not in of_this_answer})


def hold(account: Account) -> bytes:
    """All that its S3 holds."""
    backend = _backend(account)
    return pickle.dumps((backend.buckets, backend.tagger.tags, account.sandbox._front._policies))


class _Timeless(pickle.Pickler):
    """Writes moments, all of them of this very run, as if they were one."""

    def reducer_override(self, value: object) -> Any:
        return (str, ("then",)) if isinstance(value, dt.datetime) else NotImplemented


def alike(account: Account) -> bytes:
    """All that its S3 holds, but for when: the same bytes are the same to whoever calls.

    The reverse need not be so.
    """
    backend, written = _backend(account), io.BytesIO()
    _Timeless(written).dump((backend.buckets, backend.tagger.tags, account.sandbox._front._policies))
    return written.getvalue()


def put_back(account: Account, held: bytes) -> None:
    """Have an empty account hold it."""
    backend, front = _backend(account), account.sandbox._front
    buckets, tags, policies = pickle.loads(held)
    for name, bucket in buckets.items():
        bucket.creation_date = dt.datetime.now(dt.timezone.utc)
        s3_backends.bucket_accounts[name] = (_PARTITION, backend.account_id)
    backend.buckets.update(buckets)
    backend.tagger.tags.clear()
    backend.tagger.tags.update(tags)
    front._policies.update(policies)


def _backend(account: Account) -> Any:
    return s3_backends[account.sandbox._account][_PARTITION]
