"""Features: a GeoPackage in a bucket, which a batch request processes in place of a grid's tiles."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ..config.deployments import DEPLOYMENTS
from ..errors import BucketError, InputError
from ..finding import Finding, Severity, of_severity
from ..preview.checks.common.features import check_defaults
from ..preview.checks.common.node import Node
from ..preview.geopackage import check_geopackage
from ..s3.names import bucket_mistake, parts_of
from ..s3.stored import StoredObject
from ..s3.tags import owner_value
from ..shown import fit
from ..values import is_unknown
from . import bucket_holders
from .context import Context
from .contract import CheckReport, Difference, Remote
from .features_look import taken_before
from .fields import compare, echo, type_failures, with_defaults
from .ownership.holders import found, is_itself, objection
from .tables.features import CHANGED, FIELDS, OUTPUTS


class FeaturesLifecycle:
    """Operations of Features. Its id is the object's URL."""

    fields = FIELDS

    def check(self, ctx: Context, olds: Mapping[str, Any], news: Mapping[str, Any]) -> CheckReport:
        """Look into the file, and at the bucket's name; in a preview at what is where it goes."""
        inputs = with_defaults(FIELDS, news)
        inputs.setdefault("deployment", ctx.deployment.name)
        if olds.get("declaration"):
            inputs["declaration"] = olds["declaration"]
        findings = list(type_failures(FIELDS, inputs))
        if not findings:
            findings += _found(inputs)
        if not of_severity(findings, Severity.ERROR):
            findings += taken_before(ctx, olds, inputs, _stored, _mark(inputs))
        return CheckReport(inputs, tuple(findings))

    def diff(self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Difference:
        """By the table; what others have changed behind its own mark is uploaded again, under its key."""
        found = compare(FIELDS, olds, news)
        if olds.get("content_hash") == CHANGED and olds.get("url") == news.get("url"):
            kept = tuple(name for name in found.replaces if name != "content_hash")
            found = Difference(found.changed, kept)
        if not found.replaces:
            bucket_holders.keep(ctx, id)
        return found

    def create(self, ctx: Context, news: Mapping[str, Any]) -> Remote:
        """Upload it, or take over what a killed create has left: its own, with this very content.

        Raises:
            BucketError: something else is there already, or S3 refused.
        """
        url, mark, content = str(news["url"]), _mark(news), str(news["content_hash"])
        stored = _stored(ctx, url, news)
        there = stored.look()
        if there is not None and there.owner != mark:
            raise _taken(url, _whose(there.owner))
        if there is not None:
            held = found(ctx.holder, url, ctx.patience)
            if is_itself(held, ctx.urn):
                raise _stands_in_its_own_way(url)
            if why := objection(held):
                raise _taken(url, why)
            bucket_holders.taken_over(ctx, url)
        whole = there is not None and there.content == content
        etag = there.etag if there is not None and whole else stored.put(_file(news), mark, content)
        return Remote(url, {**echo(FIELDS, news), "etag": etag})

    def read(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> Remote | None:
        """The object as it is: gone, somebody else's by now, changed, or as it was."""
        info = _stored(ctx, id, olds).look()
        if info is None:
            return None
        if info.owner != _mark(olds):
            ctx.warn(f"{id} is not this declaration's any more ({_whose(info.owner)}): ours is gone")
            return None
        declared = echo(FIELDS, olds)
        if (info.etag, info.content) != (olds.get("etag"), olds.get("content_hash")):
            ctx.warn(f"{id} was changed by someone else: the next update uploads it again")
            declared["content_hash"] = CHANGED
        return Remote(id, {**declared, "etag": info.etag}, declared)

    def update(
        self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Upload again what was changed behind its back; nothing is called for local settings."""
        kept = {key: olds[key] for key in OUTPUTS if key in olds}
        outputs = {**kept, **echo(FIELDS, news)}
        if olds.get("content_hash") == CHANGED:
            return {**outputs, "etag": self.create_over(ctx, id, news)}
        return outputs

    def create_over(self, ctx: Context, id: str, news: Mapping[str, Any]) -> str:
        """Upload it over what bears its own mark. Raises BucketError where that is somebody else's."""
        stored = _stored(ctx, id, news)
        there = stored.look()
        if there is not None and there.owner != _mark(news):
            raise _taken(id, _whose(there.owner))
        return stored.put(_file(news), _mark(news), str(news["content_hash"]))

    def delete(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> None:
        """Delete it where it is its own; that it is gone already is fine."""
        if reason := bucket_holders.reason_to_leave(ctx, id):
            # Other content, and back before the deletion of the first object had succeeded.
            ctx.warn(f"{id} is left as it is: {reason}")
            return
        stored = _stored(ctx, id, olds)
        info = stored.look()
        if info is None:
            return
        if info.owner != _mark(olds):
            ctx.warn(f"{id} is left as it is: it is not this declaration's any more ({_whose(info.owner)})")
            return
        stored.delete()


FEATURES: Final = FeaturesLifecycle()


def _found(inputs: Mapping[str, Any]) -> list[Finding]:
    found = list(check_defaults(Node("defaults", inputs.get("defaults"))))
    bucket = inputs["bucket"]
    mistake = bucket_mistake(bucket, path_goes="key") if isinstance(bucket, str) else None
    if mistake is not None:
        found.append(Finding("bucket", mistake.reason, mistake.fix))
    file = inputs.get("file")
    if isinstance(file, str) and Path(file).is_file():
        found += check_geopackage(Path(file), defaults="defaults" in inputs)
    elif not is_unknown(file):
        found.append(Finding("source", "was not found when it was to be looked at", "run the command again"))
    return found


def _stored(ctx: Context, url: str, values: Mapping[str, Any]) -> StoredObject:
    parts = parts_of(url)
    if parts is None:
        raise InputError("not the URL of an object", subject=url, next_step="Import it by s3://bucket/key")
    declared = str(values.get("deployment") or ctx.deployment.name)
    elsewhere = None if declared == ctx.deployment.name else DEPLOYMENTS.get(declared)
    return ctx.storage().bound(ctx.patience, elsewhere).stored(*parts)


def _mark(values: Mapping[str, Any]) -> str:
    return owner_value(str(values.get("declaration") or values.get("url")))


def _file(values: Mapping[str, Any]) -> Path:
    file = Path(str(values.get("file")))
    if not file.is_file():
        raise InputError(
            "cannot upload features",
            subject=str(values.get("url")),
            why=f"the file {file} is gone",
            next_step="Run the command again, with the program",
        )
    return file


def _whose(owner: str | None) -> str:
    return f"it belongs to {fit(owner, 100)}" if owner else "it has no mark"


def _stands_in_its_own_way(url: str) -> BucketError:
    return BucketError(
        "cannot replace features",
        subject=url,
        why="the new object would have the same key, and the old one is there until that is made",
        next_step="It is made anew when its content is another one; or choose another `key`. It was "
        "not touched",
        code="NotOurs",
    )


def _taken(url: str, why: str) -> BucketError:
    return BucketError(
        "cannot upload features",
        subject=url,
        why=f"another object is there already, and {why}",
        next_step="Choose another `key`, or remove what is there. It was not touched",
        code="NotOurs",
    )
