"""An object's content, written to an open file piece by piece: it may be larger than memory."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from ..errors import BucketError, SentinelHubError
from ..shown import fit
from ..waiting.patience import Ended, Patience
from ..waiting.retries import cut_off
from ..waiting.timely import CutOff, in_time
from .faults import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: Bytes of a file of the service's own: the execution database of a million features has about 100 MB.
MOST_BYTES: Final = 512 * 2**20
#: Seconds that one such file may take, however slowly it comes.
READ_SECONDS: Final = 600.0
_PIECE: Final = 2**18
_CANNOT: Final = "cannot read from bucket"


def save(s3: S3Client, bucket: str, key: str, into: BinaryIO, patience: Patience) -> bool:
    """Write an object's content; False where there is no such object, or no such bucket.

    Raises:
        BucketError: it has more than ``MOST_BYTES``, or S3 refused.
        SentinelHubError: the file cannot be written.
        Interrupted, DeadlineExceeded: patience has ended.
    """
    given_up = threading.Event()
    with translated(_CANNOT, bucket):
        try:
            return in_time(
                lambda: _written(s3, bucket, key, into, given_up), patience, READ_SECONDS, given_up.set
            )
        except CutOff as cut:
            ended = cut.ended
        except OSError as error:
            raise SentinelHubError(
                "cannot keep for a moment",
                subject=f"s3://{bucket}/{key}",
                why=fit(error.strerror or type(error).__name__),
                next_step="Make room for temporary files, or name another folder in TMPDIR",
            ) from None
    raise cut_off(ended or Ended.LATE, f"read {key} from bucket", bucket, f"it took {READ_SECONDS:.0f} s")


def _written(s3: S3Client, bucket: str, key: str, into: BinaryIO, given_up: threading.Event) -> bool:
    from botocore.exceptions import ClientError

    try:
        found: Any = s3.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "NoSuchBucket", "404"):
            return False
        raise
    size = 0
    for piece in found["Body"].iter_chunks(_PIECE):
        size += len(piece)
        if size > MOST_BYTES:
            raise BucketError(
                _CANNOT,
                subject=bucket,
                why=f"{key} has more than {MOST_BYTES} bytes, which no file of the service's own has",
                next_step="See what lies there in its place",
            )
        if given_up.is_set():
            break
        into.write(piece)
    return True
