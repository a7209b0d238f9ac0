"""OutputBucket: where results land."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from ..dynamic import providers
from ..lifecycle.tables.bucket import FIELDS, OUTPUTS
from .arguments import checked
from .declared import Declared
from .hidden import hidden_inputs, program_settings

TYPE: Final = "pulumi-python:dynamic/sentinelhub:OutputBucket"


class OutputBucket(Declared, module="sentinelhub", name="OutputBucket"):
    """The S3 bucket that results land in, with the policy that lets Sentinel Hub write.

    Region and principal come from the deployment. Statements of others in the bucket's policy are kept.
    Destroying refuses while objects remain, unless ``force_destroy``.

    Args:
        name: the name in the Pulumi program.
        bucket: the bucket's name; made up from the resource's name where absent.
        region: its region: that of the deployment where absent, and no other will do.
        force_destroy: whether destroy removes what is in it.
        expire_days: days after which S3 removes results by itself.
        tags: tags of the bucket; tags that others have set are kept.
        policy: what the service may do: ``"narrow"`` allows what batch processing needs, ``"broad"`` what the
            vendor's documentation asks for (``s3:*``).
        delivery_role: whether to make an IAM role by which batch v2 comes to this bucket, on AWS: it trusts
            ``sentinelhub:deliveryPrincipal`` and goes with the bucket.
        opts: options of the resource.

    Changes:
        ``bucket``, ``region``: a change replaces the remote object.
        ``expire_days``, ``tags``, ``policy``, ``delivery_role``: a change is made in place.
        ``force_destroy``: a change makes no call: it is kept in the state, and counts the next time that it
            matters.

    Attributes:
        arn: the bucket's ARN.
        url: the bucket as ``s3://…``.
        endpoint: URL of the S3 endpoint that it is reached by.
        policy_in_place: whether the policy lets the service write, as last read.
        public_access: ``blocked``; ``open`` where someone has undone that; ``unsupported`` by the store.
        role_arn: ARN of the role that ``delivery_role`` has made.

    Raises:
        pulumi.RunError: an argument has the wrong Python type.
    """

    bucket: pulumi.Output[str]
    region: pulumi.Output[str]
    force_destroy: pulumi.Output[bool]
    expire_days: pulumi.Output[int | None]
    tags: pulumi.Output[Mapping[str, str] | None]
    policy: pulumi.Output[str]
    delivery_role: pulumi.Output[bool]
    role_arn: pulumi.Output[str | None]
    arn: pulumi.Output[str]
    url: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    policy_in_place: pulumi.Output[bool]
    public_access: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        bucket: pulumi.Input[str] | None = None,
        region: pulumi.Input[str] | None = None,
        force_destroy: pulumi.Input[bool] = False,
        expire_days: pulumi.Input[int] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        policy: pulumi.Input[str] = "narrow",
        delivery_role: pulumi.Input[bool] = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        where = f'OutputBucket("{name}")'
        given: dict[str, Any] = {
            "bucket": bucket,
            "region": region,
            "force_destroy": force_destroy,
            "expire_days": expire_days,
            "tags": tags,
            "policy": policy,
            "delivery_role": delivery_role,
        }
        #: Whether the program asks for a role, or will only know later.
        self.declares_role = delivery_role is not False and delivery_role is not None
        inputs: dict[str, Any] = {
            **checked(where, FIELDS, given),
            **hidden_inputs(program_settings(), TYPE, name, opts),
            "retained": True if opts is not None and opts.retain_on_delete else None,
        }
        super().__init__(providers.Bucket(), name, OUTPUTS, inputs, opts)
