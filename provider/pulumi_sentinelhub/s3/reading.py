"""Reading of results: keys below a prefix, and parts of objects. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from ..config.deployments import Deployment
from ..errors import BucketError
from ..waiting.patience import Ended, Patience
from ..waiting.retries import cut_off
from ..waiting.timely import CutOff, in_time
from .client import S3Clients
from .faults import translated

T = TypeVar("T")

#: Seconds for one page of keys, or one part of an object.
READ_SECONDS: Final = 60.0
_PAGE: Final = 1000


@dataclass(frozen=True)
class StoredFile:
    """An object; ``size`` is in bytes."""

    key: str
    size: int


class ObjectReader:
    """Reads objects with the user's own credentials, each call within the operation's patience.

    Args:
        deployment: tells region and endpoint of the buckets.
        patience: the operation's.
        clients: makes the boto3 client.
    """

    def __init__(self, deployment: Deployment, patience: Patience, clients: S3Clients | None = None) -> None:
        self._deployment = deployment
        self._clients = clients or S3Clients(deployment, attempts=3)
        self._patience = patience

    def within(self, patience: Patience) -> ObjectReader:
        """The same reader, within a part's patience."""
        return ObjectReader(self._deployment, patience, self._clients)

    def files(self, bucket: str, prefix: str, most: int) -> list[StoredFile]:
        """Objects whose keys start with ``prefix``, in order; ``most`` of them at most.

        Raises:
            BucketError: S3 refused.
            Interrupted, DeadlineExceeded: patience has ended.
        """
        found: list[StoredFile] = []
        more: dict[str, str] = {}
        while len(found) < most:
            at: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix, "MaxKeys": _PAGE, **more}
            list_page = partial(self._s3.list_objects_v2, **at)
            page = self._call(list_page, "list the objects of bucket", bucket)
            found += [StoredFile(entry["Key"], entry["Size"]) for entry in page.get("Contents", ())]
            if not page.get("IsTruncated"):
                break
            more = {"ContinuationToken": page["NextContinuationToken"]}
        return found[:most]

    def part(self, bucket: str, key: str, start: int, length: int) -> bytes:
        """``length`` bytes of an object from ``start`` on, fewer at its end.

        Raises:
            BucketError: there is no such object, or S3 refused.
            Interrupted, DeadlineExceeded: patience has ended.
        """

        def read() -> bytes:
            wanted = f"bytes={start}-{start + length - 1}"
            answer: Any = self._s3.get_object(Bucket=bucket, Key=key, Range=wanted)
            content: bytes = answer["Body"].read(length + 1)
            return content[:length]

        return self._call(read, "read from bucket", bucket)

    @property
    def _s3(self) -> Any:
        return self._clients.client(self._deployment.bucket_region)

    def _call(self, work: Callable[[], T], what: str, bucket: str) -> T:
        self._patience.check(what, bucket)
        with translated(f"cannot {what}", bucket):
            try:
                return in_time(work, self._patience, READ_SECONDS, lambda: None)
            except CutOff as cut:
                ended = cut.ended
        if ended is None:
            raise BucketError(
                f"cannot {what}",
                subject=bucket,
                why=f"no answer came within {READ_SECONDS:.0f} s",
                next_step="Run the command again",
                code="Late",
            )
        raise cut_off(ended, what, bucket, Ended.LATE.value)
