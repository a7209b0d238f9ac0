"""An open bucket of a request: what the service does in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..pixels import File
from ..wire import Json
from .access import Access, refusal
from .places import Place

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class Storage:
    """A bucket that a storage object names. Each method raises DeliveryError."""

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
            raise refusal(error, self.bucket) from error

    def get(self, key: str) -> bytes | None:
        """Read one object; ``None`` when it is not there."""
        from botocore.exceptions import ClientError

        try:
            return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except self.client.exceptions.NoSuchKey:
            return None
        except ClientError as error:
            raise refusal(error, self.bucket) from error

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
            raise refusal(error, self.bucket) from error
        return keys


@contextmanager
def opened(access: Access, s3: Json) -> Iterator[Storage]:
    """The bucket of a storage object, closed at the end. Raises DeliveryError."""
    bucket = Place.of(s3["url"]).bucket
    client = access.open(s3, bucket)
    try:
        yield Storage(bucket, client)
    finally:
        client.close()
