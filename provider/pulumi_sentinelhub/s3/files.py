"""Files by their URL, read with the user's own access to the bucket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from .names import parts_of

if TYPE_CHECKING:
    from .buckets import BucketClient


@dataclass(frozen=True)
class Files:
    """Reads files of buckets.

    Attributes:
        storage: gives the bucket service; asked only where a file is read.
    """

    storage: Callable[[], BucketClient]

    def save(self, url: str, into: BinaryIO) -> bool:
        """Write the file at ``s3://bucket/key`` piece by piece into an open one.

        False where there is none. Raises SentinelHubError.
        """
        place = parts_of(url)
        return self.storage().save_object(*place, into) if place else False

    def exists(self, url: str) -> bool:
        """Whether there is an object at ``s3://bucket/key``. Raises SentinelHubError."""
        bucket, key = parts_of(url) or ("", "")
        return bool(bucket) and self.storage().has_objects(bucket, key, ignoring=lambda found: found != key)
