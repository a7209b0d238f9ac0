"""What is in a bucket: objects with their versions and delete markers, and unfinished uploads; by pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..errors import BucketError
from ..waiting.patience import Patience
from .faults import PASSING, UNSUPPORTED, translated
from .repeating import repeated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: Entries of a page, which are as many as one DeleteObjects call takes [S3 API: DeleteObjects].
PAGE = 1_000
PASSING_KEYS = PASSING | {"InternalError", "500"}


@dataclass(frozen=True)
class Contents:
    """How much is in a bucket, counted up to one page.

    Attributes:
        objects: objects, their older versions and delete markers.
        uploads: unfinished uploads.
        more: whether there are more than were counted.
    """

    objects: int
    uploads: int
    more: bool

    @property
    def empty(self) -> bool:
        """Whether nothing at all is in it."""
        return not (self.objects or self.uploads)

    def __str__(self) -> str:
        parts = []
        if self.objects:
            parts.append(f"{self.objects}{'+' if self.more else ''} object{'' if self.objects == 1 else 's'}")
        if self.uploads:
            parts.append(f"{self.uploads} unfinished upload{'' if self.uploads == 1 else 's'}")
        return " and ".join(parts) or "nothing"


def count(s3: S3Client, at: Mapping[str, Any]) -> Contents:
    """Look at the first page of what is in the bucket.

    Args:
        s3: the client.
        at: the bucket's arguments of each call.
    """
    page = _page(s3, at, {})
    found = len(page.get("Versions", ())) + len(page.get("DeleteMarkers", ()))
    return Contents(found, len(list(islice(uploads(s3, at), PAGE))), bool(page.get("IsTruncated")))


def objects(s3: S3Client, at: Mapping[str, Any], patience: Patience) -> Iterator[list[Mapping[str, Any]]]:
    """Versions and delete markers, a page at a time; a page that fails in passing is asked for again."""
    # boto3's own paginator cannot go on after a page that failed.
    what, markers = "list the objects of bucket", dict[str, str]()
    while True:
        look = partial(_page, s3, at, dict(markers))
        page = repeated(patience, look, PASSING_KEYS, what, at["Bucket"])
        entries = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        if entries:
            yield entries
        if not page.get("IsTruncated"):
            return
        markers = {"KeyMarker": page["NextKeyMarker"]}
        if page.get("NextVersionIdMarker"):
            markers["VersionIdMarker"] = page["NextVersionIdMarker"]


def uploads(s3: S3Client, at: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Unfinished uploads; none on a store that does not know them."""
    pages = iter(s3.get_paginator("list_multipart_uploads").paginate(**at))
    while True:
        try:
            with translated("cannot list the unfinished uploads of bucket", at["Bucket"]):
                page: Any = next(pages, None)
        except BucketError as error:
            if error.code in UNSUPPORTED:
                return
            raise
        if page is None:
            return
        yield from page.get("Uploads", ())


def _page(s3: S3Client, at: Mapping[str, Any], markers: Mapping[str, Any]) -> Mapping[str, Any]:
    with translated("cannot list the objects of bucket", at["Bucket"]):
        return s3.list_object_versions(MaxKeys=PAGE, **at, **markers)
