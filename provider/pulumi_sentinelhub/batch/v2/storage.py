"""Storage objects of API v2: where a bucket is, and how the service is let in.

[batch API v2: ObjectStorageInfo]
Keys are put in at the moment of the POST alone, and taken out of all that is read, in whatever form the
service shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...config.settings import DeliveryKeys
from ..inputs import SCHEME

ROLE: Final = "iamRoleARN"
#: Members that hold keys, in lower case; ``credentials`` is Google's.
_SECRETS: Final = frozenset({"accesskey", "secretaccesskey", "credentials"})
_GOOGLE: Final = "gs://"
#: Where a payload has storage objects.
_STORAGES: Final = (("input", "features"), ("output", "delivery"))


def storage_at(url: Any, region: Any = None, role_arn: Any = None) -> dict[str, Any]:
    """A storage object for a URL, whose scheme may be missing; what is not known yet stays so."""
    if isinstance(url, str) and "://" not in url:
        url = SCHEME + url
    kind = "gs" if isinstance(url, str) and url.startswith(_GOOGLE) else "s3"
    members = {"url": url, "region": region, ROLE: role_arn}
    return {kind: {name: value for name, value in members.items() if value is not None}}


def place_of(storage: Any) -> Mapping[str, Any]:
    """What a storage object says of its bucket: ``url``, ``region``, ``iamRoleARN``."""
    if not isinstance(storage, Mapping):
        return {}
    place = storage.get("s3") or storage.get("gs")
    return place if isinstance(place, Mapping) else {}


def storages_of(payload: Mapping[str, Any]) -> list[Any]:
    """The storage objects of a payload."""
    owners = [(payload.get(member), inner) for member, inner in _STORAGES]
    return [owner.get(inner) for owner, inner in owners if isinstance(owner, Mapping)]


def without_access(storage: Any) -> Any:
    """The same without keys and role."""
    if not isinstance(storage, Mapping):
        return storage
    return {
        kind: {name: value for name, value in place.items() if not _is_secret(name) and name != ROLE}
        if isinstance(place, Mapping)
        else place
        for kind, place in storage.items()
    }


def with_keys(payload: Mapping[str, Any], keys: DeliveryKeys) -> dict[str, Any]:
    """A payload as it is sent: with the keys in each of its storage objects."""
    sent = dict(payload)
    for member, inner in _STORAGES:
        owner = sent.get(member)
        if isinstance(owner, Mapping) and isinstance(owner.get(inner), Mapping):
            sent[member] = {**owner, inner: _opened(owner[inner], keys)}
    return sent


def _opened(storage: Mapping[str, Any], keys: DeliveryKeys) -> dict[str, Any]:
    added = {"accessKey": keys.access_key_id, "secretAccessKey": keys.secret_access_key}
    return {kind: {**place, **added} if kind == "s3" else place for kind, place in storage.items()}


def holds_keys(value: Any) -> bool:
    """Whether a key is somewhere in a value, or stands in its place."""
    if isinstance(value, Mapping):
        return any(_is_secret(name) or holds_keys(member) for name, member in value.items())
    return isinstance(value, (list, tuple)) and any(
        holds_keys(member) for member in value if type(member) is not float
    )


def scrubbed(value: Any) -> Any:
    """An answer without members that hold keys, at any depth."""
    if isinstance(value, Mapping):
        return {name: scrubbed(member) for name, member in value.items() if not _is_secret(name)}
    if isinstance(value, list):
        return [member if type(member) is float else scrubbed(member) for member in value]
    return value


def _is_secret(name: object) -> bool:
    return isinstance(name, str) and name.lower() in _SECRETS
