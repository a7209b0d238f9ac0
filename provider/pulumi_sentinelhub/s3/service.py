"""What the lifecycles need of buckets: the service, what it is told and what it tells."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ..config.deployments import Deployment
from ..waiting.clock import Clock
from .contents import Contents
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


class BucketService(Protocol):
    """What the lifecycles need of S3. All methods raise BucketError, Interrupted and DeadlineExceeded."""

    def bound(
        self,
        *,
        clock: Clock,
        cancel: threading.Event | None = None,
        deadline: float | None = None,
        deployment: Deployment | None = None,
    ) -> BucketService:
        """The same service for one operation; ``deadline`` in seconds from now."""

    def endpoint(self) -> str:
        """URL of the S3 endpoint."""

    def exists(self, bucket: str) -> bool:
        """Whether there is such a bucket."""

    def check_own(self, bucket: str, declaration: str) -> None:
        """Raise BucketError unless it is this declaration's bucket."""

    def create(self, bucket: str, declaration: str, *, own_name: bool = False) -> bool:
        """Make the bucket, or take over what a killed create has left; True if it was made.

        Args:
            bucket: its name.
            declaration: key of the declaration.
            own_name: whether the name was made for this declaration.
        """

    def configure(self, bucket: str, wanted: Wanted) -> str:
        """Set tags, public access block, policy, rules; returns what public access is then."""

    def describe(self, bucket: str) -> BucketInfo | None:
        """The bucket as it is; None when there is none."""

    def contents(self, bucket: str) -> Contents | None:
        """What is in it, counted up to a thousand; None when there is no such bucket."""

    def is_empty(self, bucket: str) -> bool:
        """Whether no object, older version, delete marker or unfinished upload is in it."""

    def empty(self, bucket: str, declaration: str, progress: Callable[[str], None]) -> int:
        """Remove everything in it; how much that was. Only from this declaration's own bucket."""

    def delete(self, bucket: str, declaration: str) -> bool:
        """Delete it when it is empty; False when it was gone already. Only this declaration's own bucket."""

    def has_objects(self, bucket: str, prefix: str, ignoring: Callable[[str], bool]) -> bool:
        """Whether there is an object whose key starts with ``prefix``, other than those to be ignored."""

    def read_object(self, bucket: str, key: str) -> bytes | None:
        """An object's content, also in someone else's bucket; None where there is no such object."""

    def region_of(self, bucket: str) -> str | None:
        """The region of any bucket, also someone else's; None when it cannot be told."""
