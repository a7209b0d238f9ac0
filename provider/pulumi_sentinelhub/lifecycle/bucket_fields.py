"""The declared inputs and the outputs of OutputBucket, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..s3.policy import KINDS, NARROW
from .fields import Change, Field
from .kinds import FLAG, TEXTS, Text, Whole, Word

_MOST_DAYS: Final = 2**31 - 1  # [S3 API: LifecycleExpiration]
FIELDS: Final = (
    Field(
        "bucket",
        Change.REPLACE,
        Text(empty=True),
        "The bucket's name; made from the resource's name where absent.",
    ),
    Field("region", Change.REPLACE, Text(empty=True), "Its region: that of the deployment, and no other."),
    Field("force_destroy", Change.LOCAL, FLAG, "Whether destroy removes what is in it.", default=False),
    Field(
        "expire_days",
        Change.IN_PLACE,
        Whole("number of days", 1, _MOST_DAYS),
        "Days after which S3 removes results by itself.",
    ),
    Field("tags", Change.IN_PLACE, TEXTS, "Tags of the bucket; tags that others have set are kept."),
    Field(
        "policy",
        Change.IN_PLACE,
        Word(tuple(KINDS)),
        "What the service may do: narrow (what it needs) or broad (s3:*).",
        default=NARROW,
    ),
    Field("deployment", Change.REPLACE, Text(), "The deployment whose service writes to it."),
    Field(
        "declaration",
        Change.HIDDEN,
        Text(empty=True),
        "Key of the declaration; the bucket is tagged with it.",
    ),
    Field(
        "retained",
        Change.HIDDEN,
        FLAG,
        "Whether the resource's options keep the bucket when it is removed.",
    ),
)

OUTPUTS: Final[Mapping[str, str]] = {
    "arn": "The bucket's ARN.",
    "url": "The bucket as ``s3://…``.",
    "endpoint": "URL of the S3 endpoint that it is reached by.",
    "policy_in_place": "Whether the policy lets the service write, as last read.",
    "public_access": "``blocked``; ``open`` where someone has undone that; ``unsupported`` by the store.",
}
