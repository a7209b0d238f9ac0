"""What is found in the inputs of an OutputBucket before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..finding import Finding, Severity
from ..s3.access import no_roles, takes_roles
from ..s3.names import new_bucket_mistake
from ..s3.tags import tag_problems
from ..shown import fit
from .context import Context

_WAY_OUT = "correct it, or leave `bucket` out to have one made"


def input_failures(ctx: Context, inputs: Mapping[str, Any]) -> list[Finding]:
    """What the kinds of the table of fields cannot tell: name, region and tags."""
    return [
        *_name(inputs["bucket"]),
        *_region(ctx, inputs["region"]),
        *_tags(inputs.get("tags")),
        *_role(ctx, inputs.get("delivery_role")),
    ]


def _name(name: Any) -> Iterator[Finding]:
    mistake = new_bucket_mistake(name) if isinstance(name, str) else None
    if mistake is not None:
        yield Finding("bucket", mistake.reason, f"{mistake.fix}; {_WAY_OUT}")


def _role(ctx: Context, wanted: Any) -> Iterator[Finding]:
    if wanted is not True:
        return
    if not takes_roles(ctx.deployment):
        yield Finding("delivery_role", *no_roles(ctx.deployment))
    elif not ctx.trust.principal:
        yield Finding(
            "delivery_role",
            "needs to know whom the role is to trust, and sentinelhub:deliveryPrincipal is not set",
            "run `pulumi config set sentinelhub:deliveryPrincipal <ARN>`, and deliveryExternalId likewise, "
            "with what Sentinel Hub gives you for access by roles",
        )


def trust_warnings(ctx: Context, inputs: Mapping[str, Any]) -> Iterator[Finding]:
    """What is unwise, but may be meant."""
    if inputs.get("delivery_role") is True and not ctx.trust.external_id:
        yield Finding(
            "delivery_role",
            "will let in whoever can have the service use it, as sentinelhub:deliveryExternalId is not set",
            "set it, where Sentinel Hub has given you one",
            Severity.WARNING,
        )


def _region(ctx: Context, region: Any) -> Iterator[Finding]:
    needed = ctx.deployment.bucket_region
    if isinstance(region, str) and region != needed:
        yield Finding(
            "region",
            f"results of deployment {ctx.deployment.name} can only be written to buckets in {needed}, not in "
            f"{fit(repr(region), 80)}",
            "remove `region`, or choose the deployment there with `pulumi config set sentinelhub:deployment`",
        )


def _tags(tags: Any) -> Iterator[Finding]:
    if not isinstance(tags, Mapping):
        return
    # A value that is not a text, or is not known yet, has a message of its own, but counts as a tag.
    known = {
        key: value if isinstance(value, str) else "" for key, value in tags.items() if isinstance(key, str)
    }
    for key, complaint in tag_problems(known):
        yield Finding(f"tags['{fit(key, 60)}']" if key else "tags", fit(complaint))
