"""API v2 in neutral words: its statuses, answers, payloads and abilities. Makes no call."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from .. import answers
from ..answers import id_of, mapping, number, status_of, text
from ..api import Abilities, Action, BatchRequestInfo, CollectionInfo, Generation, Phase
from ..inputs import result_path
from ..mark import mark_of, unmarked
from . import payload as payloads
from .pricing import batch_factor
from .storage import scrubbed

#: The service's statuses [batch docs: v2]. STOPPED alone does not tell by whom: it is not resumed unasked.
PHASES: Final[Mapping[str, Phase]] = MappingProxyType(
    {
        "CREATED": Phase.CREATED,
        "ANALYSING": Phase.ANALYSING,
        "ANALYSIS_DONE": Phase.ANALYSED,
        "PROCESSING": Phase.PROCESSING,
        "DONE": Phase.ENDED,
        "FAILED": Phase.FAILED,
        "STOPPED": Phase.CANCELED,
    }
)
_STOPPED, _USER = "STOPPED", "USER_ACTION"
#: Why the service stops by itself -> seconds until it lets it go on [v2 reference, 3].
PAUSES: Final[Mapping[str, float]] = MappingProxyType({"OUT_OF_PU": 3600.0, "UNHEALTHY": 0.0})
_ACTIONS: Final = {"STOP": Action.CANCEL}


V2_API: Final = Generation(
    name="v2",
    abilities=Abilities(
        deletes=False,
        restarts_failed=False,
        estimates=False,
        counts_tiles=False,
        resumes=True,
        relinks=False,
        carries_access=True,
        collections="byoc",
        bills_least=True,
    ),
    phases=PHASES,
    members=payloads.MEMBERS,
    payload=payloads.payload_of,
    inputs=payloads.inputs_of,
    declared=payloads.declared_spec,
    echoed=payloads.spec_of,
    result_path=result_path,
    batch_factor=batch_factor,
)


def request_info(body: object) -> BatchRequestInfo:
    """A task. Keys are taken out of it here, before anything else is made of it.

    Raises:
        BadAnswer: it has no id or no status, or the id is none.
    """
    raw = mapping(scrubbed(body))
    request = mapping(raw.get("request"))
    status, user_action = status_of(raw), text(raw.get("userAction"))
    action = _ACTIONS.get(user_action or "", Action.of(user_action))
    reason = text(raw.get("stoppedStatusReason")) if status == _STOPPED else None
    phase = _phase(raw, status, reason, action)
    return BatchRequestInfo(
        id=id_of(raw, "a batch request"),
        status=status,
        phase=phase,
        action=action,
        generation=V2_API,
        user_action=user_action,
        user_action_updated=text(raw.get("userActionUpdated")),
        created=text(raw.get("created")),
        cost=_cost(raw, phase, action),
        completion=min(number(raw.get("completionPercentage")) or 0.0, 100.0),
        resume_pause=PAUSES.get(reason or "", 0.0),
        error=_error(raw, reason),
        description=text(request.get("description")),
        collection_id=text(mapping(request.get("output")).get("collectionId")),
        mark=mark_of(request),
        raw={**raw, "request": unmarked(request)} if request else raw,
    )


def account_of(info: BatchRequestInfo) -> str | None:
    """The account that a request belongs to; the newer name has the same value [v2 reference, 1]."""
    return text(info.raw.get("domainAccountId")) or text(info.raw.get("projectId"))


def collection_info(body: object) -> CollectionInfo:
    """A BYOC collection. Raises BadAnswer: it has no id, or one that is none."""
    return answers.collection_info(body, V2_API.abilities.collections, "a BYOC collection")


def _phase(raw: Mapping[str, Any], status: str, reason: str | None, action: Action) -> Phase:
    if status == _STOPPED and reason in PAUSES:
        return Phase.HALTED
    if status == _STOPPED and reason == _USER and action is Action.START:
        # Somebody has set it going again, and the status does not show it yet.
        return Phase.ANALYSED
    phase = V2_API.phase(status)
    if phase is Phase.ENDED and action is not Action.START and not number(raw.get("costPU")):
        # The analysis itself ends a task all of whose results are there already [v2 reference, 3].
        return Phase.DONE
    return phase


def _cost(raw: Mapping[str, Any], phase: Phase, action: Action) -> float | None:
    """Missing is 0 once it was started [v2 reference, 6]; what cannot be read is not known."""
    if "costPU" in raw:
        return number(raw["costPU"])
    return 0.0 if phase.implies_start or action is Action.START else None


def _error(raw: Mapping[str, Any], reason: str | None) -> str | None:
    shown = reason if reason != _USER else None
    return ": ".join(filter(None, (shown, text(raw.get("error"))))) or None
