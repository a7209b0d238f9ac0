"""What the state keeps of a batch request, what a look changes in it, what the process is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..batch.api import REQUEST_INPUTS, Action, BatchRequestInfo, Phase
from ..batch.inputs import collection_id_of, with_link
from . import home
from .context import Context
from .evidence import wrote_results
from .fields import echo
from .ownership import account
from .ownership.adoption import is_adopted
from .tables.request import FIELDS, MAY_RUN, NEVER_RAN, OUTPUTS

#: What destroy does with a request that was made here.
UNLESS_ADOPTED: Final = "cancel"


def outputs_of(
    ctx: Context, inputs: Mapping[str, Any], info: BatchRequestInfo, *, adopted: bool
) -> dict[str, Any]:
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
        "data_type": info.data_type,
        "result_path": info.generation.result_path(inputs, info.id),
        "api_version": info.generation.name,
        "expired": False,
        "adopted": adopted,
        "on_delete": inputs.get("on_delete") or ("leave" if adopted else UNLESS_ADOPTED),
        **account.origin(ctx),
    }
    return {**echo(FIELDS, inputs), **{key: value for key, value in reported.items() if value is not None}}


def reported(olds: Mapping[str, Any]) -> dict[str, Any]:
    """What the service has said, as recorded."""
    return {key: value for key, value in olds.items() if key in OUTPUTS}


def follow(declared: dict[str, Any], outputs: dict[str, Any], info: BatchRequestInfo) -> None:
    """Let the declared values that can be changed in place show what was changed behind our back."""
    if (info.description or "") != (declared.get("description") or ""):
        declared["description"] = outputs["description"] = info.description or ""
    linked = collection_id_of(declared)
    if linked is not None and linked != info.collection_id:
        declared["output"] = outputs["output"] = with_link(declared["output"], info.collection_id)


def concrete_path(olds: Mapping[str, Any]) -> dict[str, Any]:
    """The results' path, once the request has an id."""
    return {"result_path": olds["result_path"]} if "result_path" in olds else {}


def kept_payload(olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
    """What an adopting declaration leaves to the service, as it was read."""
    if not is_adopted(olds):
        return {}
    return {name: olds[name] for name in REQUEST_INPUTS if name in olds and name not in news}


def remember(ctx: Context, id: str, olds: Mapping[str, Any]) -> None:
    """Tell the process what the state knows of the request; its run's state may know more."""
    home.settle_in(ctx, id, olds)
    api = home.generation_of(ctx, olds)
    phase = api.phase(olds.get("status"))
    # What was stopped may have been set going again since, by its run: that one's state knows.
    stopped = phase in (Phase.CANCELED, Phase.HALTED) and api.abilities.resumes
    at_rest = (phase.is_final and not stopped) or bool(olds.get("expired"))
    started = (
        phase is Phase.PROCESSING
        or olds.get("user_action") == Action.START.value
        or olds.get("missing") == MAY_RUN
    )
    ctx.ledger.remember(id, underway=started and not at_rest, at_rest=at_rest)


def what_became_of_it(ctx: Context, id: str, olds: Mapping[str, Any]) -> dict[str, Any]:
    """What the state keeps of a request that the service does not know any more."""
    if ctx.ledger.is_at_rest(id):
        return {"expired": True}
    if ctx.ledger.may_run(id):
        ctx.warn(
            f"batch request {id} was started, was not seen to end, and is not known to the service now: it "
            "is kept in the state, since it may be running"
        )
        return {"missing": MAY_RUN}
    wrote = wrote_results(ctx, id, olds)
    if wrote:
        return {"expired": True}
    ctx.warn(
        f"batch request {id} is not known to the service any more and was never seen to be started: the next "
        "`pulumi up` makes it anew, unless it is back by then"
    )
    return {"missing": NEVER_RAN}
