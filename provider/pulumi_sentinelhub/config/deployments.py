"""Where Sentinel Hub runs, and what follows from it for APIs, tokens and buckets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

#: Values of the config key ``apiVersion``; the first one is the default.
GENERATIONS: Final = ("v1", "v2")
#: Path of the token endpoint on a Sentinel Hub host [batch docs: OAuth2].
TOKEN_PATH = "/auth/realms/main/protocol/openid-connect/token"  # noqa: S105 - a path

_CDSE_IDENTITY = "https://identity.dataspace.copernicus.eu"
_CDSE_TOKEN_URL = _CDSE_IDENTITY + "/auth/realms/CDSE/protocol/openid-connect/token"
_AWS_PRINCIPAL = "arn:aws:iam::614251495211:root"
_CLOUDFERRO_PRINCIPAL = "arn:aws:iam::ddf4c98b5e6647f0a246f0624c8341d9:root"


class Access(Enum):
    """How the service is let into the user's bucket."""

    POLICY = "bucket policy"
    ROLE = "role"
    KEYS = "keys"


@dataclass(frozen=True)
class ApiPaths:
    """Where the APIs of v2 are below the base URL.

    Attributes:
        batch: batch v2.
        byoc: collections of one's own data, which batch v2 writes into.
    """

    batch: str
    byoc: str


# Both forms work on AWS, where the vendor's own client still uses the older one; CDSE announces the end of
# that one [v2 reference, 7; CDSE news of 2026-03-09].
_OLDER = ApiPaths(batch="/api/v2/batch", byoc="/api/v1/byoc")
_NEWER = ApiPaths(batch="/batch/v2", byoc="/byoc/v1")


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
        serves: the generations of the batch API, each with the ways into a bucket that it knows.
        paths: where the APIs of v2 are.
    """

    name: str
    base_url: str
    token_url: str
    bucket_region: str
    bucket_endpoint: str | None
    principal: str
    serves: tuple[tuple[str, tuple[Access, ...]], ...]
    paths: ApiPaths = _OLDER

    @property
    def generations(self) -> tuple[str, ...]:
        """The generations of the batch API that are served."""
        return tuple(name for name, _ in self.serves)

    def access(self, generation: str) -> tuple[Access, ...]:
        """The ways into a bucket that a generation knows; empty where it is not served."""
        return dict(self.serves).get(generation, ())


#: v1 by the bucket's policy alone, v2 by what the request itself says [batch docs: buckets; v2 reference, 7].
_V1 = ("v1", (Access.POLICY,))
_V2_ON_AWS = ("v2", (Access.ROLE, Access.KEYS))
_V2_ON_CDSE = ("v2", (Access.KEYS,))

_ROWS = (
    Deployment(
        name="aws-eu-central-1",
        base_url="https://services.sentinel-hub.com",
        token_url="https://services.sentinel-hub.com" + TOKEN_PATH,
        bucket_region="eu-central-1",
        bucket_endpoint=None,
        principal=_AWS_PRINCIPAL,
        serves=(_V1, _V2_ON_AWS),
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
        serves=(_V1, _V2_ON_AWS),
    ),
    Deployment(
        name="cdse",
        base_url="https://sh.dataspace.copernicus.eu",
        token_url=_CDSE_TOKEN_URL,
        bucket_region="default",
        bucket_endpoint="https://s3.waw3-1.cloudferro.com",
        principal=_CLOUDFERRO_PRINCIPAL,
        serves=(_V1, _V2_ON_CDSE),
        paths=_NEWER,
    ),
    Deployment(
        name="creodias",
        base_url="https://creodias.sentinel-hub.com",
        token_url="https://services.sentinel-hub.com" + TOKEN_PATH,
        bucket_region="RegionOne",
        bucket_endpoint="https://s3.waw2-1.cloudferro.com",
        principal=_CLOUDFERRO_PRINCIPAL,
        # No source shows v2 there [v2 reference, 7].
        serves=(_V1,),
    ),
)

#: All deployments by name; the first one is the default.
DEPLOYMENTS: Mapping[str, Deployment] = MappingProxyType({row.name: row for row in _ROWS})
DEFAULT_DEPLOYMENT = _ROWS[0].name


def deployment_at(base_url: str) -> Deployment | None:
    """The deployment whose API is at ``base_url``, or None for a host of the user's own."""
    wanted = base_url.rstrip("/").lower()
    return next((row for row in _ROWS if row.base_url == wanted), None)
