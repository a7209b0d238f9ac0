"""boto3 clients: one a region, shared by all threads of the process."""

from __future__ import annotations

import ipaddress
import os
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import BucketError
from ..shown import fit
from .faults import redacted

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from ..config.deployments import Deployment

#: Seconds to connect and to wait for an answer; calls tried in all, with botocore's own back-off between.
CONNECT_TIMEOUT = 10
READ_TIMEOUT = 60
ATTEMPTS = 6
#: As many connections as the threads that empty a bucket, and some for the other resources.
CONNECTIONS = 24


class S3Clients:
    """Makes S3 clients for a deployment.

    Credentials, profiles and AWS_ENDPOINT_URL_S3 are boto3's own business. The deployment's endpoint is used
    where its buckets are not on AWS and the environment names no endpoint.

    Args:
        deployment: tells the endpoint where that is not AWS's.
        attempts: calls tried in all before a passing failure is reported.
    """

    def __init__(self, deployment: Deployment, *, attempts: int = ATTEMPTS) -> None:
        self._deployment = deployment
        self._attempts = attempts
        # Neither boto3's session nor making clients is safe across threads; finished clients are.
        self._lock = threading.Lock()
        self._session: Any = None
        self._clients: dict[str, S3Client] = {}
        self._iam: Any = None
        self._account: str | None = None
        self._account_asked = False

    @property
    def on_aws(self) -> bool:
        """Whether the deployment's buckets are AWS's own: regions and accounts mean what they mean there."""
        return self._deployment.bucket_endpoint is None

    def client(self, region: str) -> S3Client:
        """The client for ``region``.

        Raises:
            BucketError: boto3's configuration is wrong.
        """
        with self._lock:
            if region not in self._clients:
                self._clients[region] = self._new("s3", region, self._endpoint())
            return self._clients[region]

    def iam(self, region: str) -> Any:
        """A client for IAM.

        Raises:
            BucketError: boto3's configuration is wrong; or S3 alone is redirected, so that the role would be
                made in another place than the bucket.
        """
        if self._s3_alone_is_redirected("IAM"):
            raise BucketError(
                "cannot reach IAM",
                why="AWS_ENDPOINT_URL_S3 leads to another store, and nothing says where its roles are",
                next_step="Set AWS_ENDPOINT_URL_IAM, too, or remove `delivery_role`",
                code="NoEndpoint",
            )
        with self._lock:
            if self._iam is None:
                self._iam = self._new("iam", region, None)
            return self._iam

    def account(self, region: str) -> str | None:
        """Id of the AWS account in use; None for another store, or where S3 alone is redirected."""
        with self._lock:
            if not self._account_asked:
                self._account_asked = True
                self._account = self._ask_account(region)
            return self._account

    def _ask_account(self, region: str) -> str | None:
        from botocore.exceptions import BotoCoreError, ClientError

        if not self.on_aws or self._s3_alone_is_redirected("STS"):
            return None
        try:
            return str(self._new("sts", region, None).get_caller_identity()["Account"])
        except (BotoCoreError, ClientError, BucketError):
            # An extra safeguard only: the ownership tag is checked in any case, and S3 says what is wrong.
            return None

    def _s3_alone_is_redirected(self, service: str) -> bool:
        elsewhere = _env("AWS_ENDPOINT_URL") or _env(f"AWS_ENDPOINT_URL_{service}")
        return bool(_env("AWS_ENDPOINT_URL_S3")) and not elsewhere

    def _endpoint(self) -> str | None:
        return (
            None
            if _env("AWS_ENDPOINT_URL_S3") or _env("AWS_ENDPOINT_URL")
            else self._deployment.bucket_endpoint
        )

    def _new(self, service: Any, region: str, endpoint: str | None) -> Any:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        named = _env(f"AWS_ENDPOINT_URL_{str(service).upper()}")
        elsewhere = endpoint or named or _env("AWS_ENDPOINT_URL")
        config = Config(
            retries={"mode": "standard", "total_max_attempts": self._attempts},
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            max_pool_connections=CONNECTIONS,
            # Other stores than AWS's have no host name for a bucket; older ones refuse the newer checksums.
            s3={"addressing_style": "path" if elsewhere else "auto"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        # No proxy is to see what goes to this machine.
        direct = config.merge(Config(proxies={}))
        try:
            if self._session is None:
                self._session = boto3.session.Session()
            at = {"region_name": region, "endpoint_url": endpoint}
            if is_loopback(elsewhere or ""):
                return self._session.client(service, config=direct, **at)
            client = self._session.client(service, config=config, **at)
            if not is_loopback(client.meta.endpoint_url):
                return client
            # the endpoint stands in boto3's own config file
            return self._session.client(service, config=direct, **at)
        except (BotoCoreError, ValueError) as error:
            raise BucketError(
                "cannot set up the S3 client",
                why=fit(redacted(str(error))),
                next_step="Correct AWS_PROFILE, AWS_ENDPOINT_URL_S3 or the AWS config file",
                code=type(error).__name__,
            ) from None


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _env(name: str) -> str | None:
    return os.environ.get(name) or None
