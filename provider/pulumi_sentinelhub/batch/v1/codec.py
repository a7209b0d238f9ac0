"""API v1 in neutral words: its statuses, answers, payloads and abilities. Makes no call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from ...errors import BadAnswer
from .. import answers
from ..answers import id_of, integer, mapping, number, status_of, text
from ..api import (
    NAMED_TILES,
    Abilities,
    Action,
    BatchRequestInfo,
    CollectionInfo,
    Generation,
    Phase,
    Progress,
    Tile,
    TileState,
    unheard,
)
from ..inputs import result_path
from ..mark import mark_of
from ..outlines import of_geojson
from . import payload as payloads
from .pricing import batch_factor

#: The service's statuses [batch docs: v1 state machine].
PHASES: Final[Mapping[str, Phase]] = MappingProxyType(
    {
        "CREATED": Phase.CREATED,
        "ANALYSING": Phase.ANALYSING,
        "ANALYSIS_DONE": Phase.ANALYSED,
        "PROCESSING": Phase.PROCESSING,
        "DONE": Phase.DONE,
        "PARTIAL": Phase.PARTIAL,
        "FAILED": Phase.FAILED,
        "CANCELED": Phase.CANCELED,
    }
)
#: The prose of the batch docs calls a processed tile DONE, the API calls it PROCESSED.
_TILE_WORDS: Final = {"DONE": TileState.PROCESSED.value}
#: While tiles are counted, each so many are told of: as many as a page has.
_TOLD_OF: Final = 100


V1_API: Final = Generation(
    name="v1",
    abilities=Abilities(
        deletes=True,
        restarts_failed=True,
        estimates=True,
        counts_tiles=True,
        resumes=False,
        relinks=True,
        carries_access=False,
        collections="batch",
        bills_least=False,
    ),
    phases=PHASES,
    members=tuple(payloads.PAYLOAD_MEMBERS.values()),
    payload=payloads.payload_of,
    inputs=payloads.inputs_of,
    declared=lambda inputs: payloads.spec_of(payloads.payload_of(inputs)),
    echoed=payloads.spec_of,
    result_path=result_path,
    batch_factor=batch_factor,
)


def request_info(body: object) -> BatchRequestInfo:
    """A batch request. Raises BadAnswer: it has no id or no status, or the id is none."""
    raw = mapping(body)
    status, user_action = status_of(raw), text(raw.get("userAction"))
    return BatchRequestInfo(
        id=id_of(raw, "a batch request"),
        status=status,
        phase=V1_API.phase(status),
        action=Action.of(user_action),
        generation=V1_API,
        user_action=user_action,
        user_action_updated=text(raw.get("userActionUpdated")),
        created=text(raw.get("created")),
        value_estimate=number(raw.get("valueEstimate")),
        tile_count=integer(raw.get("tileCount")),
        tile_width_px=integer(raw.get("tileWidthPx")),
        tile_height_px=integer(raw.get("tileHeightPx")),
        error=text(raw.get("error")),
        description=text(raw.get("description")),
        collection_id=text(mapping(raw.get("output")).get("collectionId")),
        user_id=text(raw.get("userId")),
        mark=mark_of(raw),
        raw=raw,
    )


def tile(body: object) -> Tile:
    """A tile. Raises BadAnswer where it has no id."""
    raw = mapping(body)
    tile_id = integer(raw.get("id"))
    if tile_id is None:
        raise BadAnswer("a tile came without an id")
    status = text(raw.get("status")) or "UNKNOWN"
    return Tile(
        id=tile_id,
        name=text(raw.get("name")) or str(tile_id),
        status=_TILE_WORDS.get(status, status),
        cost=number(raw.get("cost")),
        raw=raw,
        outline=of_geojson(raw.get("geometry")),
    )


def collection_info(body: object) -> CollectionInfo:
    """A batch collection. Raises BadAnswer: it has no id, or one that is none."""
    return answers.collection_info(body, V1_API.abilities.collections, "a batch collection")


def progress(
    tiles: Iterable[Tile], factor: float, counted: Callable[[int], object] = unheard
) -> Progress | None:
    """What tiles tell, as they come; None where there are none.

    Args:
        tiles: of one request.
        factor: the batch discount.
        counted: is told of each hundred.
    """
    states: Counter[str] = Counter()
    failed: list[str] = []
    cost = 0.0
    for place, one in enumerate(tiles, 1):
        if place % _TOLD_OF == 0:
            counted(_TOLD_OF)
        states[one.status] += 1
        cost += one.cost or 0.0
        if one.status == TileState.FAILED.value and len(failed) < NAMED_TILES:
            failed.append(one.name)
    return Progress(dict(states), tuple(sorted(failed)), cost * factor) if states else None
