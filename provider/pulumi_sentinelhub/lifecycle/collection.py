"""BatchCollection: a collection that batch requests write COGs into, and that Process API requests read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..batch.models import BatchCollectionInfo
from ..errors import AnswerLost, Conflict, InputError, NotFound
from .context import Context
from .contract import CheckFailure, CheckReport, Difference, Remote
from .fields import Change, Field, compare, echo, type_failures, with_defaults
from .kinds import ID, Text, Word
from .lookup import LOOKS
from .presence import look_twice
from .request import moved

ON_DELETE: Final = ("delete", "leave")
FIELDS: Final = (
    Field("name", Change.IN_PLACE, Text(), "The collection's name."),
    Field("bucket_name", Change.REPLACE, Text(), "The bucket that its COGs are in."),
    Field(
        "adopt_id",
        Change.REPLACE,
        ID,
        "Id of an existing batch collection to take over instead of making one.",
    ),
    Field(
        "on_delete",
        Change.LOCAL,
        Word(ON_DELETE),
        "What destroy does with the remote collection: delete it (never its files), or leave it.",
        default="delete",
    ),
    Field(
        "deployment",
        Change.REPLACE,
        Text(),
        "The Sentinel Hub deployment it was made on; from the configuration.",
    ),
    Field("declaration", Change.HIDDEN, Text(), "A stable key of the declaration."),
)
OUTPUTS: Final[Mapping[str, str]] = {
    "collection_id": "Id of the batch collection.",
    "data_type": "What a Process API request names to read it: batch-<id>.",
    "tiling_grid_id": "The tiling grid of its data, once a request has written into it.",
    "bands": "Its bands with bit depth and sample format, once a request has written into it.",
    "created": "When it was made, ISO 8601.",
}
# Requests in these states do not keep a collection from being deleted [batch API: delete collection].
_UNUSING: Final = ("FAILED", "CANCELED")


class BatchCollectionLifecycle:
    """Lifecycle of a batch collection: one POST or an adoption, rename by PUT, unlink and DELETE."""

    fields = FIELDS

    def check(self, ctx: Context, olds: Mapping[str, Any], news: Mapping[str, Any]) -> CheckReport:
        """Find what can be found without a call."""
        inputs = with_defaults(FIELDS, news)
        failures = [*moved(olds, inputs), *type_failures(FIELDS, inputs)]
        failures += [
            CheckFailure(required, "is missing; a collection needs a name and a bucket")
            for required in ("name", "bucket_name")
            if inputs.get(required) is None and "adopt_id" not in inputs
        ]
        return CheckReport(inputs, tuple(failures))

    def diff(self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Difference:
        """By the table."""
        ctx.claims.claim(id)
        if "adopt_id" in news:
            # What an adopting declaration does not say comes from the service.
            olds = {
                key: value for key, value in olds.items() if key not in ("name", "bucket_name") or key in news
            }
        return compare(FIELDS, olds, news)

    def create(self, ctx: Context, news: Mapping[str, Any]) -> Remote:
        """One POST, or the take-over of what an interrupted create left behind, or of ``adopt_id``."""
        if adopt_id := news.get("adopt_id"):
            return self._adopt(ctx, str(adopt_id), news)
        name, bucket = str(news["name"]), str(news["bucket_name"])
        with ctx.claims.turn(f"collection {bucket}/{name}"):
            info = self._make(ctx, name, bucket)
            ctx.claims.claim(info.id)
        return Remote(info.id, _outputs(news, info))

    def _make(self, ctx: Context, name: str, bucket: str) -> BatchCollectionInfo:
        if found := _left_behind(ctx, name, bucket):
            ctx.warn(
                f"took over batch collection {found.id} (made {found.created}, still empty): it is identical "
                "to this declaration, as an interrupted update leaves it behind"
            )
            return found
        try:
            return ctx.connect().create_collection(name, bucket)
        except AnswerLost as lost:
            for pause in LOOKS:
                if pause and ctx.clock.sleep(pause, ctx.cancel):
                    break
                if found := _left_behind(ctx, name, bucket):
                    return found
            raise AnswerLost(
                "the answer to the creation of a batch collection was lost, and none can be seen",
                subject=name,
                why=lost.why or lost.what,
                next_step="Run `pulumi up` again: it looks for it before it makes one",
            ) from lost

    def _adopt(self, ctx: Context, adopt_id: str, news: Mapping[str, Any]) -> Remote:
        info = ctx.connect().get_collection(adopt_id)
        bucket = news.get("bucket_name")
        if bucket is not None and info.s3_bucket is not None and bucket != info.s3_bucket:
            raise InputError(
                "cannot adopt batch collection",
                subject=adopt_id,
                why=f"it is in bucket {info.s3_bucket}, bucket_name says {bucket}",
                next_step="Leave bucket_name out, or name that bucket",
            )
        ctx.claims.claim(info.id)
        name = str(news.get("name") or info.name)
        if name != info.name:
            ctx.connect().rename_collection(info.id, name)
        known = {"bucket_name": info.s3_bucket, **news, "name": name}
        return Remote(info.id, _outputs(known, info))

    def read(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> Remote | None:
        """The collection as it is now; None when it is gone."""
        ctx.claims.claim(id)
        info = look_twice(ctx, id, lambda: ctx.connect().get_collection(id))
        if info is None:
            return None
        now = {**olds, "name": info.name or olds.get("name")}
        return Remote(id, _outputs(now, info), echo(FIELDS, now))

    def update(
        self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Rename; nothing is called for local settings."""
        ctx.claims.claim(id)
        name = news.get("name")
        if name is not None and name != olds.get("name"):
            ctx.connect().rename_collection(id, str(name))
        reported = {key: value for key, value in olds.items() if key in OUTPUTS}
        kept = {key: olds[key] for key in ("name", "bucket_name") if key in olds}
        return {**reported, **echo(FIELDS, {**kept, **news})}

    def delete(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> None:
        """Unlink the requests that still use it, and delete it; the files in the bucket stay."""
        ctx.claims.claim(id)
        if olds.get("on_delete") == "leave":
            ctx.warn(f'batch collection {id} is left as it is (on_delete = "leave")')
            return
        service = ctx.connect()
        busy: list[str] = []
        for request in list(service.list_requests(collection_id=id)):
            if request.status in _UNUSING:
                continue
            try:
                service.update_request(request.id, collection_id=None)
            except NotFound:
                continue
            except Conflict:
                busy.append(request.id)
        try:
            service.delete_collection(id)
        except NotFound:
            if look_twice(ctx, id, lambda: service.get_collection(id)) is None:
                return
            raise
        except Conflict as conflict:
            raise Conflict(
                "cannot delete batch collection",
                subject=id,
                why=f"in use by {', '.join(busy)}" if busy else conflict.why or "it is in use",
                next_step="Wait until these requests have come to rest or cancel them, then destroy again",
                status=conflict.status,
            ) from conflict


BATCH_COLLECTION: Final = BatchCollectionLifecycle()


def _left_behind(ctx: Context, name: str, bucket: str) -> BatchCollectionInfo | None:
    """An unclaimed collection of the same name and bucket, not written into and not linked with."""
    service = ctx.connect()
    for info in service.list_collections():
        alike = info.name == name and info.s3_bucket == bucket
        if not alike or info.id in ctx.claims or info.tiling_grid_id is not None or info.bands:
            continue
        if next(service.list_requests(collection_id=info.id), None) is None:
            return info
    return None


def _outputs(inputs: Mapping[str, Any], info: BatchCollectionInfo) -> dict[str, Any]:
    reported = {
        "collection_id": info.id,
        "data_type": f"batch-{info.id}",
        "tiling_grid_id": info.tiling_grid_id,
        "bands": dict(info.bands) or None,
        "created": info.created,
    }
    return {**echo(FIELDS, inputs), **{key: value for key, value in reported.items() if value is not None}}
