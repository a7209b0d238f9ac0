"""Reading members of the service's JSON.

Unknown members are kept in ``raw``, unknown statuses are carried as they are: a newer service must not break
a client. A known member of a type or size that it cannot have reads as absent, such as an estimate of NaN.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Final

from ..errors import BadAnswer
from .api import CollectionInfo, TilingGrid

_MOST, _MOST_EXACT = sys.float_info.max, 2**53
#: Characters of an id; a UUID has 36.
_LONGEST_ID: Final = 256


def mapping(value: object) -> Mapping[str, Any]:
    """An object; an empty one where it is none."""
    return value if isinstance(value, dict) else {}


def text(value: object) -> str | None:
    """A string that is not empty."""
    return value if isinstance(value, str) and value else None


def number(value: object) -> float | None:
    """A number that a double holds; none that is negative occurs in what is read by it."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _MOST:
        return None
    return float(value)


def integer(value: object) -> int | None:
    """An integer that doubles, and so JSON and the state, hold exactly [RFC 8259, 6]; none is negative."""
    # value itself: as a float, 2**53 + 1 is 2**53
    if not isinstance(value, (int, float)) or number(value) is None or value > _MOST_EXACT:
        return None
    return int(value) if value == int(value) else None


def id_of(raw: Mapping[str, Any], what: str) -> str:
    """The id of ``what``. Raises BadAnswer where there is none, or one that is none."""
    value = raw.get("id")
    if not isinstance(value, str) or not value:
        raise BadAnswer(f"{what} came without 'id'")
    if len(value) > _LONGEST_ID or not value.isprintable():
        raise BadAnswer(f"{what} came with an id that is none")
    return value


def status_of(raw: Mapping[str, Any]) -> str:
    """The status of a batch request. Raises BadAnswer where there is none."""
    value = raw.get("status")
    if not isinstance(value, str) or not value:
        raise BadAnswer("a batch request came without 'status'")
    return value


def tiling_grid(body: object) -> TilingGrid:
    """A tiling grid, the same in all generations; resolutions are sorted.

    Raises:
        BadAnswer: it has no id.
    """
    raw = mapping(body)
    grid_id = integer(raw.get("id"))
    if grid_id is None:
        raise BadAnswer("a tiling grid came without an id")
    properties = mapping(raw.get("properties"))
    listed = properties.get("resolutions")
    numbers = (number(value) for value in (listed if isinstance(listed, list) else []))
    return TilingGrid(
        id=grid_id,
        name=text(raw.get("name")) or str(grid_id),
        tile_width=number(properties.get("tileWidth")),
        tile_height=number(properties.get("tileHeight")),
        resolutions=tuple(sorted({value for value in numbers if value is not None})),
        unit=text(properties.get("unit")),
        raw=raw,
    )


def collection_info(body: object, kind: str, what: str) -> CollectionInfo:
    """A collection, bare or wrapped in ``data`` [batch docs: endpoints, BYOC; PY-V1 unwraps it].

    Args:
        body: the answer.
        kind: what its data type begins with: ``batch`` or ``byoc``.
        what: the collection in words, for the error.

    Raises:
        BadAnswer: it has no id, or one that is none.
    """
    raw = mapping(body)
    if "id" not in raw and isinstance(raw.get("data"), Mapping):
        raw = mapping(raw["data"])
    id = id_of(raw, what)
    return CollectionInfo(
        id=id,
        name=text(raw.get("name")) or "",
        data_type=f"{kind}-{id}",
        s3_bucket=text(raw.get("s3Bucket")),
        tiling_grid_id=integer(mapping(raw.get("batchData")).get("tilingGridId")),
        bands=mapping(mapping(raw.get("additionalData")).get("bands")),
        created=text(raw.get("created")),
        raw=raw,
    )
