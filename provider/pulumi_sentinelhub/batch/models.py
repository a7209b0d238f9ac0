"""What the batch service returns, as typed values.

Unknown fields are kept in ``raw``, unknown statuses are carried as they are: a newer service must not break a
client. A known field of a type or size that it cannot have reads as absent: an estimate of -1 or NaN is none.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ..errors import BadAnswer


@dataclass(frozen=True)
class Status:
    """What follows from one status of a batch request [batch docs: v1 state machine].

    Attributes:
        active: the service works on it.
        final: it changes no more by itself.
        started: it can only be reached by a start, so units may have been spent.
    """

    name: str
    active: bool = False
    final: bool = False
    started: bool = False


_ROWS = (
    Status("CREATED"),
    Status("ANALYSING", active=True),
    Status("ANALYSIS_DONE"),
    Status("PROCESSING", active=True, started=True),
    Status("DONE", final=True, started=True),
    Status("PARTIAL", final=True, started=True),
    Status("FAILED", final=True),
    Status("CANCELED", final=True),
)
STATUSES: Mapping[str, Status] = MappingProxyType({row.name: row for row in _ROWS})
ACTIVE_STATUSES = frozenset(row.name for row in _ROWS if row.active)
FINAL_STATUSES = frozenset(row.name for row in _ROWS if row.final)
STARTED_STATUSES = frozenset(row.name for row in _ROWS if row.started)

_MOST, _MOST_EXACT = sys.float_info.max, 2**53
#: Characters of an id; a UUID has 36.
_LONGEST_ID = 256

TILE_STATUSES = ("PENDING", "SCHEDULED", "QUEUED", "PROCESSING", "PROCESSED", "FAILED")
#: The prose of the batch docs calls a processed tile DONE, the API calls it PROCESSED.
TILE_DONE_STATUSES = frozenset({"PROCESSED", "DONE"})
TILE_FAILED_STATUSES = frozenset({"FAILED"})


@dataclass(frozen=True)
class BatchRequestInfo:
    """A batch request as the service last described it.

    Attributes:
        value_estimate: processing units, without the batch discount of 1/3; None before analysis.
        tile_count: an estimate before analysis, exact after it.
        tile_width_px, tile_height_px: pixels, without buffers.
        user_action: NONE, ANALYSE, START or CANCEL; runs ahead of ``status``.
        created, user_action_updated: ISO 8601 timestamps.
        error: the service's words, where it failed.
        raw: the whole answer.
    """

    id: str
    status: str
    user_action: str | None
    user_action_updated: str | None
    created: str | None
    value_estimate: float | None
    tile_count: int | None
    tile_width_px: int | None
    tile_height_px: int | None
    error: str | None
    description: str | None
    collection_id: str | None
    raw: Mapping[str, Any]

    @classmethod
    def from_json(cls, body: object) -> BatchRequestInfo:
        """Read the service's JSON.

        Raises:
            BadAnswer: it has no id or no status, or the id is none.
        """
        raw = _mapping(body)
        return cls(
            id=_id(raw, "a batch request"),
            status=_status(raw),
            user_action=_text(raw.get("userAction")),
            user_action_updated=_text(raw.get("userActionUpdated")),
            created=_text(raw.get("created")),
            value_estimate=_number(raw.get("valueEstimate")),
            tile_count=_integer(raw.get("tileCount")),
            tile_width_px=_integer(raw.get("tileWidthPx")),
            tile_height_px=_integer(raw.get("tileHeightPx")),
            error=_text(raw.get("error")),
            description=_text(raw.get("description")),
            collection_id=_text(_mapping(raw.get("output")).get("collectionId")),
            raw=raw,
        )

    @property
    def is_final(self) -> bool:
        """It changes no more by itself."""
        return self.status in FINAL_STATUSES

    @property
    def is_queued(self) -> bool:
        """An action was accepted that the status does not show yet [batch docs: intermediate reading]."""
        waiting_for = {"CREATED": {"ANALYSE", "START"}, "ANALYSIS_DONE": {"START"}}
        return self.user_action in waiting_for.get(self.status, set())

    @property
    def is_active(self) -> bool:
        """The service works on it, will soon, or (a status that is not known here) may."""
        return self.status in ACTIVE_STATUSES or self.status not in STATUSES or self.is_queued

    @property
    def was_started(self) -> bool:
        """A start was accepted, so it may have cost units."""
        return self.status in STARTED_STATUSES or self.user_action == "START"


@dataclass(frozen=True)
class Tile:
    """One tile of a batch request; ``cost`` is in processing units, before the batch discount."""

    id: int
    name: str
    status: str
    cost: float | None
    raw: Mapping[str, Any]

    @classmethod
    def from_json(cls, body: object) -> Tile:
        """Read the service's JSON. Raises BadAnswer where it has no id."""
        raw = _mapping(body)
        tile_id = _integer(raw.get("id"))
        if tile_id is None:
            raise BadAnswer("a tile came without an id")
        return cls(
            id=tile_id,
            name=_text(raw.get("name")) or str(tile_id),
            status=_text(raw.get("status")) or "UNKNOWN",
            cost=_number(raw.get("cost")),
            raw=raw,
        )


