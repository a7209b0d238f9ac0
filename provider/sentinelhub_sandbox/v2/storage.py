"""An open bucket of a request: what the service does in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ..access import DELETE, LIST, READ, WRITE, explain
from ..pixels import File
from ..wire import Json
from .places import Place

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# [client evidence] Objects are written, read and deleted; [INFER] files that exist are noticed by listing.
DELIVERY = (WRITE, READ, DELETE, LIST)
INPUT = (READ,)


class Access(Protocol):
    """Opens users' buckets with the keys or the role that a request names, never by bucket policy."""

    def open(self, s3: Json, bucket: str, *, needs: Iterable[str] = (), key: str = "") -> S3Client:
        """A client, to be closed by the caller. Raises AccessRefused (see ``access.DeliveryAccess``)."""


@dataclass(frozen=True)
class Storage:
    """A bucket that a storage object names. Each method raises AccessRefused."""

    bucket: str
    client: S3Client

    def put(self, files: Iterable[File]) -> None:
        """Write files."""
        for file in files:
            self.put_bytes(file.key, file.body, file.content_type)

    def put_bytes(self, key: str, body: bytes, content_type: str) -> None:
        """Write one object."""
        from botocore.exceptions import ClientError

        try:
            self.client.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=content_type)
        except ClientError as error:
            raise explain(error, self.bucket) from error

    def get(self, key: str) -> bytes | None:
        """Read one object; ``None`` when it is not there."""
        from botocore.exceptions import ClientError

        try:
            return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except self.client.exceptions.NoSuchKey:
            return None
        except ClientError as error:
            raise explain(error, self.bucket) from error

    def existing(self, prefix: str) -> set[str]:
        """Keys under a prefix."""
        from botocore.exceptions import ClientError

        keys: set[str] = set()
        try:
            for answer in self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix
            ):
                keys.update(item["Key"] for item in answer.get("Contents", []))
        except ClientError as error:
            raise explain(error, self.bucket) from error
        return keys


def open_storage(access: Access, s3: Json, needs: Sequence[str], key: str) -> Storage:
    """The bucket of a storage object; the client is to be closed.

    Args:
        access: the way in.
        s3: the storage object.
        needs: what has to be allowed there.
        key: an object that stands for all that will be touched.

    Raises:
        AccessRefused: the bucket cannot be reached, or not for what is needed.
    """
    bucket = Place.of(s3["url"]).bucket
    return Storage(bucket, access.open(s3, bucket, needs=needs, key=key))


@contextmanager
def opened(access: Access, s3: Json, needs: Sequence[str], key: str) -> Iterator[Storage]:
    """The same, closed at the end. Raises AccessRefused."""
    storage = open_storage(access, s3, needs, key)
    try:
        yield storage
    finally:
        storage.client.close()
