"""The table of OutputBucket."""

from __future__ import annotations

from typing import Final

from ...s3.policy import KINDS, NARROW
from ..fields import Change, Field
from ..kinds import FLAG, TEXTS, Text, Whole, Word
from ..outputs import Output, by_name

_MOST_DAYS: Final = 2**31 - 1  # [S3 API: LifecycleExpiration]

FIELDS: Final = (
    Field(
        "bucket",
        Change.REPLACE,
        Text(empty=True),
        "The bucket's name; made up from the resource's name where absent.",
        filled=True,
    ),
    Field(
        "region",
        Change.REPLACE,
        Text(empty=True),
        "Its region: that of the deployment where absent, and no other will do.",
        filled=True,
    ),
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
        Word(KINDS),
        'What the service may do: ``"narrow"`` allows what batch processing needs, ``"broad"`` what the '
        "vendor's documentation asks for (``s3:*``).",
        default=NARROW,
    ),
    Field(
        "delivery_role",
        Change.IN_PLACE,
        FLAG,
        "Whether to make an IAM role by which batch v2 comes to this bucket, on AWS: it trusts "
        "``sentinelhub:deliveryPrincipal`` and goes with the bucket.",
        default=False,
    ),
    Field(
        "deployment",
        Change.REPLACE,
        Text(),
        "The deployment whose service writes to it; from the configuration.",
        internal=True,
    ),
    Field(
        "declaration",
        Change.HIDDEN,
        Text(empty=True),
        "A stable key of the declaration, which the bucket is tagged with; it stays as it was at first.",
        internal=True,
    ),
    Field(
        "delivery_trust",
        Change.IN_PLACE,
        Text(),
        "A hash of whom the role trusts, by the configuration; the external id itself is in no state.",
        internal=True,
    ),
    Field(
        "retained",
        Change.HIDDEN,
        FLAG,
        "Whether the options of the resource keep the bucket when it is removed.",
        internal=True,
    ),
)
OUTPUTS: Final = by_name(
    Output("role_arn", Text(), "ARN of the role that ``delivery_role`` has made.", optional=True),
    Output("arn", Text(), "The bucket's ARN."),
    Output("url", Text(), "The bucket as ``s3://…``."),
    Output("endpoint", Text(), "URL of the S3 endpoint that it is reached by."),
    Output("policy_in_place", FLAG, "Whether the policy lets the service write, as last read."),
    Output(
        "public_access",
        Text(),
        "``blocked``; ``open`` where someone has undone that; ``unsupported`` by the store.",
    ),
)
