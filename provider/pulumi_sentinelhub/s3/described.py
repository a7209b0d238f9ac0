"""What a bucket is to be set to, and what it is found to be."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from .policy import NARROW, Policy


@dataclass(frozen=True)
class Wanted:
    """What a bucket is to be set to.

    Attributes:
        declaration: key of the declaration whose bucket it is.
        policy: ``"narrow"`` or ``"broad"``.
        expire_days: days after which results go; None: they stay.
        tags: the user's tags.
        earlier_tags: keys of tags that were declared earlier; those that are no longer wanted are removed.
            All others belong to someone else and are kept.
    """

    declaration: str
    policy: str = NARROW
    expire_days: int | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    earlier_tags: Collection[str] = ()


@dataclass(frozen=True)
class BucketInfo:
    """A bucket as it is.

    Attributes:
        name: its name.
        region: its region.
        endpoint: URL of the S3 endpoint.
        tags: all tags but the one that says whose it is.
        owner: the value of that tag; None without it.
        expire_days: days of our own expiry rule; None without it.
        policy: which of our policies is in place: ``"narrow"``, ``"broad"``, ``"altered"`` or ``"missing"``.
        document: the whole policy.
        public_access: ``"blocked"``, ``"open"`` or ``"unsupported"``.
    """

    name: str
    region: str
    endpoint: str
    tags: Mapping[str, str]
    owner: str | None
    expire_days: int | None
    policy: str
    document: Policy | None
    public_access: str
