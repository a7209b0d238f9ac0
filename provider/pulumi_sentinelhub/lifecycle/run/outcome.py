"""What the program sees of a run, and what the run's state keeps of each request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ...batch.api import Phase
from ..fields import echo
from ..tables.run import FIELDS, UNREAD
from .budget import Earlier
from .member import Member

# From worst to best: a run is in the state of its least advanced request.
_WORST_FIRST: Final = (
    Phase.FAILED,
    Phase.CANCELED,
    Phase.HALTED,
    Phase.PARTIAL,
    Phase.CREATED,
    Phase.ANALYSING,
    Phase.ANALYSED,
    Phase.PROCESSING,
    Phase.ENDED,
    Phase.DONE,
)


def outputs_of(
    inputs: Mapping[str, Any], members: Iterable[Member], earlier: Sequence[Earlier] = ()
) -> dict[str, Any]:
    """What the program sees of a run."""
    all_of_them = list(members)
    states = [member.status for member in all_of_them if member.status is not None]
    actions = {member.action.value for member in all_of_them}
    tiles: Counter[str] = Counter()
    for member in all_of_them:
        tiles.update(member.tiles)
    outputs: dict[str, Any] = {
        **echo(FIELDS, inputs),
        "status": min(states, key=_badness, default=None),
        "statuses": {member.id: member.status or UNREAD for member in all_of_them},
        "results": [member.record() for member in all_of_them],
        "tiles": sum(member.total for member in all_of_them),
        "tiles_by_status": dict(tiles),
        "failed_tiles": [name for member in all_of_them for name in member.failed_tiles],
        "user_action": actions.pop() if len(actions) == 1 else "MIXED",
        "value_estimate": _total(member.value_estimate for member in all_of_them),
        "cost_estimate": _total(member.cost_estimate for member in all_of_them),
        "cost": _total(member.cost for member in all_of_them),
        "collection_ids": {member.id: member.collection_id for member in all_of_them if member.collection_id},
        "earlier": [one.record() for one in earlier] or None,
    }
    return {key: value for key, value in outputs.items() if value is not None}


def _badness(status: str) -> int:
    phase = Phase.of(status)
    return _WORST_FIRST.index(phase) if phase in _WORST_FIRST else 0


def _total(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known), 6) if known else None


def members_of(outputs: Mapping[str, Any]) -> list[Member]:
    """The requests that a state remembers."""
    return [Member.of(record) for record in outputs.get("results") or []]
