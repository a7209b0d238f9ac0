"""The file behind Features: its hash, where it goes, and what a request is given."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

#: Digits of the content's hash in the object's key.
_HASH_DIGITS: Final = 12
_CHUNK: Final = 1 << 20


@dataclass(frozen=True)
class FeatureFile:
    """A GeoPackage.

    Attributes:
        path: where it is on this machine.
        content_hash: equal for equal features, whenever and wherever they were written.
    """

    path: Path
    content_hash: str


def file_at(path: Path) -> FeatureFile:
    """A GeoPackage that is there. Raises OSError, or ValueError where it is no path."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return FeatureFile(path.resolve(), digest.hexdigest())


def key_of(name: str) -> str:
    """The key where the declaration ``name`` gives none, before the hash is put into it."""
    return f"features/{name}.gpkg"


def url_of(values: Mapping[str, Any], content_hash: str) -> str:
    """The object's URL: the hash stands before the key's ending.

    Args:
        values: ``bucket`` and ``key``.
        content_hash: of the file.
    """
    key = PurePosixPath(str(values["key"]).lstrip("/"))
    name = f"{key.stem}-{content_hash[:_HASH_DIGITS]}{key.suffix or '.gpkg'}"
    return f"s3://{values['bucket']}/{key.with_name(name) if key.name else name}"


def for_request(url: Any, defaults: Any) -> dict[str, Any]:
    """What a request is given; the URL may be unknown, and so may the defaults."""
    return {"s3": {"url": url}, **({} if defaults is None else {"defaults": defaults})}
