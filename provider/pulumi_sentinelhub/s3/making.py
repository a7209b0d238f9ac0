"""Making a bucket, or taking over what a killed create has left; nobody else's is touched."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ..errors import BucketError, SentinelHubError
from ..waiting.patience import Patience
from . import contents, ownership
from .faults import PASSING, UNSUPPORTED, translated
from .policy import Grant
from .repeating import repeated
from .settings import BucketSettings
from .tags import OWNER_TAG

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_US_EAST_1 = "us-east-1"
#: What a definite refusal of tags in CreateBucket is called: no s3:TagResource, old boto3, another store.
_NO_TAGS = UNSUPPORTED | {
    "403",
    "AccessDenied",
    "InvalidArgument",
    "InvalidRequest",
    "MalformedXML",
    "ParamValidationError",
}


@dataclass(frozen=True)
class Making:
    """How one bucket comes to be a declaration's.

    Attributes:
        s3: the client.
        at: the bucket's arguments of each call.
        region: where it is to be, on AWS; None for another store, whose endpoint is in the right place.
        mark: value of the tag that says whose it is.
        patience: the operation's.
    """

    s3: S3Client
    at: Mapping[str, Any]
    region: str | None
    mark: str
    patience: Patience

    @property
    def _bucket(self) -> str:
        return str(self.at["Bucket"])

    @property
    def _settings(self) -> BucketSettings:
        return BucketSettings(self.s3, self.at, self.patience)

    def make(self) -> bool:
        """Make and tag it; False, and untouched, when we have a bucket of that name already."""
        made = self._tagged_at_once()
        if made:
            self._tag()
        return made

    def take_over(self, grant: Grant, *, own_name: bool) -> None:
        """Tag one that is there. Raises BucketError unless it is what a killed create has left."""
        count = partial(contents.count, self.s3, self.at)
        found = ownership.look(self.s3, self._bucket, self._settings, count, self.mark)
        objections = list(found.objections(self.mark, grant, own_name=own_name))
        if objections:
            raise ownership.taken(self._bucket, objections, empty=found.contents.empty)
        if OWNER_TAG not in found.tags:
            self._settings.put_tags({OWNER_TAG: self.mark})

    def _tagged_at_once(self) -> bool:
        """Make it, tagged at once where S3 does that."""
        if self.region is not None:
            try:
                return self._create({"Tags": [{"Key": OWNER_TAG, "Value": self.mark}]})
            except BucketError as error:
                if error.code not in _NO_TAGS:
                    raise
        return self._create({})

    def _create(self, configuration: Mapping[str, Any]) -> bool:
        """Call CreateBucket; False when we have the bucket already, as after an answer that was lost."""
        # us-east-1 is the one region that must not be named
        if self.region not in {None, _US_EAST_1}:
            configuration = {"LocationConstraint": self.region, **configuration}
        arguments: dict[str, Any] = {"Bucket": self._bucket}
        if configuration:
            arguments["CreateBucketConfiguration"] = configuration

        def attempt() -> bool:
            try:
                with translated("cannot make bucket", self._bucket):
                    self.s3.create_bucket(**arguments)
            except BucketError as error:
                if error.code == "BucketAlreadyOwnedByYou":
                    return False
                raise
            return True

        return repeated(self.patience, attempt, PASSING, "make bucket", self._bucket)

    def _tag(self) -> None:
        """Tag it, just made; where that fails, nothing is left that nobody owns."""
        try:
            self._settings.put_tags({OWNER_TAG: self.mark})
        except SentinelHubError:
            with suppress(BucketError), translated("cannot delete bucket", self._bucket):
                self.s3.delete_bucket(**self.at)
            raise
