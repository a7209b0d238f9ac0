"""Where Sentinel Hub runs, and what follows from it for tokens and buckets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

#: Path of the token endpoint on a Sentinel Hub host [batch docs: OAuth2].
TOKEN_PATH = "/auth/realms/main/protocol/openid-connect/token"  # noqa: S105 - a path

_CDSE_IDENTITY = "https://identity.dataspace.copernicus.eu"
_CDSE_TOKEN_URL = _CDSE_IDENTITY + "/auth/realms/CDSE/protocol/openid-connect/token"
_AWS_PRINCIPAL = "arn:aws:iam::614251495211:root"
_CLOUDFERRO_PRINCIPAL = "arn:aws:iam::ddf4c98b5e6647f0a246f0624c8341d9:root"


@dataclass(frozen=True)
class Deployment:
    """One deployment of Sentinel Hub.

    Attributes:
        name: the value of the config key ``deployment``.
        base_url: scheme and host of the API, without a trailing slash.
        token_url: the OAuth2 token endpoint.
        bucket_region: the region that result buckets must be in.
        bucket_endpoint: S3 endpoint where that is not AWS's own, else None.
        principal: the ARN that a bucket policy must let in.
    """

    name: str
    base_url: str
    token_url: str
    bucket_region: str
    bucket_endpoint: str | None
    principal: str


_ROWS = (
    Deployment(
        name="aws-eu-central-1",
        base_url="https://services.sentinel-hub.com",
        token_url="https://services.sentinel-hub.com" + TOKEN_PATH,
        bucket_region="eu-central-1",
        bucket_endpoint=None,
        principal=_AWS_PRINCIPAL,
    ),
    Deployment(
        name="aws-us-west-2",
        base_url="https://services-uswest2.sentinel-hub.com",
        # Tokens come from the main deployment, also for this one [batch docs: OAuth2].
        token_url="https://services.sentinel-hub.com" + TOKEN_PATH,
        bucket_region="us-west-2",
        bucket_endpoint=None,
        # Seen for eu-central-1 only; no source names another account for us-west-2 [batch docs: buckets].
        principal=_AWS_PRINCIPAL,
    ),
    Deployment(
        name="cdse",
        base_url="https://sh.dataspace.copernicus.eu",
        token_url=_CDSE_TOKEN_URL,
        bucket_region="default",
        bucket_endpoint="https://s3.waw3-1.cloudferro.com",
        principal=_CLOUDFERRO_PRINCIPAL,
    ),
    Deployment(
        name="creodias",
        base_url="https://creodias.sentinel-hub.com",
        token_url="https://services.sentinel-hub.com" + TOKEN_PATH,
        bucket_region="RegionOne",
        bucket_endpoint="https://s3.waw2-1.cloudferro.com",
        principal=_CLOUDFERRO_PRINCIPAL,
    ),
)

#: All deployments by name; the first one is the default.
DEPLOYMENTS: Mapping[str, Deployment] = MappingProxyType({row.name: row for row in _ROWS})
DEFAULT_DEPLOYMENT = _ROWS[0].name


def deployment_at(base_url: str) -> Deployment | None:
    """The deployment whose API is at ``base_url``, or None for a host of the user's own."""
    wanted = base_url.rstrip("/").lower()
    return next((row for row in _ROWS if row.base_url == wanted), None)