@dataclass(frozen=True)
class TilingGrid:
    """A grid that results are cut by; sizes and resolutions are in ``unit`` (METRE or DEGREE)."""

    id: int
    name: str
    tile_width: float | None
    tile_height: float | None
    resolutions: tuple[float, ...]
    unit: str | None
    raw: Mapping[str, Any]

    @classmethod
    def from_json(cls, body: object) -> TilingGrid:
        """Read the service's JSON; resolutions are sorted. Raises BadAnswer where it has no id."""
        raw = _mapping(body)
        grid_id = _integer(raw.get("id"))
        if grid_id is None:
            raise BadAnswer("a tiling grid came without an id")
        properties = _mapping(raw.get("properties"))
        listed = properties.get("resolutions")
        numbers = (_number(value) for value in (listed if isinstance(listed, list) else []))
        return cls(
            id=grid_id,
            name=_text(raw.get("name")) or str(grid_id),
            tile_width=_number(properties.get("tileWidth")),
            tile_height=_number(properties.get("tileHeight")),
            resolutions=tuple(sorted({value for value in numbers if value is not None})),
            unit=_text(properties.get("unit")),
            raw=raw,
        )


@dataclass(frozen=True)
class BatchCollectionInfo:
    """A batch collection: what the Process API reads as ``batch-<id>``."""

    id: str
    name: str
    s3_bucket: str | None
    tiling_grid_id: int | None
    bands: Mapping[str, Any]
    created: str | None
    raw: Mapping[str, Any]

    @classmethod
    def from_json(cls, body: object) -> BatchCollectionInfo:
        """Read the service's JSON, bare or wrapped in ``data`` [batch docs: endpoints, PY-V1 unwraps it].

        Raises:
            BadAnswer: it has no id, or one that is none.
        """
        raw = _mapping(body)
        if "id" not in raw and isinstance(raw.get("data"), Mapping):
            raw = _mapping(raw["data"])
        return cls(
            id=_id(raw, "a batch collection"),
            name=_text(raw.get("name")) or "",
            s3_bucket=_text(raw.get("s3Bucket")),
            tiling_grid_id=_integer(_mapping(raw.get("batchData")).get("tilingGridId")),
            bands=_mapping(_mapping(raw.get("additionalData")).get("bands")),
            created=_text(raw.get("created")),
            raw=raw,
        )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: object) -> float | None:
    """A number that a double holds; none that is negative occurs in what is read by it."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _MOST:
        return None
    return float(value)


def _integer(value: object) -> int | None:
    """An integer that doubles, and so JSON and the state, hold exactly [RFC 8259, 6]; none is negative."""
    # value itself: as a float, 2**53 + 1 is 2**53
    if not isinstance(value, (int, float)) or _number(value) is None or value > _MOST_EXACT:
        return None
    return int(value) if value == int(value) else None


def _id(raw: Mapping[str, Any], what: str) -> str:
    value = raw.get("id")
    if not isinstance(value, str) or not value:
        raise BadAnswer(f"{what} came without 'id'")
    if len(value) > _LONGEST_ID or not value.isprintable():
        raise BadAnswer(f"{what} came with an id that is none")
    return value


def _status(raw: Mapping[str, Any]) -> str:
    value = raw.get("status")
    if not isinstance(value, str) or not value:
        raise BadAnswer("a batch request came without 'status'")
    return value
