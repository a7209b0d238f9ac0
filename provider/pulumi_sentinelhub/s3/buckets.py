"""Buckets for results: made, configured, described, emptied, deleted; nobody else's is touched."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ..config.deployments import Deployment
from ..errors import BucketError
from ..waiting.clock import Clock, SystemClock
from . import contents
from .client import S3Clients
from .contents import Contents
from .faults import GONE, PASSING, translated
from .patience import Patience
from .policy import NARROW, Policy, found, statements
from .rules import found_expiry, wanted_rules
from .settings import BucketSettings
from .tags import OWNER_TAG, merge_tags, owner_value

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_DENIED = frozenset({"403", "AccessDenied", "Forbidden"})
_US_EAST_1 = "us-east-1"


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

    def create(self, bucket: str, declaration: str) -> bool:
        """Make the bucket, or take over the one that this declaration made before; True if it was made."""

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

    def region_of(self, bucket: str) -> str | None:
        """The region of any bucket, also someone else's; None when it cannot be told."""


class BucketClient:
    """BucketService over boto3. Safe to share between threads; makes no call before it must.

    Args:
        deployment: tells region, endpoint and the principal that the policy lets in.
        clients: makes the boto3 clients.
        patience: clock, cancellation and deadline; see ``bound``.
    """

    def __init__(
        self,
        deployment: Deployment,
        *,
        clients: S3Clients | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._deployment = deployment
        self._clients = clients or S3Clients(deployment)
        self._patience = patience or Patience(SystemClock())
        self._region = deployment.bucket_region

    def bound(
        self,
        *,
        clock: Clock,
        cancel: threading.Event | None = None,
        deadline: float | None = None,
        deployment: Deployment | None = None,
    ) -> BucketClient:
        """The same service for one operation; ``deadline`` in seconds from now."""
        until = None if deadline is None else clock.monotonic() + deadline
        patience = Patience(clock, cancel, until)
        if deployment is not None and deployment != self._deployment:
            return BucketClient(deployment, patience=patience)
        return BucketClient(self._deployment, clients=self._clients, patience=patience)

    def endpoint(self) -> str:
        """URL of the S3 endpoint."""
        return str(self._s3.meta.endpoint_url)

    def exists(self, bucket: str) -> bool:
        """Whether there is such a bucket."""
        return self._head(bucket) is not None

    def check_own(self, bucket: str, declaration: str) -> None:
        """Raise BucketError unless it is this declaration's bucket."""
        self._require_own(bucket, declaration, "cannot change bucket")

    def create(self, bucket: str, declaration: str) -> bool:
        """Make the bucket and mark it as this declaration's, or take it over.

        A bucket is taken over when it carries this declaration's tag, or when it has neither tags nor policy
        nor contents: that is what a process killed between making and marking leaves behind.

        Raises:
            BucketError: the name is taken, by someone else or by another declaration, or in another region.
        """
        region = self._head(bucket)
        if region not in {None, self._region}:
            raise _not_ours("cannot take over bucket", bucket, f"it is in {region}, not in {self._region}")
        if region is not None or not self._make(bucket):
            self._require_own(bucket, declaration, "cannot take over bucket")
            return False
        self._settings(bucket).put_tags({OWNER_TAG: owner_value(declaration)})
        return True

    def configure(self, bucket: str, wanted: Wanted) -> str:
        """Set public access, tags, policy and rules; what is as wanted already costs no write.

        Raises:
            BucketError: refused; or ``expire_days`` on a store without lifecycle rules.
        """
        tags = self._require_own(bucket, wanted.declaration, "cannot configure bucket")
        settings = self._settings(bucket)
        public_access = settings.block_public_access()
        merged = merge_tags(tags, wanted.tags, wanted.earlier_tags, wanted.declaration)
        if merged != tags:
            settings.put_tags(merged)
        settings.put_statements(
            statements(bucket, self._deployment.principal, wanted.policy, tls_only=self._tls_only)
        )
        if not settings.put_rules(wanted_rules(wanted.expire_days)) and wanted.expire_days is not None:
            raise BucketError(
                "cannot set the expiry of bucket",
                subject=bucket,
                why=f"the store at {self.endpoint()} knows no lifecycle rules",
                next_step="remove `expire_days`",
            )
        return public_access

    def describe(self, bucket: str) -> BucketInfo | None:
        """The bucket as it is; None when there is none."""
        region = self._head(bucket)
        if region is None:
            return None
        settings = self._settings(bucket)
        tags, document = settings.tags(), settings.policy()
        return BucketInfo(
            name=bucket,
            region=region,
            endpoint=self.endpoint(),
            tags={key: value for key, value in tags.items() if key != OWNER_TAG},
            owner=tags.get(OWNER_TAG),
            expire_days=found_expiry(settings.rules() or ()),
            policy=found(document, bucket, self._deployment.principal, tls_only=self._tls_only),
            document=document,
            public_access=settings.public_access(),
        )

    def contents(self, bucket: str) -> Contents | None:
        """What is in it, counted up to a thousand; None when there is no such bucket."""
        try:
            return contents.count(self._s3, self._at(bucket))
        except BucketError as error:
            if error.code in GONE:
                return None
            raise

    def is_empty(self, bucket: str) -> bool:
        """Whether no object, older version, delete marker or unfinished upload is in it."""
        held = self.contents(bucket)
        return held is None or held.empty

    def empty(self, bucket: str, declaration: str, progress: Callable[[str], None]) -> int:
        """Remove everything in it; how much that was."""
        self._require_own(bucket, declaration, "cannot empty bucket")
        return contents.empty(self._s3, self._at(bucket), self._patience, progress)

    def delete(self, bucket: str, declaration: str) -> bool:
        """Delete it when it is empty; False when it was gone already."""
        if self._head(bucket) is None:
            return False
        self._require_own(bucket, declaration, "cannot delete bucket")

        def attempt() -> bool:
            try:
                with translated("cannot delete bucket", bucket):
                    self._s3.delete_bucket(**self._at(bucket))
            except BucketError as error:
                if error.code in GONE:
                    return False
                raise
            return True

        return self._patience.keep_trying(attempt, PASSING, "cannot delete bucket", bucket)

    def has_objects(self, bucket: str, prefix: str, ignoring: Callable[[str], bool]) -> bool:
        """Whether there is an object whose key starts with ``prefix``, other than those to be ignored."""
        with translated("cannot list the objects of bucket", bucket):
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                if any(not ignoring(entry["Key"]) for entry in page.get("Contents", ())):
                    return True
        return False

    def region_of(self, bucket: str) -> str | None:
        """The region of any bucket; None when it cannot be told: no credentials, no network, no AWS."""
        from botocore.exceptions import BotoCoreError, ClientError

        if not self._clients.on_aws:
            return None
        try:
            answer: Any = self._s3.head_bucket(Bucket=bucket)
        except ClientError as error:
            # S3 names the region also when it refuses [S3 API: HeadBucket].
            answer = error.response
        except (BotoCoreError, BucketError):
            return None
        return _region_in(answer)

    @property
    def _s3(self) -> S3Client:
        return self._clients.client(self._region)

    @property
    def _tls_only(self) -> bool:
        # Elsewhere TLS may end before the store, which would then take every call for one without TLS and
        # lock all out.
        return self._clients.on_aws

    def _at(self, bucket: str) -> dict[str, Any]:
        """The arguments that name the bucket, and its owner where known: S3 then refuses another owner's."""
        account = self._clients.account(self._region)
        return {"Bucket": bucket, "ExpectedBucketOwner": account} if account else {"Bucket": bucket}

    def _settings(self, bucket: str) -> BucketSettings:
        return BucketSettings(self._s3, self._at(bucket), self._patience)

    def _head(self, bucket: str) -> str | None:
        """The bucket's region; None when there is no such bucket."""
        self._patience.check("cannot look at bucket", bucket)
        try:
            with translated("cannot look at bucket", bucket):
                answer = self._s3.head_bucket(**self._at(bucket))
        except BucketError as error:
            if error.code in GONE:
                return None
            if error.code in _DENIED:
                raise _not_ours("cannot use bucket", bucket, "S3 denies access to it") from None
            raise
        return (_region_in(answer) if self._clients.on_aws else None) or self._region

    def _make(self, bucket: str) -> bool:
        """Make the bucket; False when we have it already, as after an answer that was lost."""
        arguments: dict[str, Any] = {"Bucket": bucket}
        # us-east-1 is the one region that must not be named; other stores' endpoints are in the right place.
        if self._clients.on_aws and self._region != _US_EAST_1:
            arguments["CreateBucketConfiguration"] = {"LocationConstraint": self._region}

        def attempt() -> bool:
            try:
                with translated("cannot make bucket", bucket):
                    self._s3.create_bucket(**arguments)
            except BucketError as error:
                if error.code == "BucketAlreadyOwnedByYou":
                    return False
                raise
            return True

        return self._patience.keep_trying(attempt, PASSING, "cannot make bucket", bucket)

    def _require_own(self, bucket: str, declaration: str, what: str) -> dict[str, str]:
        """The bucket's tags, if it is this declaration's; an unmarked one with nothing in it is marked."""
        settings = self._settings(bucket)
        tags = settings.tags()
        mark = owner_value(declaration)
        owner = tags.get(OWNER_TAG)
        if owner == mark:
            return tags
        if owner is not None:
            raise _not_ours(
                what, bucket, f"its tag {OWNER_TAG} says that it belongs to another declaration ({owner})"
            )
        if tags or settings.policy() is not None or not self.is_empty(bucket):
            raise _not_ours(
                what,
                bucket,
                f"it has no tag {OWNER_TAG}: this declaration did not make it, or someone took the tag away",
                f"if the bucket is yours to manage here, add the tag {OWNER_TAG}={mark} to it; else ",
            )
        settings.put_tags({OWNER_TAG: mark})
        return {OWNER_TAG: mark}


def _region_in(answer: Mapping[str, Any]) -> str | None:
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = answer.get("BucketRegion") or headers.get("x-amz-bucket-region")
    return str(region) if region else None


def _not_ours(what: str, bucket: str, why: str, first: str = "") -> BucketError:
    step = (
        f"{first}choose another name with `bucket=`, or give this one's name to the batch request directly. "
        "Nothing in it was touched"
    )
    return BucketError(what, subject=bucket, why=why, next_step=step[0].upper() + step[1:], code="NotOurs")
