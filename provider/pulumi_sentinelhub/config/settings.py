"""Configuration: stack config, then the environment, then sentinelhub-py's own profile file."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from ..errors import ConfigError
from .credentials import ENVIRONMENT, PROFILE, STACK_CONFIG, Credentials, DeliveryKeys
from .deployments import (
    DEFAULT_DEPLOYMENT,
    DEPLOYMENTS,
    GENERATIONS,
    TOKEN_PATH,
    Deployment,
    deployment_at,
)
from .plain import flag, positive, word
from .profile import DEFAULT_PROFILE_FILE, ProfileFile

__all__ = [
    "CALLS_PER_MINUTE",
    "ENVIRONMENT",
    "HOW_TO_GIVE_CREDENTIALS",
    "PROFILE",
    "READ_LAG",
    "STACK_CONFIG",
    "Credentials",
    "DeliveryKeys",
    "Settings",
    "is_loopback",
    "resolve_settings",
]

#: Seconds that reads are known to lag behind writes [clients wait 0, 10, 20, 100 s].
READ_LAG = 130.0
#: Calls a minute that the service lets through [batch docs: rate limiting, the plan for enterprises].
CALLS_PER_MINUTE = 600.0

HOW_TO_GIVE_CREDENTIALS = (
    "Set them with `pulumi config set sentinelhub:clientId …` and `pulumi config set --secret "
    "sentinelhub:clientSecret …`, or by SH_CLIENT_ID and SH_CLIENT_SECRET in the environment, or in "
    f"sentinelhub-py's profile file {DEFAULT_PROFILE_FILE}"
)


@dataclass(frozen=True)
class Settings:
    """Where to call and as whom.

    Attributes:
        base_url: scheme and host, without a trailing slash.
        token_url: the OAuth2 token endpoint.
        api_version: the generation of the batch API for what is new: ``"v1"`` or ``"v2"``.
        poll_interval: seconds between polls, None for the defaults.
        credentials: None when none of the three sources has any; the first call then raises ConfigError.
        read_lag: seconds that the service's reads may lag behind its writes: so long nothing that may run is
            believed gone.
        calls_per_minute: what the service lets through for the account; the process stays a little below.
        delivery: the keys of the bucket that the service writes with, where it is let in by keys; v2 alone.
        delivery_principal: the ARN that may take on a role made for the service: the vendor's account.
        delivery_external_id: what the service names when it takes on such a role.
        skip_credentials_check: whether a preview asks for no token, such as one that has no secrets.
    """

    deployment: Deployment
    base_url: str
    token_url: str
    api_version: str
    poll_interval: float | None
    credentials: Credentials | None
    read_lag: float = READ_LAG
    calls_per_minute: float = CALLS_PER_MINUTE
    delivery: DeliveryKeys | None = None
    delivery_principal: str | None = None
    delivery_external_id: str | None = None
    skip_credentials_check: bool = False


def resolve_settings(
    config: Callable[[str], str | None],
    environ: Mapping[str, str],
    profile: Path | None = DEFAULT_PROFILE_FILE,
) -> Settings:
    """Settle the settings; no call is made.

    The URLs: ``baseUrl`` of the stack config, else SH_BASE_URL, else (when the credentials come from
    there and no deployment is configured) the profile's, else the deployment's. A token URL is looked for
    in the same order; where there is none and the base URL is not the deployment's own, it is that of the
    deployment at the base URL, else the standard path on the base URL itself: the secret for a host of
    the user's own goes to no other one.

    Args:
        config: gives the value of a stack config key (without namespace), or None.
        environ: the environment.
        profile: sentinelhub-py's profile file; None for none.

    Raises:
        ConfigError: a value is wrong, half of a pair of credentials is missing, a URL would expose them, or
            the deployment does not serve the API version.
    """
    file = ProfileFile(profile, environ)
    credentials = _credentials(config, environ, file)
    named = _deployment(config("deployment"))
    from_profile = named is None and credentials is not None and credentials.source == PROFILE
    values = file.values() if from_profile else {}

    base_url = config("baseUrl") or environ.get("SH_BASE_URL") or _value(values, "sh_base_url")
    base_url = _checked_url(base_url, "baseUrl") if base_url else None
    deployment = named or (deployment_at(base_url) if base_url else None) or DEPLOYMENTS[DEFAULT_DEPLOYMENT]

    token_url = config("tokenUrl") or environ.get("SH_TOKEN_URL") or _value(values, "sh_token_url")
    token_url = _checked_url(token_url, "tokenUrl") if token_url else _token_url_for(base_url, deployment)
    return Settings(
        deployment=deployment,
        base_url=base_url or deployment.base_url,
        token_url=token_url,
        api_version=_api_version(config("apiVersion"), deployment),
        poll_interval=positive(config("pollInterval"), "pollInterval", "seconds", "15"),
        read_lag=positive(config("readLag"), "readLag", "seconds", "130") or READ_LAG,
        calls_per_minute=positive(config("callsPerMinute"), "callsPerMinute", "calls", "600")
        or CALLS_PER_MINUTE,
        credentials=credentials,
        delivery=_delivery(config, environ),
        delivery_principal=word(config, "deliveryPrincipal"),
        delivery_external_id=word(config, "deliveryExternalId"),
        skip_credentials_check=flag(config, "skipCredentialsCheck"),
    )


def _credentials(
    config: Callable[[str], str | None], environ: Mapping[str, str], file: ProfileFile
) -> Credentials | None:
    found = _pair(
        "Sentinel Hub credentials",
        (STACK_CONFIG, "clientId", "clientSecret", config),
        (ENVIRONMENT, "SH_CLIENT_ID", "SH_CLIENT_SECRET", environ.get),
        (PROFILE, "sh_client_id", "sh_client_secret", lambda key: _value(file.values(), key)),
    )
    return Credentials(*found) if found else None


def _delivery(config: Callable[[str], str | None], environ: Mapping[str, str]) -> DeliveryKeys | None:
    found = _pair(
        "keys of the bucket",
        (STACK_CONFIG, "deliveryAccessKeyId", "deliverySecretAccessKey", config),
        (ENVIRONMENT, "SH_DELIVERY_ACCESS_KEY_ID", "SH_DELIVERY_SECRET_ACCESS_KEY", environ.get),
    )
    return DeliveryKeys(*found) if found else None


_Source: TypeAlias = "tuple[str, str, str, Callable[[str], str | None]]"


def _pair(noun: str, *sources: _Source) -> tuple[str, str, str] | None:
    """Id, secret and source: of the first source that has both. Raises ConfigError where one has half."""
    for source, id_key, secret_key, get in sources:
        id, secret = (get(id_key) or "").strip(), (get(secret_key) or "").strip()
        if id and secret:
            _expect_text(noun, id, id_key, source)
            _expect_text(noun, secret, secret_key, source)
            return id, secret, source
        if id or secret:
            given, missing = (id_key, secret_key) if id else (secret_key, id_key)
            raise ConfigError(
                f"half of the {noun} is missing",
                subject=missing,
                why=f"the {source} has {given} but no {missing}, and the two must come from one source",
                next_step=f"set {missing} there too, or remove {given}",
            )
    return None


def _expect_text(noun: str, value: str, key: str, source: str) -> None:
    """Raise ConfigError for what no form can hold, before a library's error quotes it."""
    if not value.isprintable():
        raise ConfigError(
            f"unusable {noun}",
            subject=key,
            why=f"the {source} has control characters in it, or it is not UTF-8",
            next_step="copy it again, as one line",
        )


