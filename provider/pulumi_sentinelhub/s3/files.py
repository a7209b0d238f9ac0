"""Files by their URL, read with the user's own access to the bucket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .buckets import BucketClient

_SCHEME: Final = "s3://"


@dataclass(frozen=True)
class Files:
    """Reads files of buckets.

    Attributes:
        storage: gives the bucket service; asked only where a file is read.
    """

    storage: Callable[[], BucketClient]

    def fetch(self, url: str) -> bytes | None:
        """The file at ``s3://bucket/key``; None where there is none. Raises SentinelHubError."""
        bucket, _, key = url.removeprefix(_SCHEME).partition("/")
        return self.storage().read_object(bucket, key)

    def exists(self, url: str) -> bool:
        """Whether there is an object at ``s3://bucket/key``. Raises SentinelHubError."""
        bucket, _, key = url.removeprefix(_SCHEME).partition("/")
        return self.storage().has_objects(bucket, key, ignoring=lambda found: found != key)
