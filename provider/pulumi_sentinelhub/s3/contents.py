"""What is in a bucket, and emptying it: versions, delete markers and unfinished uploads, in parallel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..errors import BucketError
from .faults import PASSING, UNSUPPORTED, redacted, translated
from .patience import Patience

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: Objects that one DeleteObjects call takes [S3 API: DeleteObjects].
BATCH = 1_000
WORKERS = 8
#: Times that a bucket is gone through at most; what comes later is found when the bucket is deleted.
_SWEEPS = 200
_SHOWN = 3
_PASSING_KEYS = PASSING | {"InternalError", "500"}
_PASSING_CALL = _PASSING_KEYS | {"Some keys"}
_WHAT = "cannot empty bucket"

Key = dict[str, str]


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
    objects = len(page.get("Versions", ())) + len(page.get("DeleteMarkers", ()))
    return Contents(objects, len(list(islice(_uploads(s3, at), BATCH))), bool(page.get("IsTruncated")))


@dataclass
class _Tally:
    """What emptying has reached."""

    removed: int = 0
    failures: list[str] = field(default_factory=list)


def empty(s3: S3Client, at: Mapping[str, Any], patience: Patience, progress: Callable[[str], None]) -> int:
    """Remove everything from a bucket; the caller has made sure whose it is.

    Returns:
        How many versions, delete markers and unfinished uploads were removed.

    Raises:
        BucketError: something could not be removed; names the first keys and their reasons.
        Interrupted, DeadlineExceeded: what was begun is finished, nothing more is.
    """
    tally = _Tally()
    # Until nothing is found: something may still be writing, and a page may miss what its predecessor hid.
    for _ in range(_SWEEPS):
        found = _sweep(s3, at, patience, tally, progress)
        if tally.failures:
            raise _not_emptied(at["Bucket"], tally)
        if not found:
            break
    return tally.removed


def _sweep(
    s3: S3Client, at: Mapping[str, Any], patience: Patience, tally: _Tally, progress: Callable[[str], None]
) -> int:
    """Go through the bucket once; how much was found."""
    bucket, found = at["Bucket"], 0
    running: dict[Future[list[str]], int] = {}

    def collect(at_most: int) -> None:
        """Wait until no more than so many calls are running."""
        while len(running) > at_most:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                size, failures = running.pop(future), future.result()
                tally.failures += failures
                tally.removed += size - len(failures)
            progress(f"emptying bucket {bucket}: {tally.removed:,} removed")
            patience.check(_WHAT, bucket)

    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="empty-bucket")
    try:
        for size, work in _work(s3, at, patience):
            patience.check(_WHAT, bucket)
            running[pool.submit(work)] = size
            found += size
            collect(2 * WORKERS)  # pages are listed faster than they are deleted
            if tally.failures:
                break
        collect(0)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return found


def _work(
    s3: S3Client, at: Mapping[str, Any], patience: Patience
) -> Iterator[tuple[int, Callable[[], list[str]]]]:
    """Pieces of work with their sizes, one for each page of objects and one for each upload."""
    for keys in _pages(s3, at, patience):
        yield len(keys), partial(_delete, s3, at, patience, keys)
    for upload in _uploads(s3, at):
        yield 1, partial(_abort, s3, at, upload)


def _uploads(s3: S3Client, at: Mapping[str, Any]) -> Iterator[Any]:
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


def _pages(s3: S3Client, at: Mapping[str, Any], patience: Patience) -> Iterator[list[Key]]:
    # boto3's own paginator cannot go on after a page that failed.
    markers: dict[str, str] = {}
    while True:
        page = patience.keep_trying(partial(_page, s3, at, dict(markers)), _PASSING_KEYS, _WHAT, at["Bucket"])
        entries = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        if entries:
            yield [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in entries]
        if not page.get("IsTruncated"):
            return
        markers = {"KeyMarker": page["NextKeyMarker"]}
        if page.get("NextVersionIdMarker"):
            markers["VersionIdMarker"] = page["NextVersionIdMarker"]


def _page(s3: S3Client, at: Mapping[str, Any], markers: Mapping[str, Any]) -> Mapping[str, Any]:
    with translated("cannot list the objects of bucket", at["Bucket"]):
        return s3.list_object_versions(MaxKeys=BATCH, **at, **markers)


def _delete(s3: S3Client, at: Mapping[str, Any], patience: Patience, keys: list[Key]) -> list[str]:
    """Delete up to 1,000 versions, again where a failure may pass; returns the complaints."""
    bucket = at["Bucket"]
    left, failures = keys, list[str]()

    def attempt() -> None:
        nonlocal left
        with translated("cannot delete objects from bucket", bucket):
            answer: Any = s3.delete_objects(Delete={"Objects": left, "Quiet": True}, **at)  # type: ignore[typeddict-item] # plain dicts
        errors = answer.get("Errors", ())
        passing = [error for error in errors if error.get("Code") in _PASSING_KEYS]
        failures.extend(_complaint(error) for error in errors if error.get("Code") not in _PASSING_KEYS)
        left = [_key(error) for error in passing]
        if passing:
            failed = "; ".join(_complaint(error) for error in passing[:_SHOWN])
            raise BucketError(
                "cannot delete objects from bucket", subject=bucket, why=failed, code="Some keys"
            )

    try:
        patience.keep_trying(attempt, _PASSING_CALL, _WHAT, bucket)
    except BucketError as error:
        if error.code != "Some keys":
            raise
        failures += [f"{key['Key']}: still failing" for key in left[:-1]] + [str(error.why)]
    return failures


def _abort(s3: S3Client, at: Mapping[str, Any], upload: Mapping[str, Any]) -> list[str]:
    try:
        with translated("cannot abort an upload to bucket", at["Bucket"]):
            s3.abort_multipart_upload(Key=upload["Key"], UploadId=upload["UploadId"], **at)
    except BucketError as error:
        # It was completed or aborted by its owner just now.
        return [] if error.code == "NoSuchUpload" else [f"upload of {upload['Key']}: {error.why}"]
    return []


def _key(error: Mapping[str, Any]) -> Key:
    version = error.get("VersionId")
    return {"Key": error["Key"], "VersionId": version} if version else {"Key": error["Key"]}


def _complaint(error: Mapping[str, Any]) -> str:
    return redacted(f"{error.get('Key')}: {error.get('Code')} {error.get('Message', '')}".rstrip())


def _not_emptied(bucket: str, tally: _Tally) -> BucketError:
    shown = "; ".join(tally.failures[:_SHOWN])
    if len(tally.failures) > _SHOWN:
        shown += f"; and {len(tally.failures) - _SHOWN} more"
    return BucketError(
        _WHAT,
        subject=bucket,
        why=f"{len(tally.failures)} of its objects could not be removed: {shown}",
        next_step="remove what protects them (object lock, a Deny statement), then run the command again",
        code="NotEmptied",
    )
