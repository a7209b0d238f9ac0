"""Writing results to the user's bucket, as the service's own AWS account, through the S3 API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .httpd import Application
from .own_calls import Credentials, own_client
from .pixels import File
from .s3_front import SERVICE_KEY_ID, SERVICE_SECRET, S3Front

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class DeliveryError(Exception):
    """The bucket cannot be written to; the message is what the service says."""


class Delivery:
    """The service's hand in S3.

    Args:
        endpoint_url: the sandbox's S3.
        region: the deployment's region; buckets elsewhere are refused.
        application: what answers there.
        front: knows buckets.
    """

    def __init__(self, endpoint_url: str, region: str, application: Application, front: S3Front) -> None:
        self._endpoint_url = endpoint_url
        self._application = application
        self._front = front
        self._region = region
        self._made: S3Client | None = None

    @property
    def _s3(self) -> S3Client:
        if self._made is None:
            keys = Credentials(SERVICE_KEY_ID, SERVICE_SECRET)
            self._made = own_client(
                "s3", self._region, keys, endpoint_url=self._endpoint_url, application=self._application
            )
        return self._made

    def check_bucket(self, bucket: str) -> None:
        """Raises DeliveryError unless the bucket exists in the deployment's region."""
        if self._front.is_foreign(bucket):
            raise DeliveryError(denied(bucket))
        location = self._front.region_of(bucket)
        if location is None:
            raise DeliveryError(missing(bucket))
        if location != self._region:
            raise DeliveryError(
                f"Bucket {bucket} is in region {location}, but must be in region {self._region}."
            )

    def put(self, bucket: str, files: Iterable[File]) -> None:
        """Write files. Raises DeliveryError."""
        for file in files:
            self.put_bytes(bucket, file.key, file.body, file.content_type)

    def put_bytes(self, bucket: str, key: str, body: bytes, content_type: str) -> None:
        """Write one object. Raises DeliveryError."""
        from botocore.exceptions import ClientError

        try:
            self._s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)
        except ClientError as error:
            raise DeliveryError(_explain(error, bucket)) from error

    def get(self, bucket: str, key: str) -> bytes | None:
        """Read one object; ``None`` when it is not there. Raises DeliveryError."""
        found = self.get_tagged(bucket, key)
        return None if found is None else found[0]

    def get_tagged(self, bucket: str, key: str) -> tuple[bytes, str] | None:
        """Content and ETag of one object; ``None`` when it is not there. Raises DeliveryError."""
        from botocore.exceptions import ClientError

        try:
            answer = self._s3.get_object(Bucket=bucket, Key=key)
            return answer["Body"].read(), answer["ETag"].strip('"')
        except self._s3.exceptions.NoSuchKey:
            return None
        except ClientError as error:
            raise DeliveryError(_explain(error, bucket)) from error

    def existing(self, bucket: str, prefix: str) -> set[str]:
        """Keys under a prefix. Raises DeliveryError."""
        keys = None if self._front.is_foreign(bucket) else self._front.keys_of(bucket, prefix)
        if keys is None:
            raise DeliveryError(denied(bucket) if self._front.is_foreign(bucket) else missing(bucket))
        return keys

    def close(self) -> None:
        """Let go of pooled connections."""
        if self._made is not None:
            self._made.close()


def _explain(error: Any, bucket: str) -> str:
    code = error.response.get("Error", {}).get("Code", "")
    if code in {"NoSuchBucket", "404"}:
        return missing(bucket)
    return denied(bucket) if code in {"AccessDenied", "403"} else f"Error writing to bucket {bucket}: {code}"


def missing(bucket: str) -> str:
    """The service's words when there is no such bucket."""
    return f"The specified bucket does not exist: {bucket}"


def denied(bucket: str) -> str:
    """The service's words when a bucket's policy does not let it in."""
    return f"Access denied to bucket {bucket}. Sentinel Hub must be granted permission to write to it."
