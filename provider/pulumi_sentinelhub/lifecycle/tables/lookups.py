"""The tables of the look-ups: their arguments, and what they tell of requests, tiles and grids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..fields import Change, Field
from ..kinds import ID, JSON, InputKind, Text
from ..outputs import Integer, ListOf, Number, Output, Record
from . import request
from .run import PHASES


@dataclass(frozen=True)
class Lookup:
    """A question to the service, which changes nothing.

    Attributes:
        name: snake_case.
        doc: one sentence for the documentation.
        arguments: what it is asked with.
        members: of its answer.
    """

    name: str
    doc: str
    arguments: tuple[Field, ...]
    members: tuple[Output, ...]


def _argument(name: str, kind: InputKind, doc: str, *, required: bool = False) -> Field:
    return Field(name, Change.HIDDEN, kind, doc, required=required)


_RAW: Final = Output("raw", JSON, "The service's whole answer.")

#: A batch request as the service last described it: what a declared one has, too, and more.
REQUEST: Final = (
    Output("id", ID, "Id of the batch request."),
    Output("status", Text(), "Status in the service's words."),
    Output("phase", Text(), f"What that means: {PHASES}."),
    *(
        request.OUTPUTS[name]
        for name in (
            *("user_action", "user_action_updated", "created", "value_estimate", "tile_count"),
            *("tile_width_px", "tile_height_px", "error", "collection_id", "data_type"),
        )
    ),
    Output(
        "cost_estimate",
        Number("processing units"),
        "The service's estimate in processing units, after the batch discount.",
        optional=True,
    ),
    Output(
        "cost",
        Number("processing units"),
        "Processing units spent so far, after the batch discount; absent where it is counted by tiles.",
        optional=True,
    ),
    Output(
        "completion",
        Number("percent"),
        "Percent done; absent where it is counted by tiles.",
        optional=True,
    ),
    Output("description", Text(), "Free text to recognise it by.", optional=True),
    Output("user_id", ID, "Id of the user who made it.", optional=True),
    _RAW,
)
_OUTLINE: Final = (
    Output("epsg", Integer(), "EPSG code of the CRS."),
    Output(
        "ring",
        ListOf(ListOf(Number("units of the CRS"))),
        "The corners, each x and y in the CRS's unit, longitude before latitude; the first is not repeated.",
    ),
)
TILE: Final = (
    Output("id", Integer(), "Id of the tile."),
    Output("name", Text(), "Its name, which paths of results hold."),
    Output("status", Text(), "PENDING, SCHEDULED, QUEUED, PROCESSING, PROCESSED or FAILED."),
    Output(
        "cost",
        Number("processing units"),
        "Processing units, before the batch discount.",
        optional=True,
    ),
    Output("error", Text(), "Why it failed, where the service tells.", optional=True),
    Output(
        "outline",
        Record("TileOutline", _OUTLINE),
        "Where it is, roughly and without buffers, where the service tells.",
        optional=True,
    ),
    _RAW,
)
GRID: Final = (
    Output("id", Integer(), "Id of the grid, for a request's ``tiling_grid``."),
    Output("name", Text(), "Its name."),
    Output("tile_width", Number("the grid's unit"), "Width of a tile in the grid's unit.", optional=True),
    Output("tile_height", Number("the grid's unit"), "Height of a tile in the grid's unit.", optional=True),
    Output(
        "resolutions",
        ListOf(Number("the grid's unit")),
        "The resolutions that it may be used with, in its unit.",
    ),
    Output("unit", Text(), "METRE or DEGREE.", optional=True),
    _RAW,
)

GET_BATCH_REQUEST: Final = Lookup(
    "get_batch_request",
    "One batch request as it is now: status, latest user action, estimate, tiles and more.",
    (_argument("id", ID, "Id of the batch request.", required=True),),
    REQUEST,
)
LIST_BATCH_REQUESTS: Final = Lookup(
    "list_batch_requests",
    "All batch requests of the account.",
    (
        _argument(
            "search", Text(), "Words joined by ``|`` or ``&``, looked for in the description among others."
        ),
        _argument("sort", Text(), '``"created"``, ``"created:desc"``, ``"status"`` or ``"status:desc"``.'),
    ),
    (Output("requests", ListOf(Record("BatchRequestInfo", REQUEST)), "The requests, from all pages."),),
)
GET_BATCH_REQUEST_TILES: Final = Lookup(
    "get_batch_request_tiles",
    "The tiles of a batch request; none before its analysis.",
    (
        _argument("id", ID, "Id of the batch request.", required=True),
        _argument(
            "status",
            Text(),
            "Only tiles in this state: PENDING, SCHEDULED, QUEUED, PROCESSING, PROCESSED or FAILED.",
        ),
    ),
    (Output("tiles", ListOf(Record("TileInfo", TILE)), "The tiles, from all pages."),),
)
LIST_TILING_GRIDS: Final = Lookup(
    "list_tiling_grids",
    "The tiling grids that the account may use, with their tile sizes and resolutions (metres or degrees).",
    (),
    (Output("grids", ListOf(Record("TilingGridInfo", GRID)), "The grids, from all pages."),),
)
#: By what the account's collections may be searched.
LIST_COLLECTIONS: Final = (_argument("search", Text(), "Words that the collection's name has."),)
LOOKUPS: Final = (GET_BATCH_REQUEST, LIST_BATCH_REQUESTS, GET_BATCH_REQUEST_TILES, LIST_TILING_GRIDS)
