"""OutputBucket: the bucket that results land in, with the policy that lets the service write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..config.deployments import DEPLOYMENTS
from ..errors import BucketError, SentinelHubError, Unfinished
from ..finding import Finding, Severity
from ..s3.buckets import BucketClient
from ..s3.described import Wanted
from ..s3.names import is_made_name, made_name
from ..s3.policy import KINDS, MISSING, NARROW
from ..s3.settings import OPEN, UNSUPPORTED_ACCESS
from ..s3.tags import OWNER_TAG, owner_value
from ..shown import fit
from ..values import UNKNOWN, is_unknown
from . import bucket_holders
from .bucket_checks import input_failures, trust_warnings
from .bucket_contents import replaced_by, replaced_while_full, still_full
from .context import Context
from .contract import CheckReport, Difference, Remote
from .fields import Change, compare, echo, type_failures, with_defaults
from .tables.bucket import FIELDS, OUTPUTS

# Seconds that a preview looks at a bucket.
_LOOK = 60.0

# While a cancelled request settles, the service may go on writing for a little while.
_DELETE_ATTEMPTS = 5
_DELETE_WAIT = 2.0


class OutputBucketLifecycle:
    """Operations of OutputBucket. Its id is the bucket's name."""

    fields = FIELDS

    def check(self, ctx: Context, olds: Mapping[str, Any], news: Mapping[str, Any]) -> CheckReport:
        """Name it, fill in region and deployment, and find what S3 or the service would refuse.

        No call is made, but for one look at a bucket that would be replaced: it must be empty.
        """
        inputs = with_defaults(FIELDS, news)
        inputs.setdefault("deployment", ctx.deployment.name)
        inputs.setdefault("region", ctx.deployment.bucket_region)
        if olds.get("declaration"):
            inputs["declaration"] = olds["declaration"]
        if "bucket" not in inputs:
            # A name once given stays: to take it out of the program must not cost the results.
            inputs["bucket"] = olds.get("bucket") or _name_for(ctx.urn, inputs.get("declaration"))
        if inputs.get("delivery_role") is True and not ctx.generation.abilities.carries_access:
            # The service comes by the bucket's policy alone: a program that asks for a role runs, too.
            inputs["delivery_role"] = False
        if inputs.get("delivery_role"):
            inputs["delivery_trust"] = ctx.trust.fingerprint
        findings = [*type_failures(FIELDS, inputs), *input_failures(ctx, inputs)]
        if findings:
            return CheckReport(inputs, tuple(findings))
        field = replaced_by(olds, inputs, compare(FIELDS, olds, inputs).replaces)
        if field:
            old = str(olds["bucket"])
            try:
                findings += replaced_while_full(_buckets(ctx, olds, at_most=_LOOK), old, field)
            except SentinelHubError as error:
                reason = f"this change replaces bucket {old}, and whether that is empty cannot be seen"
                fix = f"if it is not, its deletion will be refused. {error}"
                findings.append(Finding(field, reason, fix, Severity.WARNING))
        findings += trust_warnings(ctx, inputs)
        if isinstance(inputs["bucket"], str) and "." in inputs["bucket"]:
            form = "https://<bucket>.s3.amazonaws.com"
            reason = f"the dots in {inputs['bucket']!r} break TLS for addresses of the form {form}"
            findings.append(Finding("bucket", reason, "use hyphens", Severity.WARNING))
        return CheckReport(inputs, tuple(findings))

    def diff(self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Difference:
        """Compare; what was changed behind our back is in ``olds`` since the last refresh."""
        bucket_holders.meet(ctx, id)
        # states of 0.1.0 do not say that there is none
        found = compare(FIELDS, {"delivery_role": False, **olds}, {"delivery_role": False, **news})
        drifted = ("public_access",) if olds.get("public_access") == OPEN else ()
        # One name cannot stand for the old and the new bucket at the same time.
        same_name = bool(found.replaces) and "bucket" not in found.replaces
        if not found.replaces:
            bucket_holders.keep(ctx, id)
        return Difference((*found.changed, *drifted), found.replaces, delete_before_replace=same_name)

    def create(self, ctx: Context, news: Mapping[str, Any]) -> Remote:
        """Make the bucket, or take over what a killed create has left, then configure it.

        Raises:
            BucketError: the name is taken, or S3 refused.
            Unfinished: the bucket was made, and could not be configured.
        """
        buckets, name = _buckets(ctx, news), str(news["bucket"])
        declaration = _declaration(name, news)
        try:
            made = buckets.create(name, declaration, own_name=is_made_name(name, declaration))
        except BucketError as error:
            raise bucket_holders.refusal(ctx, name, error) from error
        if not made:
            bucket_holders.take_over(ctx, name)
            ctx.warn(
                f"bucket {name} is there already, empty, as an interrupted update of this declaration has "
                "left it: it is taken over"
            )
        base = {**echo(FIELDS, news), **_names(name, buckets)}
        try:
            public_access = buckets.configure(name, _wanted(name, {}, news))
            role = _with_role(ctx, buckets, name, {}, news)
        except SentinelHubError as error:
            raise Unfinished(error, id=name, outputs=_unconfigured(base)) from error
        _warn_if_unsupported(ctx, name, public_access)
        return Remote(name, {**base, **role, "policy_in_place": True, "public_access": public_access})

    def read(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> Remote | None:
        """The bucket as it is; what differs from the declared shows in outputs and inputs alike."""
        buckets = _buckets(ctx, olds)
        info, mark = buckets.describe(id), owner_value(_declaration(id, olds))
        if info is None:
            return None
        if info.owner is None:
            ctx.warn(f"bucket {id} has lost its tag {OWNER_TAG}={mark}; put it back")
        elif info.owner != mark:
            ctx.warn(f"bucket {id} belongs to another declaration now ({fit(info.owner, 100)}): ours is gone")
            return None
        declared = {**echo(FIELDS, olds), "bucket": id, "region": info.region, "policy": info.policy}
        declared.pop("expire_days", None)
        if info.expire_days is not None:
            declared["expire_days"] = info.expire_days
        if "tags" in declared:
            declared["tags"] = {key: info.tags[key] for key in declared["tags"] if key in info.tags}
        role = _role_found(ctx, buckets, id, olds)
        declared["delivery_role"] = bool(role)
        outputs = {
            **declared,
            **role,
            **_names(id, buckets),
            "policy_in_place": info.policy in KINDS,
            "public_access": info.public_access,
        }
        return Remote(id, outputs, declared)

    def update(
        self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Set policy, tags, expiry and public access; no call where only local settings changed."""
        changed = self.diff(ctx, id, olds, news).changed
        local = {field.name for field in FIELDS if field.change is Change.LOCAL}
        if changed and local.issuperset(changed):
            return {**{key: olds[key] for key in OUTPUTS if key in olds}, **echo(FIELDS, news)}
        buckets = _buckets(ctx, news)
        if not buckets.exists(id):
            raise BucketError(
                "cannot update bucket",
                subject=id,
                why="it is gone",
                next_step="Run `pulumi refresh`, so that the next `pulumi up` makes it again",
                code="NoSuchBucket",
            )
        public_access = buckets.configure(id, _wanted(id, olds, news))
        _warn_if_unsupported(ctx, id, public_access)
        return {
            **echo(FIELDS, news),
            **_with_role(ctx, buckets, id, olds, news),
            **_names(id, buckets),
            "policy_in_place": True,
            "public_access": public_access,
        }

    def delete(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> None:
        """Delete it; with ``force_destroy`` what is in it, too. That it is gone already is fine.

        Raises:
            BucketError: it is not empty, not ours, or S3 refused.
        """
        if reason := bucket_holders.reason_to_leave(ctx, id):
            ctx.warn(f"bucket {id} is left as it is: {reason}")
            return
        buckets, declaration = _buckets(ctx, olds), _declaration(id, olds)
        self._delete_bucket(ctx, buckets, id, olds)
        if olds.get("delivery_role") or olds.get("role_arn"):
            buckets.role(id).delete(declaration)

    def _delete_bucket(self, ctx: Context, buckets: BucketClient, id: str, olds: Mapping[str, Any]) -> None:
        declaration = _declaration(id, olds)
        held = buckets.contents(id)
        if held is None:
            return
        buckets.check_own(id, declaration)
        force = olds.get("force_destroy") is True
        if not held.empty and not force:
            raise still_full(id, ctx.urn, held)
        for attempt in range(1, _DELETE_ATTEMPTS + 1):
            if force:
                buckets.empty(id, declaration, ctx.progress)
            try:
                buckets.delete(id, declaration)
            except BucketError as error:
                if error.code != "BucketNotEmpty" or not force or attempt == _DELETE_ATTEMPTS:
                    raise
                ctx.patience.pause(_DELETE_WAIT * attempt, "delete bucket", id)
            else:
                return


OUTPUT_BUCKET: Final = OutputBucketLifecycle()


def _buckets(ctx: Context, values: Mapping[str, Any], at_most: float | None = None) -> BucketClient:
    """The bucket service, of the deployment that the bucket was declared for where that is another one.

    Args:
        ctx: the surroundings.
        values: inputs or outputs of the bucket.
        at_most: seconds for what is asked of it, where that is a small part of the operation.
    """
    declared = str(values.get("deployment") or ctx.deployment.name)
    patience = ctx.patience if at_most is None else ctx.patience.at_most(at_most)
    elsewhere = None if declared == ctx.deployment.name else DEPLOYMENTS.get(declared)
    return ctx.storage().bound(patience, elsewhere)


def _declaration(name: str, values: Mapping[str, Any]) -> str:
    return str(values.get("declaration") or name)


def _wanted(name: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Wanted:
    return Wanted(
        declaration=_declaration(name, news),
        policy=str(news.get("policy") or NARROW),
        expire_days=news.get("expire_days"),
        tags=news.get("tags") or {},
        earlier_tags=tuple(olds.get("tags") or ()),
    )


def _with_role(
    ctx: Context, buckets: BucketClient, name: str, olds: Mapping[str, Any], news: Mapping[str, Any]
) -> dict[str, str]:
    """Make the role as declared, or delete it; the outputs that tell of it."""
    if news.get("delivery_role"):
        return {"role_arn": buckets.role(name).ensure(_declaration(name, news), ctx.trust)}
    if olds.get("delivery_role") or olds.get("role_arn"):
        buckets.role(name).delete(_declaration(name, olds))
    return {}


def _role_found(ctx: Context, buckets: BucketClient, name: str, olds: Mapping[str, Any]) -> dict[str, str]:
    """The outputs that tell of a role which is as declared; none where something is to be done about it."""
    if not (olds.get("delivery_role") or olds.get("role_arn")):
        return {}
    info = buckets.role(name).describe(ctx.trust)
    if info is None or not info.as_wanted or info.owner != owner_value(_declaration(name, olds)):
        ctx.warn(f"the role of bucket {name} is gone or changed: the next update sets it right")
        return {}
    return {"role_arn": info.arn}


def _names(name: str, buckets: BucketClient) -> dict[str, str]:
    return {"arn": f"arn:aws:s3:::{name}", "url": f"s3://{name}", "endpoint": buckets.endpoint()}


def _unconfigured(base: Mapping[str, Any]) -> dict[str, Any]:
    """Outputs of a bucket that may lack its settings: every setting differs from the declared one."""
    outputs = {key: value for key, value in base.items() if key != "expire_days"}
    if "tags" in outputs:
        outputs["tags"] = {}
    return {**outputs, "policy": MISSING, "policy_in_place": False, "public_access": OPEN}


def _warn_if_unsupported(ctx: Context, name: str, public_access: str) -> None:
    if public_access == UNSUPPORTED_ACCESS:
        ctx.warn(f"bucket {name}: public access cannot be blocked, as this S3 store has no such setting")


def _name_for(urn: str, declaration: Any) -> Any:
    """A name that is the same at every run; unknown where the declaration's key is."""
    if is_unknown(declaration):
        return UNKNOWN
    return made_name(urn.rsplit("::", 1)[-1], str(declaration or urn))
