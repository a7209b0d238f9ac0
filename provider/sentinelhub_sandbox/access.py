"""Access to users' buckets as batch v2 has it: with the keys or the role that a request gives.

[batch v2 docs: bucket access; OpenAPI: S3BucketInfo] ``s3`` has a ``url`` and either ``accessKey`` with
``secretAccessKey``, or ``iamRoleARN``; ``region`` is the deployment's unless given.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .aws_keys import SERVICE_KEY_ID, SERVICE_SECRET
from .delivery import DeliveryError
from .httpd import Application
from .own_calls import Credentials, own_client
from .s3_front import S3Front
from .wire import Json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

READ, WRITE, DELETE, LIST = "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"
SESSION_NAME = "sentinel-hub-batch"
CLIENTS = 16  # kept
_BAD_KEYS = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken"}


class AccessRefused(DeliveryError):
    """A bucket cannot be reached, or not for what is wanted; the message says why and holds no secret."""


class DeliveryAccess:
    """Opens buckets with what a storage object gives.

    Args:
        endpoint_url: the sandbox's AWS endpoint.
        region: the deployment's region, for storage objects without one.
        application: what answers there.
        front: knows buckets and policies.
        external_id: what the service sends along when it assumes a role.
    """

    def __init__(
        self, endpoint_url: str, region: str, application: Application, front: S3Front, external_id: str
    ) -> None:
        self._endpoint_url = endpoint_url
        self._application = application
        self._region = region
        self._front = front
        self._external_id = external_id
        # making one takes longer than all that a small task does with it; it holds no connection
        self._client = lru_cache(maxsize=CLIENTS)(self._made)

    def open(self, s3: Json, bucket: str, *, needs: Iterable[str] = (), key: str = "") -> S3Client:
        """A client that acts with the given keys or role; to be closed by the caller.

        Args:
            s3: the storage object of a request.
            bucket: the bucket of its ``url``.
            needs: what has to be allowed: READ, WRITE and DELETE on ``key``, LIST on the bucket.
            key: an object, or what stands for all that will be touched.

        Raises:
            AccessRefused: there is no such bucket, or it is in another region; the keys are unknown or
                wrong; the role is not there or does not trust the service with the external id; or
                something needed is not allowed.
        """
        region = str(s3.get("region") or self._region)
        found = self._front.region_of(bucket)
        if found is not None and found != region:
            raise AccessRefused(f"Bucket {bucket} is in region {found}, not in region {region}.")
        credentials = self._credentials(s3, region)
        client: S3Client = self._client("s3", region, credentials)
        try:
            self._check(client, credentials.key_id, bucket, needs, key)
        except AccessRefused:
            client.close()
            raise
        return client

    def _credentials(self, s3: Json, region: str) -> Credentials:
        """What a storage object lets in with. Raises AccessRefused."""
        role, keys = s3.get("iamRoleARN"), (s3.get("accessKey"), s3.get("secretAccessKey"))
        if bool(role) == any(keys) or any(keys) != all(keys):
            raise AccessRefused("Exactly one of iamRoleARN, and accessKey with secretAccessKey, is needed.")
        return self._assumed(str(role), region) if role else Credentials(str(keys[0]), str(keys[1]))

    def _assumed(self, role: str, region: str) -> Credentials:
        from botocore.exceptions import ClientError, ParamValidationError

        sts = self._client("sts", region, Credentials(SERVICE_KEY_ID, SERVICE_SECRET))
        try:
            given = sts.assume_role(RoleArn=role, RoleSessionName=SESSION_NAME, ExternalId=self._external_id)[
                "Credentials"
            ]
        except (ClientError, ParamValidationError) as error:
            raise AccessRefused(
                f"Role {role} cannot be assumed: it must exist, and its trust policy must allow "
                "sts:AssumeRole to Sentinel Hub's principal with the external id of your account."
            ) from error
        finally:
            sts.close()
        return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def _check(self, client: S3Client, key_id: str, bucket: str, needs: Iterable[str], key: str) -> None:
        from botocore.exceptions import ClientError

        try:
            client.get_bucket_location(Bucket=bucket)
        except ClientError as error:
            refused = explain(error, bucket)
            # Keys that may only read and write objects are good keys.
            if error.response["Error"].get("Code") != "AccessDenied":
                raise refused from error
        for action in needs:
            if not self._front.key_may(key_id, action, bucket, "" if action == LIST else key):
                place = bucket if action == LIST or not key else f"{bucket}/{key}"
                raise AccessRefused(f"Access denied to bucket {bucket}: {action} on {place} is not allowed.")

    def _made(self, service: str, region: str, credentials: Credentials) -> Any:
        return own_client(
            service, region, credentials, endpoint_url=self._endpoint_url, application=self._application
        )


def explain(error: Any, bucket: str) -> AccessRefused:
    """S3's refusal of a call (a botocore ``ClientError``) as the service would say it."""
    code = error.response.get("Error", {}).get("Code", "")
    if code in {"NoSuchBucket", "404"}:
        return AccessRefused(f"The specified bucket does not exist: {bucket}")
    if code in _BAD_KEYS:
        return AccessRefused(f"Access to bucket {bucket} with the given credentials failed: {code}.")
    if code in {"AccessDenied", "403"}:
        return AccessRefused(f"Access denied to bucket {bucket} with the given credentials.")
    return AccessRefused(f"Access to bucket {bucket} failed: {code}.")
