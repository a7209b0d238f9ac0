"""One object that a declaration has put into a bucket, and marked as its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..errors import BucketError
from ..waiting.patience import Patience
from .faults import GONE, PASSING, translated
from .repeating import repeated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: Metadata of the object: whose it is, and of which content.
OWNER: Final = "pulumi-sentinelhub-declaration"
CONTENT: Final = "pulumi-sentinelhub-content"
_GONE: Final = GONE | {"NoSuchKey"}


@dataclass(frozen=True)
class ObjectInfo:
    """An object as it is.

    Attributes:
        owner: mark of the declaration that has put it there; None without one.
        content: hash of what that has put there.
        etag: S3's own mark of what is there now.
    """

    owner: str | None
    content: str | None
    etag: str


class StoredObject:
    """An object by its key. All methods raise BucketError, Interrupted and DeadlineExceeded.

    Args:
        s3: the client.
        at: the bucket's arguments of each call.
        key: the object's.
        patience: the operation's.
    """

    def __init__(self, s3: S3Client, at: Mapping[str, Any], key: str, patience: Patience) -> None:
        self._s3 = s3
        self._at = {**at, "Key": key}
        self._url = f"s3://{at['Bucket']}/{key}"
        self._patience = patience

    def look(self) -> ObjectInfo | None:
        """The object as it is; None when there is none, or no such bucket."""

        def attempt() -> ObjectInfo | None:
            try:
                with translated("cannot look at", self._url):
                    found = self._s3.head_object(**self._at)
            except BucketError as error:
                if error.code in _GONE:
                    return None
                raise
            marks = found["Metadata"]
            return ObjectInfo(marks.get(OWNER), marks.get(CONTENT), found["ETag"])

        return repeated(self._patience, attempt, PASSING, "look at", self._url)

    def put(self, file: Path, owner: str, content: str) -> str:
        """Upload a file and mark it; what is there under this key is written over. Returns its ETag."""

        def attempt() -> str:
            with translated("cannot upload", self._url), file.open("rb") as body:
                marks = {OWNER: owner, CONTENT: content}
                return str(self._s3.put_object(Body=body, Metadata=marks, **self._at)["ETag"])

        return repeated(self._patience, attempt, PASSING, "upload", self._url)

    def delete(self) -> None:
        """Delete it; that it is gone is fine."""

        def attempt() -> None:
            try:
                with translated("cannot delete", self._url):
                    self._s3.delete_object(**self._at)
            except BucketError as error:
                if error.code not in _GONE:
                    raise

        repeated(self._patience, attempt, PASSING, "delete", self._url)
