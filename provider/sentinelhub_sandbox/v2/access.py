"""Access to users' buckets with the keys or the role that a request names, never by bucket policy.

[v2 docs: bucket access; migration guide] ``PlainAccess`` knows the one pair of keys that the sandbox's AWS
account has, and lets any role in: it is the one place to be replaced by what knows more keys and roles.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ..delivery import DeliveryError
from ..wire import Json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# In the User-Agent of the service's own calls with users' keys: no call of theirs for journal and faults.
SERVICE_AGENT = "sentinel-hub-service"


class Access(Protocol):
    """Opens buckets."""

    def open(self, s3: Json, bucket: str) -> S3Client:
        """A client that acts with what a storage object gives; to be closed by the caller.

        Raises:
            DeliveryError: it gives no access; the message holds no secret.
        """


class PlainAccess:
    """Access with the keys of the sandbox's own AWS account, or with any role.

    Args:
        endpoint_url: the sandbox's S3.
        region: the deployment's region, for storage objects without one.
        key_id: the account's access key.
        secret: its secret.
    """

    def __init__(self, endpoint_url: str, region: str, key_id: str, secret: str) -> None:
        self._endpoint_url = endpoint_url
        self._region = region
        self._keys = (key_id, secret)
        self._lock = threading.Lock()
        self._session: Any = None

    def open(self, s3: Json, bucket: str) -> S3Client:
        """A client of the bucket's region. Raises DeliveryError for unknown keys and for other regions."""
        given = (s3.get("accessKey"), s3.get("secretAccessKey"))
        if "iamRoleARN" not in s3 and given != self._keys:
            raise DeliveryError(f"Access to bucket {bucket} with the given credentials failed.")
        region = str(s3.get("region") or self._region)
        client = self._client(region)
        try:
            _check_region(client, bucket, region)
        except DeliveryError:
            client.close()
            raise
        return client

    def _client(self, region: str) -> S3Client:
        import boto3
        from botocore.config import Config

        with self._lock:  # sessions are not made for several threads
            self._session = self._session or boto3.session.Session()
            client: S3Client = self._session.client(
                "s3",
                endpoint_url=self._endpoint_url,
                region_name=region,
                aws_access_key_id=self._keys[0],
                aws_secret_access_key=self._keys[1],
                # The user's own AWS settings (proxies, endpoints) are about the user's calls.
                config=Config(
                    s3={"addressing_style": "path"},
                    proxies={},
                    retries={"max_attempts": 3},
                    user_agent_extra=SERVICE_AGENT,
                ),
            )
        return client


def _check_region(client: S3Client, bucket: str, region: str) -> None:
    from botocore.exceptions import ClientError

    try:
        answer: Mapping[str, object] = client.get_bucket_location(Bucket=bucket)
    except ClientError as error:
        raise refusal(error, bucket) from error
    # S3 gives no name to its oldest region.
    found = answer.get("LocationConstraint") or "us-east-1"
    if found != region:
        raise DeliveryError(f"Bucket {bucket} is in region {found}, but must be in region {region}.")


def refusal(error: Any, bucket: str) -> DeliveryError:
    """S3's refusal of a call (a botocore ``ClientError``) as the service would say it."""
    code = error.response.get("Error", {}).get("Code", "")
    if code in {"NoSuchBucket", "404"}:
        return DeliveryError(f"The specified bucket does not exist: {bucket}")
    if code in {"AccessDenied", "403"}:
        return DeliveryError(f"Access denied to bucket {bucket} with the given credentials.")
    return DeliveryError(f"Access to bucket {bucket} failed: {code}.")