def _deployment(name: str | None) -> Deployment | None:
    if not name:
        return None
    if name not in DEPLOYMENTS:
        raise ConfigError(
            "cannot use the configured",
            subject="deployment",
            why=f"{name!r} is none of {', '.join(DEPLOYMENTS)}",
            next_step="set sentinelhub:deployment to one of these, or sentinelhub:baseUrl for another host",
        )
    return DEPLOYMENTS[name]


def _token_url_for(base_url: str | None, deployment: Deployment) -> str:
    if base_url is None or base_url == deployment.base_url:
        return deployment.token_url
    known = deployment_at(base_url)
    return known.token_url if known else base_url + TOKEN_PATH


def _api_version(version: str | None, deployment: Deployment) -> str:
    version = version or GENERATIONS[0]
    if version not in GENERATIONS:
        raise ConfigError(
            "unknown API version",
            subject="apiVersion",
            why=f"{version!r} is none of {', '.join(GENERATIONS)}",
            next_step="set sentinelhub:apiVersion to one of these",
        )
    if not deployment.access(version):
        others = [row.name for row in DEPLOYMENTS.values() if row.access(version)]
        raise ConfigError(
            f"the deployment does not serve batch API {version}",
            subject="apiVersion",
            why=f"{deployment.name} serves {', '.join(deployment.generations)} alone",
            next_step=f"set sentinelhub:apiVersion to {deployment.generations[0]}, or sentinelhub:deployment "
            f"to one of {', '.join(others)}",
        )
    return version


def _checked_url(url: str, key: str) -> str:
    url = url.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        host, userinfo = parts.hostname or "", parts.username or parts.password
        _ = parts.port  # raises ValueError where the port is no number
    except ValueError:
        host, userinfo, parts = "", None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment or userinfo:
        raise ConfigError(
            "not a usable URL",
            subject=key,
            why="it must be https://host[:port][/path], without user, query or fragment",
            next_step=f"fix sentinelhub:{key} (or its environment variable)",
        )
    if parts.scheme == "http" and not is_loopback(url):
        raise ConfigError(
            "refusing to send credentials over plain HTTP",
            subject=key,
            why=f"{parts.scheme}://{host} is not on this machine",
            next_step="use https://",
        )
    return url


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine: then it may be plain HTTP, and never goes to a proxy."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _value(values: Mapping[str, Any], key: str) -> str | None:
    value = values.get(key)
    return value if isinstance(value, str) and value else None
