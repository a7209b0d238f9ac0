"""The bucket service over boto3: made, configured, described, emptied, deleted; nobody else's is touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from ..config.deployments import Deployment
from ..errors import BucketError
from ..waiting.clock import SystemClock
from ..waiting.patience import Patience
from . import contents, ownership
from .client import S3Clients
from .contents import Contents
from .described import BucketInfo, Wanted
from .emptying import Emptying
from .faults import GONE, PASSING, translated
from .making import Making
from .policy import Grant
from .repeating import repeated
from .role import BucketRole
from .rules import found_expiry, wanted_rules
from .saving import save
from .settings import BucketSettings
from .stored import StoredObject
from .tags import OWNER_TAG, merge_tags, owner_value

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_DENIED = frozenset({"403", "AccessDenied", "Forbidden"})


class BucketClient:
    """What the lifecycles need of S3. Safe to share between threads; makes no call before it must.

    All methods raise BucketError, Interrupted and DeadlineExceeded.

    Args:
        deployment: tells region, endpoint and the principal that the policy lets in.
        clients: makes the boto3 clients.
        patience: the operation's; see ``bound``.
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

    def bound(self, patience: Patience, deployment: Deployment | None = None) -> BucketClient:
        """The same service within one operation's patience; ``deployment``: for another one's buckets."""
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

    def create(self, bucket: str, declaration: str, *, own_name: bool = False) -> bool:
        """Make the bucket and mark it as this declaration's, or take over what a killed create has left.

        That is empty, young and without settings of others, and bears this declaration's tag. A process may
        have been killed before it tagged a bucket: one without tags is taken over, too, when its name was
        made for this declaration. Everything else stays as it is.

        Args:
            bucket: its name.
            declaration: key of the declaration.
            own_name: whether the name was made for this declaration, rather than chosen by the user.

        Returns:
            Whether it was made.

        Raises:
            BucketError: the name is taken, by someone else or by another declaration, or in another region.
        """
        region = self._head(bucket)
        if region not in {None, self._region}:
            raise ownership.taken(bucket, [f"it is in {region}, not in {self._region}"], empty=False)
        place = self._region if self._clients.on_aws else None
        making = Making(self._s3, self._at(bucket), place, owner_value(declaration), self._patience)
        if region is None and making.make():
            return True
        making.take_over(self._grant(bucket), own_name=own_name)
        return False

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
        settings.put_policy(self._grant(bucket), wanted.policy)
        if not settings.put_rules(wanted_rules(wanted.expire_days)) and wanted.expire_days is not None:
            raise BucketError(
                "cannot set the expiry of bucket",
                subject=bucket,
                why=f"the store at {self.endpoint()} knows no lifecycle rules",
                next_step="Remove `expire_days`",
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
            policy=self._grant(bucket).found(document),
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
        """Remove everything in it, which must be this declaration's own; how much that was."""
        self._require_own(bucket, declaration, "cannot empty bucket")
        return Emptying(self._s3, self._at(bucket), self._patience, progress).run()

    def delete(self, bucket: str, declaration: str) -> bool:
        """Delete this declaration's own when it is empty; False when it was gone already."""
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

        return repeated(self._patience, attempt, PASSING, "delete bucket", bucket)

    def role(self, bucket: str) -> BucketRole:
        """The role by which the service comes to the bucket, where one is wanted."""
        return BucketRole(lambda: self._clients.iam(self._region), bucket, self._patience)

    def stored(self, bucket: str, key: str) -> StoredObject:
        """One object of a declaration's own."""
        return StoredObject(self._s3, self._at(bucket), key, self._patience)

    def has_objects(self, bucket: str, prefix: str, ignoring: Callable[[str], bool]) -> bool:
        """Whether there is an object whose key starts with ``prefix``, other than those to be ignored."""
        with translated("cannot list the objects of bucket", bucket):
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                if any(not ignoring(entry["Key"]) for entry in page.get("Contents", ())):
                    return True
        return False

    def save_object(self, bucket: str, key: str, into: BinaryIO) -> bool:
        """Write an object's content into a file, as ``saving.save`` does."""
        return save(self._s3, bucket, key, into, self._patience)

    def region_of(self, bucket: str) -> str | None:
        """The region of any bucket, also someone else's.

        None when it cannot be told: no credentials, no network, no AWS.
        """
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

    def _grant(self, bucket: str) -> Grant:
        return Grant(bucket, self._deployment.principal, self._tls_only)

    def _at(self, bucket: str) -> dict[str, Any]:
        """The arguments that name the bucket, and its owner where known: S3 then refuses another owner's."""
        account = self._clients.account(self._region)
        return {"Bucket": bucket, "ExpectedBucketOwner": account} if account else {"Bucket": bucket}

    def _settings(self, bucket: str) -> BucketSettings:
        return BucketSettings(self._s3, self._at(bucket), self._patience)

    def _head(self, bucket: str) -> str | None:
        """The bucket's region; None when there is no such bucket."""
        self._patience.check("look at bucket", bucket)
        try:
            with translated("cannot look at bucket", bucket):
                answer = self._s3.head_bucket(**self._at(bucket))
        except BucketError as error:
            if error.code in GONE:
                return None
            if error.code in _DENIED:
                raise ownership.denied(bucket) from None
            raise
        return (_region_in(answer) if self._clients.on_aws else None) or self._region

    def _require_own(self, bucket: str, declaration: str, what: str) -> dict[str, str]:
        """The bucket's tags. Raises BucketError where they do not say that it is this declaration's."""
        tags = self._settings(bucket).tags()
        ownership.require_own(what, bucket, tags, owner_value(declaration))
        return tags


def _region_in(answer: Mapping[str, Any]) -> str | None:
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = answer.get("BucketRegion") or headers.get("x-amz-bucket-region")
    return str(region) if region else None
