"""Reading users' files as the deployment's principal, as far as bucket policies let it."""

from __future__ import annotations

from ..delivery import Delivery, DeliveryError
from ..s3_front import S3Front


class BucketReader:
    """Reads buckets.

    Args:
        delivery: the service's hand in S3.
        front: knows bucket policies.
    """

    def __init__(self, delivery: Delivery, front: S3Front) -> None:
        self._delivery = delivery
        self._front = front

    def keys(self, bucket: str, prefix: str) -> list[str]:
        """Keys under a prefix, sorted. Raises DeliveryError."""
        self._delivery.check_bucket(bucket)
        self._allowed("s3:ListBucket", bucket)
        return sorted(self._delivery.existing(bucket, prefix))

    def read(self, bucket: str, key: str) -> tuple[bytes, str] | None:
        """Content and ETag of an object; ``None`` when it is not there. Raises DeliveryError."""
        self._allowed("s3:GetObject", bucket, key)
        return self._delivery.get_tagged(bucket, key)

    def content(self, bucket: str, key: str) -> bytes | None:
        """Content of an object; ``None`` when it is not there. Raises DeliveryError."""
        found = self.read(bucket, key)
        return None if found is None else found[0]

    def _allowed(self, action: str, bucket: str, key: str = "") -> None:
        """[BYOC docs: bucket policy] The bucket lets the deployment's principal read it."""
        if not self._front.service_may(action, bucket, key):
            raise DeliveryError(
                f"Access denied to bucket {bucket}. Sentinel Hub must be granted permission to read it."
            )
