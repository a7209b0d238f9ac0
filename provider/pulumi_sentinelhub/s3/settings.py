"""What a bucket is set to: tags, policy, lifecycle rules, public access; read and changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import BucketError
from ..waiting.patience import Patience
from .faults import PASSING, UNSUPPORTED, translated
from .policy import Grant, Policy, parse, same
from .repeating import repeated
from .rules import Rule, merge_rules, same_rules

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

BLOCKED, OPEN, UNSUPPORTED_ACCESS = "blocked", "open", "unsupported"
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")

# A bucket made just now is not seen by every part of S3 at once.
_PASSING = PASSING | {"NoSuchBucket"}
_LOST_RACE = "LostRace"


class BucketSettings:
    """The settings of one bucket.

    Args:
        s3: the client.
        at: the bucket's arguments of each call.
        patience: how long passing failures are borne.
    """

    def __init__(self, s3: S3Client, at: Mapping[str, Any], patience: Patience) -> None:
        self._s3 = s3
        self._at = at
        self._bucket: str = at["Bucket"]
        self._patience = patience

    def tags(self) -> dict[str, str]:
        """All tags."""
        answer = self._read(lambda: self._s3.get_bucket_tagging(**self._at), "tags", "NoSuchTagSet")
        return {tag["Key"]: tag["Value"] for tag in (answer or {}).get("TagSet", ())}

    def put_tags(self, tags: Mapping[str, str]) -> None:
        """Replace all tags."""
        tag_set: Any = [{"Key": key, "Value": value} for key, value in tags.items()]
        self._write(lambda: self._s3.put_bucket_tagging(Tagging={"TagSet": tag_set}, **self._at), "tags")

    def policy(self) -> Policy | None:
        """The policy; None where there is none."""
        answer = self._read(lambda: self._s3.get_bucket_policy(**self._at), "policy", "NoSuchBucketPolicy")
        try:
            return parse((answer or {}).get("Policy"))
        except ValueError as error:
            raise BucketError(
                "cannot read the policy of bucket",
                subject=self._bucket,
                why=str(error),
                next_step="Correct the policy",
            ) from None

    def put_policy(self, grant: Grant, kind: str) -> None:
        """Merge the grant's statements into the policy, and look whether another writer came in between.

        S3 has no conditional write for policies. So the policy is read again after it was written: when ours
        are not in it as written, someone else has changed it, and ours are merged into theirs.

        Raises:
            BucketError: refused, or another writer keeps undoing it.
        """
        what = "set the policy of bucket"

        def attempt() -> None:
            before = self.policy()
            merged = grant.merge(before, kind)
            if same(before, merged):
                return
            self._write(lambda: self._s3.put_bucket_policy(Policy=_text(merged), **self._at), "policy")
            after = self.policy()
            if not same(after, grant.merge(after, kind)):
                raise BucketError(
                    f"cannot {what}",
                    subject=self._bucket,
                    why="something else keeps changing it at the same time",
                    next_step="Let whatever writes it keep others' statements, and run the command again",
                    code=_LOST_RACE,
                )

        repeated(self._patience, attempt, {_LOST_RACE}, what, self._bucket)

    def versioned(self) -> bool:
        """Whether versioning was ever switched on; object lock does so, too."""
        what = "read the versioning of bucket"
        try:
            answer = self._call(lambda: self._s3.get_bucket_versioning(**self._at), what)
        except BucketError as error:
            if error.code in UNSUPPORTED:
                return False
            raise
        return bool(answer.get("Status"))

    def rules(self) -> list[Rule] | None:
        """The lifecycle rules; None where the store knows none."""
        missing = "NoSuchLifecycleConfiguration"
        call = lambda: self._s3.get_bucket_lifecycle_configuration(**self._at)  # noqa: E731 - used once
        try:
            answer = self._read(call, "lifecycle rules", missing)
        except BucketError as error:
            if error.code in UNSUPPORTED:
                return None
            raise
        return list((answer or {}).get("Rules", ()))

    def put_rules(self, wanted: list[Rule]) -> bool:
        """Merge our lifecycle rules into those that are there; False where the store knows none."""
        before = self.rules()
        if before is None:
            return False
        merged = merge_rules(before, wanted)
        if same_rules(before, merged):
            return True
        rules: Any = {"Rules": merged}
        return self._write_if_supported(
            lambda: self._s3.put_bucket_lifecycle_configuration(LifecycleConfiguration=rules, **self._at),
            "lifecycle rules",
        )

    def public_access(self) -> str:
        """``"blocked"``, ``"open"``, or ``"unsupported"`` where the store knows no such setting."""
        missing = "NoSuchPublicAccessBlockConfiguration"
        try:
            answer = self._read(
                lambda: self._s3.get_public_access_block(**self._at), "public access block", missing
            )
        except BucketError as error:
            if error.code in UNSUPPORTED:
                return UNSUPPORTED_ACCESS
            raise
        blocks: Any = (answer or {}).get("PublicAccessBlockConfiguration", {})
        return BLOCKED if all(blocks.get(name) for name in _BLOCKS) else OPEN

    def block_public_access(self) -> str:
        """Block it; what ``public_access`` is then."""
        found = self.public_access()
        if found != OPEN:
            return found
        blocks: Any = dict.fromkeys(_BLOCKS, True)
        done = self._write_if_supported(
            lambda: self._s3.put_public_access_block(PublicAccessBlockConfiguration=blocks, **self._at),
            "public access block",
        )
        return BLOCKED if done else UNSUPPORTED_ACCESS

    def _read(self, call: Callable[[], Any], noun: str, missing: str) -> Any:
        """The answer of a call, or None where it says that there is no such setting."""
        what = f"read the {noun} of bucket"
        try:
            return self._call(call, what)
        except BucketError as error:
            if error.code == missing:
                return None
            raise

    def _write(self, call: Callable[[], Any], noun: str) -> None:
        self._call(call, f"set the {noun} of bucket")

    def _write_if_supported(self, call: Callable[[], Any], noun: str) -> bool:
        try:
            self._write(call, noun)
        except BucketError as error:
            if error.code in UNSUPPORTED:
                return False
            raise
        return True

    def _call(self, call: Callable[[], T], what: str) -> T:
        def attempt() -> T:
            with translated(f"cannot {what}", self._bucket):
                return call()

        return repeated(self._patience, attempt, _PASSING, what, self._bucket)


def _text(policy: Policy) -> str:
    import json

    return json.dumps(policy)
