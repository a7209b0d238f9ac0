"""Emptying a bucket: everything in it is removed, in parallel, or an error says what stays and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from ..errors import BucketError
from ..shown import fit, listed
from ..waiting.patience import Patience
from .contents import PAGE, PASSING_KEYS, objects, uploads
from .faults import redacted, translated
from .repeating import repeated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

WORKERS = 8
#: Pages that are listed ahead of their deletion at most, so that memory does not grow with the bucket.
AHEAD = 2 * WORKERS
#: Times that a bucket is gone through at most.
SWEEPS = 200
#: Times in a row that something may be found again which S3 said was removed.
STAYS = 4
_FIRST_PAUSE = 1.0
_SHOWN = 3
_SOME_KEYS = "Some keys"
_WHAT = "empty bucket"
_CANNOT = f"cannot {_WHAT}"

Key = dict[str, str]
#: An object's version or an upload, as it is told from one that was put in its place later.
Identity = tuple[str, ...]


@dataclass
class _Sweep:
    """What going through the bucket once has found.

    Attributes:
        found: how much.
        first: the first of it, at most a page, as the next sweep would find it again if it stays.
        stayed: keys of what the sweep before has removed, and is there all the same.
    """

    found: int = 0
    first: set[Identity] = field(default_factory=set)
    stayed: list[str] = field(default_factory=list)

    def note(self, identities: Iterable[Identity], before: set[Identity]) -> None:
        """Count what was found."""
        for identity in identities:
            self.found += 1
            if len(self.first) < PAGE:
                self.first.add(identity)
            if identity in before:
                self.stayed.append(identity[0])


class Emptying:
    """Removes everything from one bucket; the caller has made sure whose it is.

    Args:
        s3: the client.
        at: the bucket's arguments of each call.
        patience: clock, cancellation and deadline.
        progress: is told how much is removed.
    """

    def __init__(
        self, s3: S3Client, at: Mapping[str, Any], patience: Patience, progress: Callable[[str], None]
    ) -> None:
        self._s3 = s3
        self._at = at
        self._bucket: str = at["Bucket"]
        self._patience = patience
        self._progress = progress
        self._removed = 0
        self._failures: list[str] = []

    def run(self) -> int:
        """Go through the bucket until nothing is found: something may still be writing.

        Returns:
            How many versions, delete markers and unfinished uploads were removed.

        Raises:
            BucketError: something stays, or never stops coming; names the first keys and their reasons.
            Interrupted, DeadlineExceeded: what was begun is finished, nothing more is.
        """
        before, stays = set[Identity](), 0
        for _ in range(SWEEPS):
            sweep = self._sweep(before)
            if self._failures:
                raise self._refused()
            if not sweep.found:
                return self._removed
            before, stays = sweep.first, stays + 1 if sweep.stayed else 0
            if stays == STAYS:
                raise self._unmoved(sweep.stayed)
            if stays:
                # a list may lag behind
                self._removed -= len(sweep.stayed)
                self._patience.pause(_FIRST_PAUSE * 2 ** (stays - 1), _WHAT, self._bucket)
        raise self._still_written()

    def _sweep(self, before: set[Identity]) -> _Sweep:
        """Go through the bucket once."""
        sweep = _Sweep()
        running: dict[Future[list[str]], int] = {}
        pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="empty-bucket")
        try:
            for identities, work in self._work():
                self._patience.check(_WHAT, self._bucket)
                sweep.note(identities, before)
                running[pool.submit(work)] = len(identities)
                self._collect(running, AHEAD)  # pages are listed faster than they are deleted
                if self._failures:
                    break
            self._collect(running, 0)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        return sweep

    def _collect(self, running: dict[Future[list[str]], int], at_most: int) -> None:
        """Wait until no more than so many calls are running or waiting to."""
        while len(running) > at_most:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                size, failures = running.pop(future), future.result()
                self._failures += failures
                self._removed += size - len(failures)
            self._progress(f"emptying bucket {self._bucket}: {self._removed:,} removed")
            self._patience.check(_WHAT, self._bucket)

    def _work(self) -> Iterator[tuple[list[Identity], Callable[[], list[str]]]]:
        """Pieces of work with what they remove: one for each page of objects, and one for each upload."""
        for page in objects(self._s3, self._at, self._patience):
            keys = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in page]
            yield [_version(entry) for entry in page], partial(self._delete, keys)
        for upload in uploads(self._s3, self._at):
            yield [(upload["Key"], upload["UploadId"])], partial(self._abort, upload)

    def _delete(self, keys: list[Key]) -> list[str]:
        """Delete up to a page of versions, again where a failure may pass; returns the complaints."""
        left, failures = keys, list[str]()

        def attempt() -> None:
            nonlocal left
            with translated("cannot delete objects from bucket", self._bucket):
                answer: Any = self._s3.delete_objects(Delete={"Objects": left, "Quiet": True}, **self._at)  # type: ignore[typeddict-item] # plain dicts
            errors = answer.get("Errors", ())
            passing = [error for error in errors if error.get("Code") in PASSING_KEYS]
            failures.extend(_complaint(error) for error in errors if error.get("Code") not in PASSING_KEYS)
            left = [_key(error) for error in passing]
            if passing:
                raise BucketError(_CANNOT, subject=self._bucket, why=_complaint(passing[-1]), code=_SOME_KEYS)

        try:
            repeated(self._patience, attempt, PASSING_KEYS | {_SOME_KEYS}, _WHAT, self._bucket)
        except BucketError as error:
            if error.code != _SOME_KEYS:
                raise
            failures += [f"{fit(key['Key'])}: still failing" for key in left[:-1]] + [str(error.why)]
        return failures

    def _abort(self, upload: Mapping[str, Any]) -> list[str]:
        try:
            with translated("cannot abort an upload to bucket", self._bucket):
                self._s3.abort_multipart_upload(Key=upload["Key"], UploadId=upload["UploadId"], **self._at)
        except BucketError as error:
            # It was completed or aborted by its owner just now.
            gone = error.code == "NoSuchUpload"
            return [] if gone else [f"upload of {fit(upload['Key'])}: {error.why}"]
        return []

    def _refused(self) -> BucketError:
        shown = "; ".join(self._failures[:_SHOWN])
        if len(self._failures) > _SHOWN:
            shown += f"; and {len(self._failures) - _SHOWN} more"
        return self._stays(
            f"{len(self._failures)} of its objects could not be removed: {shown}",
            "Remove what protects them (object lock, a Deny statement)",
        )

    def _unmoved(self, keys: list[str]) -> BucketError:
        shown = listed(keys, _SHOWN)
        return self._stays(
            f"{len(keys)} of its objects stay, although S3 says that they are removed: {shown}",
            "Look for what keeps or restores them (retention, replication, a mirror)",
        )

    def _still_written(self) -> BucketError:
        return self._stays(
            f"after {self._removed:,} objects there are still more: something keeps writing to it",
            "Stop what writes to it, e.g. a batch request that runs",
            code="StillWritten",
        )

    def _stays(self, why: str, remedy: str, code: str = "NotEmptied") -> BucketError:
        step = f"{remedy}, then run the command again"
        return BucketError(_CANNOT, subject=self._bucket, why=why, next_step=step, code=code)


def _version(entry: Mapping[str, Any]) -> Identity:
    # without versioning, an object written again has the same version as the one before: "null"
    return (entry["Key"], entry["VersionId"], str(entry.get("LastModified")), entry.get("ETag") or "")


def _key(error: Mapping[str, Any]) -> Key:
    version = error.get("VersionId")
    return {"Key": error["Key"], "VersionId": version} if version else {"Key": error["Key"]}


def _complaint(error: Mapping[str, Any]) -> str:
    return fit(redacted(f"{error.get('Key')}: {error.get('Code')} {error.get('Message', '')}".rstrip()))
