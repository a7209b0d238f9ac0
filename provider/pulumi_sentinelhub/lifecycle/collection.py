"""BatchCollection: a collection that batch requests write COGs into, and that Process API requests read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from ..batch.api import CollectionInfo, Phase
from ..errors import AnswerLost, Conflict, InputError, NotFound
from ..finding import Finding
from . import home
from .context import Context
from .contract import CheckReport, Difference, Remote
from .fields import compare, echo, type_failures, with_defaults
from .ownership import account
from .ownership.absence import look, patience
from .ownership.adoption import default_on_delete, is_adopted, on_delete_of
from .ownership.ledger import key_of
from .ownership.takeover import LOOKS
from .tables.collection import FIELDS, OUTPUTS

_UNLESS_ADOPTED: Final = "delete"
# Requests in these states do not keep a collection from being deleted [batch API: delete collection].
_UNUSING: Final = (Phase.FAILED, Phase.CANCELED)


class BatchCollectionLifecycle:
    """Lifecycle of a batch collection: one POST or an adoption, rename by PUT, unlink and DELETE."""

    fields = FIELDS

    def check(self, ctx: Context, olds: Mapping[str, Any], news: Mapping[str, Any]) -> CheckReport:
        """Find what can be found without a call."""
        inputs = with_defaults(FIELDS, news)
        failures = [*home.moved(olds, inputs), *type_failures(FIELDS, inputs)]
        failures += [
            Finding(required, "is missing", "a collection needs a name and a bucket")
            for required in ("name", "bucket_name")
            if inputs.get(required) is None and "adopt_id" not in inputs
        ]
        return CheckReport(inputs, tuple(failures))

    def diff(self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Difference:
        """By the table."""
        ctx.ledger.hold(id, key_of(news), formerly=key_of(olds), what="batch collection")
        account.warn_if_moved(ctx, id, olds)
        olds = {**olds, "on_delete": on_delete_of(olds, _UNLESS_ADOPTED)}
        news = {"on_delete": default_on_delete(olds, _UNLESS_ADOPTED), **news}
        if is_adopted(olds):
            # What an adopting declaration does not say comes from the service.
            olds = {
                key: value for key, value in olds.items() if key not in ("name", "bucket_name") or key in news
            }
        found = compare(FIELDS, olds, news)
        # An import: once it is done, its id may be taken out; one's own id says nothing new.
        keeps = ("adopt_id",) if news.get("adopt_id") in (None, id) else ()
        return Difference(found.changed, tuple(name for name in found.replaces if name not in keeps))

    def create(self, ctx: Context, news: Mapping[str, Any]) -> Remote:
        """One POST, or the adoption of ``adopt_id``; a lost answer is looked for."""
        if adopt_id := news.get("adopt_id"):
            return self._adopt(ctx, str(adopt_id), news)
        name, bucket = str(news["name"]), str(news["bucket_name"])
        key = key_of(news)
        with ctx.ledger.turn(f"collection {bucket}/{name}", ctx.patience):
            info = self._make(ctx, key, name, bucket)
            ctx.ledger.hold(info.id, key, what="batch collection")
        return Remote(info.id, _outputs(ctx, news, info, adopted=False))

    def _make(self, ctx: Context, key: str, name: str, bucket: str) -> CollectionInfo:
        """A collection has no place for a mark: only what has come into being by a lost answer is ours."""
        there = {info.id: info for info in _alike(ctx, name, bucket)}
        lost_before = ctx.ledger.lost_collection(key)
        if lost_before is not None:
            for id, info in there.items():
                if id not in lost_before and not ctx.ledger.is_held(id):
                    return info
        for id in there:
            if not ctx.ledger.is_held(id):
                ctx.warn(
                    f"batch collection {id} has the same name and bucket ({name!r}, {bucket}): a new one is "
                    f'made beside it. To use that one instead, declare adopt_id="{id}"'
                )
        try:
            return ctx.batch().create_collection(name, bucket)
        except AnswerLost as lost:
            ctx.ledger.lose_collection(key, frozenset(there))
            for pause in LOOKS:
                if pause and ctx.patience.rest(pause):
                    break
                for info in _alike(ctx, name, bucket):
                    if info.id not in there and not ctx.ledger.is_held(info.id):
                        return info
            raise AnswerLost(
                "the answer to the creation of a batch collection was lost, and none can be seen",
                subject=name,
                why=lost.why or lost.what,
                next_step="Run `pulumi up` again; should one of this name have been made all the same, it "
                "names it, and adopt_id takes it over",
            ) from lost

    def _adopt(self, ctx: Context, adopt_id: str, news: Mapping[str, Any]) -> Remote:
        info = ctx.batch().get_collection(adopt_id)
        bucket = news.get("bucket_name")
        if bucket is not None and info.s3_bucket is not None and bucket != info.s3_bucket:
            raise InputError(
                "cannot adopt batch collection",
                subject=adopt_id,
                why=f"it is in bucket {info.s3_bucket}, bucket_name says {bucket}",
                next_step="Leave bucket_name out, or name that bucket",
            )
        ctx.ledger.hold(info.id, key_of(news), what="batch collection")
        ctx.ledger.take_over(info.id)
        name = str(news.get("name") or info.name)
        if name != info.name:
            ctx.batch(info.id).rename_collection(info.id, name)
        known = {"bucket_name": info.s3_bucket, **news, "name": name}
        return Remote(info.id, _outputs(ctx, known, info, adopted=True))

    def read(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> Remote | None:
        """The collection as it is now; None when it is gone."""
        home.settle_in(ctx, id, olds)
        ctx.ledger.hold(id, key_of(olds), what="batch collection")
        find = _finder(ctx, id)
        account.require_own(ctx, "read batch collection", id, olds, find)
        info = look(ctx, id, find, at_rest=lambda: _is_old(ctx, olds))
        if info is None:
            return None
        now = {**olds, "name": info.name or olds.get("name")}
        return Remote(id, _outputs(ctx, now, info, adopted=is_adopted(olds)), echo(FIELDS, now))

    def update(
        self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Rename; nothing is called for local settings."""
        home.settle_in(ctx, id, olds)
        ctx.ledger.hold(id, key_of(news), formerly=key_of(olds), what="batch collection")
        name = news.get("name")
        origin = account.recorded(olds)
        if name is not None and name != olds.get("name"):
            account.require_own(ctx, "rename batch collection", id, olds, _finder(ctx, id))
            ctx.batch(id).rename_collection(id, str(name))
            origin = account.origin(ctx)
        reported = {key: value for key, value in olds.items() if key in OUTPUTS}
        kept = {key: olds[key] for key in ("name", "bucket_name") if key in olds}
        on_delete = news.get("on_delete") or default_on_delete(olds, _UNLESS_ADOPTED)
        return {**reported, **echo(FIELDS, {**kept, **news}), **origin, "on_delete": on_delete}

    def delete(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> None:
        """Unlink the requests that still use it, and delete it; the files in the bucket stay."""
        if on_delete_of(olds, _UNLESS_ADOPTED) == "leave":
            account.require_own_to_let_go(ctx, "let go of batch collection", id, olds)
            ctx.warn(f'batch collection {id} is left as it is (on_delete = "leave")')
            return
        if ctx.ledger.was_taken_over(id):
            ctx.warn(f"batch collection {id} is left as it is: this update has adopted it again")
            return
        if ctx.ledger.is_held_by_another(id, key_of(olds)):
            ctx.warn(f"batch collection {id} is left as it is: another declaration of this stack holds it")
            return
        home.settle_in(ctx, id, olds)
        service, find = ctx.batch(id), _finder(ctx, id)
        account.require_own(ctx, "delete batch collection", id, olds, find)
        busy: list[str] = []
        linked = service.list_requests(collection_id=id) if service.generation.abilities.relinks else ()
        for request in list(linked):
            if request.phase in _UNUSING:
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
            if look(ctx, id, find, at_rest=lambda: _is_old(ctx, olds)) is None:
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


def _finder(ctx: Context, id: str) -> Callable[[], CollectionInfo]:
    return lambda: ctx.batch(id).get_collection(id)


def _is_old(ctx: Context, olds: Mapping[str, Any]) -> bool:
    """Whether reads have had the time to show it; nothing runs in it, so only its making can lag."""
    try:
        made = datetime.fromisoformat(str(olds.get("created", "")).replace("Z", "+00:00"))
    except ValueError:
        return False
    return made.tzinfo is not None and ctx.clock.now() - made.timestamp() > patience(ctx, at_rest=False)


def _alike(ctx: Context, name: str, bucket: str) -> list[CollectionInfo]:
    """The account's collections of the same name and bucket."""
    return [i for i in ctx.batch().list_collections() if i.name == name and i.s3_bucket == bucket]


def _outputs(
    ctx: Context, inputs: Mapping[str, Any], info: CollectionInfo, *, adopted: bool
) -> dict[str, Any]:
    reported = {
        "collection_id": info.id,
        "data_type": info.data_type,
        "tiling_grid_id": info.tiling_grid_id,
        "bands": dict(info.bands) or None,
        "created": info.created,
        "api_version": ctx.generation_of(info.id).name,
        "adopted": adopted,
        "on_delete": inputs.get("on_delete") or ("leave" if adopted else _UNLESS_ADOPTED),
        **account.origin(ctx),
    }
    return {**echo(FIELDS, inputs), **{key: value for key, value in reported.items() if value is not None}}
