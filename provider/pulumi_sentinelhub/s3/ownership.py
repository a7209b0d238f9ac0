"""Whose bucket it is: what a create may take over, and how a refusal reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from ..errors import BucketError
from ..shown import fit
from .contents import Contents
from .faults import translated
from .policy import Grant, Policy
from .rules import OWN_RULES, Rule
from .settings import BucketSettings
from .tags import OWNER_TAG

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: Seconds after which a bucket is no longer what a killed create has just left behind.
YOUNG = 3_600.0

_UNTOUCHED = "Nothing in it was touched"


@dataclass(frozen=True)
class Found:
    """A bucket that was there before its declaration was to make it.

    Attributes:
        tags: all of them.
        contents: what is in it.
        versioned: whether versioning was ever switched on, which we never do.
        rules: its lifecycle rules.
        policy: its policy; None where there is none.
        age: seconds since it was made; None where that cannot be read.
    """

    tags: Mapping[str, str]
    contents: Contents
    versioned: bool
    rules: Sequence[Rule]
    policy: Policy | None
    age: float | None

    def objections(self, mark: str, grant: Grant, *, own_name: bool) -> Iterator[str]:
        """All that speaks against its being what a killed create has left; nothing: it is taken over.

        Args:
            mark: value of the tag that the declaration gives.
            grant: tells its statements from those of others.
            own_name: whether the name was made for this declaration: such a bucket may have been left before
                it was tagged, and nothing else was done to it.
        """
        tagged = self.tags.get(OWNER_TAG) == mark
        if not tagged and OWNER_TAG in self.tags:
            yield _anothers(self.tags[OWNER_TAG])
        elif not tagged and not own_name:
            yield f"it has no tag {OWNER_TAG}, so nothing shows that this declaration has made it"
        elif not tagged and self.tags:
            yield f"it has tags, but not {OWNER_TAG}"
        if not self.contents.empty:
            yield f"it holds {self.contents}"
        if self.versioned:
            yield "versioning was switched on for it"
        if any(not tagged or rule.get("ID") not in OWN_RULES for rule in self.rules):
            yield "it has lifecycle rules that this declaration has not made"
        if grant.others(self.policy) if tagged else self.policy:
            yield "it has a policy that this declaration has not made"
        if self.age is None:
            yield "when it was made cannot be read (s3:ListAllMyBuckets)"
        elif self.age > YOUNG:
            yield f"it was made {_hours(self.age)} ago, so not by an update that has just failed"


def look(
    s3: S3Client, bucket: str, settings: BucketSettings, contents: Callable[[], Contents], mark: str
) -> Found:
    """All that decides whose it is. Another declaration's is not looked at any further.

    Raises:
        BucketError: it is another declaration's, or one of the calls was refused.
    """
    tags = settings.tags()
    if tags.get(OWNER_TAG, mark) != mark:
        raise taken(bucket, [_anothers(tags[OWNER_TAG])], empty=False)
    return Found(
        tags=tags,
        contents=contents(),
        versioned=settings.versioned(),
        rules=settings.rules() or (),
        policy=settings.policy(),
        age=_age(s3, bucket),
    )


def taken(bucket: str, objections: Sequence[str], *, empty: bool) -> BucketError:
    """The refusal to take over a bucket that is there already."""
    clear = "delete it by hand" if empty else "empty and delete it by hand"
    return BucketError(
        "cannot take over bucket",
        subject=bucket,
        why=f"it is there already, and {'; '.join(objections)}",
        next_step="Choose another name with `bucket=`; or give this one's name to the batch request itself "
        f"instead of declaring it; or, if nobody needs it, {clear} and run the command again. {_UNTOUCHED}",
        code="NotOurs",
    )


def require_own(what: str, bucket: str, tags: Mapping[str, str], mark: str) -> None:
    """Raise BucketError unless the bucket bears the mark of the declaration whose state holds it."""
    owner = tags.get(OWNER_TAG)
    if owner == mark:
        return
    forget = "or have the stack forget it with `pulumi state delete` and its urn"
    if owner is None:
        why = f"it has no tag {OWNER_TAG}: someone took it away, or it is another bucket of that name"
        step = f"If it is still this stack's, put the tag {OWNER_TAG}={mark} on it again; {forget}"
    else:
        why, step = _anothers(owner), f"Run `pulumi refresh`, which forgets it here; {forget}"
    raise BucketError(what, subject=bucket, why=why, next_step=f"{step}. {_UNTOUCHED}", code="NotOurs")


def denied(bucket: str) -> BucketError:
    """The refusal to use a bucket that S3 does not let us look at."""
    return BucketError(
        "cannot use bucket",
        subject=bucket,
        why="S3 denies access to it",
        next_step="Allow s3:ListBucket to the AWS identity in use; or, if it is someone else's, choose "
        f"another name with `bucket=`. {_UNTOUCHED}",
        code="NotOurs",
    )


def _anothers(owner: str) -> str:
    return f"its tag {OWNER_TAG} says that it belongs to another declaration ({fit(owner, 100)})"


def _hours(seconds: float) -> str:
    days, hours = divmod(int(seconds // 3_600), 24)
    if days:
        return f"{days} day{'' if days == 1 else 's'}"
    return f"{hours} hour{'' if hours == 1 else 's'}"


def _age(s3: S3Client, bucket: str) -> float | None:
    """Seconds since the bucket was made, by S3's own clock; None where that cannot be read.

    S3 may give the time of a later change of the settings instead [S3 API: ListBuckets]; so a bucket that is
    young by this need not be new, and this alone proves nothing.
    """
    try:
        with translated("cannot list buckets", bucket):
            answer: Any = s3.list_buckets(Prefix=bucket)
        now = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
        # a store that knows no prefix lists all
        made = next(one["CreationDate"] for one in answer["Buckets"] if one["Name"] == bucket)
        return float((now - made).total_seconds())
    except (BucketError, KeyError, TypeError, ValueError, StopIteration):
        return None
