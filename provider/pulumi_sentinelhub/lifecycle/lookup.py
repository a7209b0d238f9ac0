"""Finding what an interrupted create of the same declaration left behind.

The service has no idempotency key. What identifies a declaration is its whole payload and description; a
request
that is identical, was never acted upon and belongs to no other declaration can be taken: nothing has run,
nothing
has been paid. Requests which nobody starts are removed by the service "after some time" [batch docs,
retention], so
the search ends at a week's depth, by the service's own clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from ..batch.models import BatchRequestInfo
from ..batch.v1.payload import fingerprint
from .context import Context

_DEPTH: Final = timedelta(days=7)
_MOST: Final = 2000
# Seconds between looks for a request whose POST got no answer: reads may lag behind writes.
LOOKS: Final = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0)


def find_left_behind(ctx: Context, payload: Mapping[str, Any]) -> BatchRequestInfo | None:
    """An unclaimed, untouched request identical to ``payload``; the newest of several."""
    wanted = fingerprint(payload)
    newest: datetime | None = None
    for count, info in enumerate(ctx.connect().list_requests(sort="created:desc")):
        created = _time(info.created)
        newest = newest or created
        if count >= _MOST or (created and newest and newest - created > _DEPTH):
            return None
        if _untouched(info) and info.id not in ctx.claims and _same(info, payload, wanted):
            return info
    return None


def find_after_lost_answer(ctx: Context, payload: Mapping[str, Any]) -> BatchRequestInfo | None:
    """Look several times, since the request may become visible late."""
    for pause in LOOKS:
        if pause and ctx.clock.sleep(pause, ctx.cancel):
            return None
        if found := find_left_behind(ctx, payload):
            return found
    return None


def _untouched(info: BatchRequestInfo) -> bool:
    return info.status == "CREATED" and info.user_action in (None, "NONE")


def _same(info: BatchRequestInfo, payload: Mapping[str, Any], wanted: str) -> bool:
    return (info.description or "") == (payload.get("description") or "") and fingerprint(info.raw) == wanted


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat((text or "").replace("Z", "+00:00"))
    except ValueError:
        return None
