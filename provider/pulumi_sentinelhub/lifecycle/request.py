"""BatchRequest: what is to be computed. Creating one costs nothing and runs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..batch.models import BatchRequestInfo
from ..batch.service import UNSET, Unset
from ..batch.v1.payload import (
    PAYLOAD_MEMBERS,
    collection_id_of,
    fingerprint,
    inputs_of,
    payload_of,
    without_link,
)
from ..errors import AnswerLost, Conflict, NotFound
from ..preview.checks import check_request
from ..preview.estimate import estimate_request
from ..values import contains_unknown, is_unknown, same
from .adoption import adopted, adoption_failures
from .context import Context
from .contract import CheckFailure, CheckReport, Difference, Remote
from .evidence import result_path, wrote_results
from .fields import Change, Field, compare, echo, type_failures, with_defaults
from .kinds import ID, JSON, Text, Word
from .lookup import find_after_lost_answer, find_left_behind
from .presence import look_twice
from .settle import cancel_and_settle

ON_DELETE: Final = ("cancel", "leave")
FIELDS: Final = (
    Field(
        "process_request",
        Change.REPLACE,
        JSON,
        "What to compute, in the API's own JSON shape: input, output, evalscript.",
    ),
    Field(
        "tiling_grid",
        Change.REPLACE,
        JSON,
        "Tiling grid and resolution: id, resolution, bufferX, bufferY (pixels).",
    ),
    Field(
        "bucket_name", Change.REPLACE, Text(empty=True), "Bucket for GeoTIFF results at the default paths."
    ),
    Field(
        "output",
        Change.REPLACE,
        JSON,
        "Paths, COG and collection of GeoTIFF results; its collectionId alone can be changed in place.",
    ),
    Field("zarr_output", Change.REPLACE, JSON, "Path and arrays of a Zarr result."),
    Field(
        "description",
        Change.IN_PLACE,
        Text(empty=True),
        "Free text to recognise the request by; names a created collection.",
    ),
    Field(
        "adopt_id", Change.REPLACE, ID, "Id of an existing batch request to take over instead of making one."
    ),
    Field(
        "on_delete",
        Change.LOCAL,
        Word(ON_DELETE),
        "What destroy does with the remote request: cancel and delete it, or leave it as it is.",
        default="cancel",
    ),
    Field(
        "deployment",
        Change.REPLACE,
        Text(),
        "The Sentinel Hub deployment it was made on; from the configuration.",
    ),
    Field("declaration", Change.HIDDEN, Text(), "A stable key of the declaration."),
)


class BatchRequestLifecycle:
    """Lifecycle of a batch request: one POST, an update in place by PUT, cancel and DELETE."""

    fields = FIELDS

    def check(self, ctx: Context, olds: Mapping[str, Any], news: Mapping[str, Any]) -> CheckReport:
        """Find what can be found before money is spent, and say what it will cost as far as that can be told.

        No call is made but one look at a request that is to be adopted.
        """
        inputs = with_defaults(FIELDS, news)
        failures = [*type_failures(FIELDS, inputs), *moved(olds, inputs)]
        warnings: list[str] = []
        if "adopt_id" not in inputs or "process_request" in inputs:
            for problem in check_request(inputs, ctx.deployment):
                if problem.warning:
                    warnings.append(f"{problem.property}: {problem.reason}; {problem.mend}")
                else:
                    failures.append(CheckFailure(problem.property, f"{problem.reason}; {problem.mend}"))
        failures += [] if failures else adoption_failures(ctx, olds, inputs)
        notes = () if failures else _price(olds, inputs)
        return CheckReport(inputs, tuple(failures), tuple(warnings), notes)

    def diff(self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Difference:
        """By the table, but for the collection link, which alone changes in place.

        The old request goes first: a job that runs must have ended before the one in its place is started.
        """
        ctx.claims.claim(id)
        if "adopt_id" in news:
            # What an adopting declaration does not say comes from the service.
            olds = {key: value for key, value in olds.items() if key not in PAYLOAD_MEMBERS or key in news}
        difference = compare(FIELDS, olds, news)
        replaces = difference.replaces
        if same(without_link(olds.get("output")), without_link(news.get("output"))):
            replaces = tuple(name for name in replaces if name != "output")
        return Difference(difference.changed, replaces, delete_before_replace=bool(replaces))

    def create(self, ctx: Context, news: Mapping[str, Any]) -> Remote:
        """One POST, or the take-over of what an interrupted create left behind, or of ``adopt_id``."""
        if adopt_id := news.get("adopt_id"):
            info = adopted(ctx, str(adopt_id), news)
            declared = {key: value for key, value in news.items() if value is not None}
            return Remote(info.id, _outputs(inputs_of(info.raw) | declared, info))
        payload = payload_of(news)
        with ctx.claims.turn(fingerprint(payload)):
            info = self._make(ctx, payload)
            ctx.claims.claim(info.id)
        return Remote(info.id, _outputs(news, info))

    def _make(self, ctx: Context, payload: Mapping[str, Any]) -> BatchRequestInfo:
        service = ctx.connect()
        if found := find_left_behind(ctx, payload):
            ctx.warn(
                f"took over batch request {found.id} (made {found.created}, never started): it is "
                "identical to this "
                "declaration, as an interrupted update leaves it behind"
            )
            return found
        try:
            return service.create_request(payload)
        except AnswerLost as lost:
            if found := find_after_lost_answer(ctx, payload):
                return found
            raise AnswerLost(
                "the answer to the creation of a batch request was lost, and no such request can be seen",
                why=lost.why or lost.what,
                next_step="Run `pulumi up` again: it looks for it before it makes one. Nothing was started",
            ) from lost

    def read(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> Remote | None:
        """The request as it is now; kept as ``expired`` when the service removed it after it ran."""
        ctx.claims.claim(id)
        info = look_twice(ctx, id, lambda: ctx.connect().get_request(id))
        if info is None:
            if not _may_have_run(ctx, id, olds):
                return None
            return Remote(id, {**olds, "expired": True})
        outputs = _outputs(olds, info)
        declared = {field.name: olds[field.name] for field in FIELDS if olds.get(field.name) is not None}
        _follow(declared, outputs, info)
        return Remote(id, outputs, declared)

    def update(
        self, ctx: Context, id: str, olds: Mapping[str, Any], news: Mapping[str, Any]
    ) -> dict[str, Any]:
        """PUT description and collection link; nothing is called for local settings."""
        ctx.claims.claim(id)
        description: str | Unset = UNSET
        link: str | Unset | None = UNSET
        if not same(olds.get("description"), news.get("description")):
            description = str(news.get("description") or "")
        if not same(collection_id_of(olds), collection_id_of(news)):
            link = collection_id_of(news)
        if description is UNSET and link is UNSET:
            return {**_reported(olds), **echo(FIELDS, news)}
        try:
            info = ctx.connect().update_request(id, description=description, collection_id=link)
        except NotFound:
            if not olds.get("expired"):
                raise
            # The service has removed a job that is over: there is nothing left to describe.
            return {**_reported(olds), **echo(FIELDS, news)}
        except Conflict as conflict:
            raise Conflict(
                "cannot update batch request",
                subject=id,
                why=conflict.why or "it is being processed",
                next_step="Wait until it has come to rest, then run `pulumi up` again",
                status=conflict.status,
            ) from conflict
        return _outputs(news, info)

    def delete(self, ctx: Context, id: str, olds: Mapping[str, Any]) -> None:
        """Cancel it if it is active, wait until it is at rest, DELETE it; done jobs stay with the service."""
        ctx.claims.claim(id)
        if olds.get("on_delete") == "leave":
            ctx.warn(f'batch request {id} is left as it is (on_delete = "leave")')
            return
        if _rested_and_deleted(ctx, id):
            return
        # An idle request that may not be deleted was confirmed a moment ago, and reads as older than it is.
        if not _rested_and_deleted(ctx, id, insist=(id,)):
            raise Conflict(
                "cannot delete batch request",
                subject=id,
                why="it has come to rest, and the service keeps it all the same",
                next_step="Run the command again in a minute",
            )


def _rested_and_deleted(ctx: Context, id: str, insist: tuple[str, ...] = ()) -> bool:
    """Bring it to rest and delete it; False when it is still there and may be active all the same."""
    info = cancel_and_settle(ctx, [id], insist=insist)[id]
    if info is None:
        return True
    try:
        ctx.connect().delete_request(id)
    except NotFound:
        return look_twice(ctx, id, lambda: ctx.connect().get_request(id)) is None
    except Conflict:
        # "Requests with processed tiles cannot be deleted" [batch API].
        return info.is_final
    return True


BATCH_REQUEST: Final = BatchRequestLifecycle()


def moved(olds: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[CheckFailure]:
    """A failure when the configuration points at a deployment that does not hold the remote object."""
    before, now = olds.get("deployment"), inputs.get("deployment")
    if before is None or now is None or is_unknown(now) or before == now:
        return []
    return [
        CheckFailure(
            "deployment",
            f"is {now!r}, but this resource lives on {before!r}, where nothing could be cancelled any more; "
            "destroy the stack with the old configuration first, or use another stack",
        )
    ]


def _price(olds: Mapping[str, Any], inputs: Mapping[str, Any]) -> tuple[str, ...]:
    """The estimate, said where the request is new or will be made anew."""
    if "adopt_id" in inputs or contains_unknown(inputs.get("process_request")):
        return ()
    if olds and same(payload_of(olds), payload_of(inputs)):
        return ()
    estimate = estimate_request(inputs)
    return () if estimate is None else (str(estimate),)


def _may_have_run(ctx: Context, id: str, olds: Mapping[str, Any]) -> bool:
    """Whether a request that the service has forgotten may have been started.

    The state may be older than the job, so the results tell: a request that certainly left none was never
    finished and may be made again, everything else counts as done.
    """
    if olds.get("expired") or olds.get("status") not in (None, "CREATED", "ANALYSING", "ANALYSIS_DONE"):
        return True
    if olds.get("user_action") == "START":
        return True
    wrote = wrote_results(ctx, id, olds)
    if wrote is None:
        ctx.warn(
            f"batch request {id} is not known to the service any more, and its bucket cannot be looked "
            "into; it is kept "
            "as expired. If it never ran, `pulumi up --replace` with its urn makes it again"
        )
    return wrote is not False


def _outputs(inputs: Mapping[str, Any], info: BatchRequestInfo) -> dict[str, Any]:
    """What the program sees: its inputs repeated, and all that the service says."""
    reported = {
        "request_id": info.id,
        "status": info.status,
        "user_action": info.user_action,
        "user_action_updated": info.user_action_updated,
        "created": info.created,
        "value_estimate": info.value_estimate,
        "tile_count": info.tile_count,
        "tile_width_px": info.tile_width_px,
        "tile_height_px": info.tile_height_px,
        "error": info.error,
        "collection_id": info.collection_id,
        "data_type": f"batch-{info.collection_id}" if info.collection_id else None,
        "result_path": result_path(inputs, info.id),
        "expired": False,
    }
    return {**echo(FIELDS, inputs), **{key: value for key, value in reported.items() if value is not None}}


OUTPUTS: Final[Mapping[str, str]] = {
    "request_id": "Id of the batch request.",
    "status": "Status as last read: CREATED, ANALYSING, ANALYSIS_DONE, PROCESSING, DONE, PARTIAL, FAILED "
    "or CANCELED.",
    "user_action": "The latest action: NONE, ANALYSE, START or CANCEL.",
    "user_action_updated": "When that was, ISO 8601.",
    "created": "When the request was made, ISO 8601.",
    "value_estimate": "The service's estimate in processing units, before the batch discount; known after "
    "analysis.",
    "tile_count": "Number of tiles: estimated at first, exact after analysis.",
    "tile_width_px": "Width of a tile in pixels, without buffers.",
    "tile_height_px": "Height of a tile in pixels, without buffers.",
    "error": "The service's words where the request failed.",
    "collection_id": "The batch collection that it writes into.",
    "data_type": "What a Process API request names to read that collection: batch-<id>.",
    "result_path": "Where the results are: s3://bucket/prefix.",
    "expired": "Whether the service has removed the request after it ran.",
}


def _reported(olds: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in olds.items() if key in OUTPUTS}


def _follow(declared: dict[str, Any], outputs: dict[str, Any], info: BatchRequestInfo) -> None:
    """Let the declared values that can be changed in place show what was changed behind our back."""
    if (info.description or "") != (declared.get("description") or ""):
        declared["description"] = outputs["description"] = info.description or ""
    linked = collection_id_of(declared)
    if linked is not None and linked != info.collection_id:
        declared["output"] = outputs["output"] = {**declared["output"], "collectionId": info.collection_id}
