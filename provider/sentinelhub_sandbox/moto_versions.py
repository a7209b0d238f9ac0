"""moto's list of the versions in a bucket, for large buckets.

It copies all versions of a bucket for each page, so that a list is quadratic in their number. Here it is
shown only those that a page can hold; what it makes of them is its own. But it looks for the version that a
page begins after, and shows nothing where that has been deleted meanwhile: S3 goes on, and so does this.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from moto.s3.models import FakeBucket, S3Backend

_MARK = "_page_by_page"
#: Items of a page, where that is not said.
_PAGE = 1000


def list_versions_page_by_page() -> None:
    """Let every backend of this process list versions so; again it does nothing."""
    from moto.s3.models import S3Backend

    whole = S3Backend.list_object_versions
    if hasattr(whole, _MARK):
        return

    @wraps(whole)
    def page(self: S3Backend, bucket_name: str, **asked: Any) -> Any:
        bucket = self.get_bucket(bucket_name)
        names = _names(bucket, asked.get("key_marker"), asked.get("prefix", ""))
        if _is_gone(bucket, asked.get("key_marker"), asked.get("version_id_marker")):
            asked |= {"key_marker": None, "version_id_marker": None}
        most = None if asked.get("delimiter") else asked.get("max_keys", _PAGE)
        return whole(_Backend(_Shown(bucket, names, most)), bucket_name, **asked)  # type: ignore[arg-type]

    setattr(page, _MARK, True)
    S3Backend.list_object_versions = page  # type: ignore[assignment,method-assign]


@dataclass(frozen=True)
class _Backend:
    """What moto's list asks for its bucket, and for nothing else."""

    bucket: _Shown

    def get_bucket(self, _: str) -> _Shown:
        return self.bucket


@dataclass(frozen=True)
class _Shown:
    """What a page is made of: the versions of some names, in order, a few more than ``most``."""

    bucket: FakeBucket
    names: list[str]
    most: int | None

    @property
    def keys(self) -> _Shown:
        return self

    def iterlists(self) -> Iterator[tuple[str, list[Any]]]:
        stored: Any = self.bucket.keys
        number = 0
        for place, name in enumerate(self.names):
            if self.most is not None and number > self.most:
                return
            versions = stored.getlist(name, [])
            yield name, versions
            # a marker leaves out versions of the first name
            number += len(versions) if place else 0


def _is_gone(bucket: FakeBucket, key: str | None, version: str | None) -> bool:
    """Whether the version that a page begins after is not there any more."""
    stored: Any = bucket.keys
    return bool(key and version) and all(one.version_id != version for one in stored.getlist(key, []))


def _names(bucket: FakeBucket, marker: str | None, prefix: str) -> list[str]:
    """Names from a marker on; all but the first, of which the marker leaves out versions, with the prefix."""
    keys: Mapping[str, Any] = bucket.keys
    if marker is None:
        return sorted(name for name in keys if name.startswith(prefix))
    names = sorted(keys)
    start = bisect_left(names, marker)
    return names[start : start + 1] + [name for name in names[start + 1 :] if name.startswith(prefix)]
