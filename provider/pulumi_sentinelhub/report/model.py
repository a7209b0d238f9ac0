"""What a report shows, before it is drawn. All text in it is as others wrote it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Final

from ..batch.api import Phase, TileState
from ..preview.price import LEAST_COST, charge_text

Point = tuple[float, float]
Ring = Sequence[Point]


class Kind(Enum):
    """What a tile's status means on the map; the order is that of lists, worst first."""

    FAILED = "failed"
    RUNNING = "being processed"
    WAITING = "waiting"
    PLANNED = "planned"
    DONE = "processed"
    OTHER = "in another state"


_KINDS: Final[Mapping[str, Kind]] = {
    TileState.PROCESSED.value: Kind.DONE,
    TileState.FAILED.value: Kind.FAILED,
    TileState.PENDING.value: Kind.WAITING,
    "SCHEDULED": Kind.WAITING,
    "QUEUED": Kind.WAITING,
    Phase.PROCESSING.value: Kind.RUNNING,
    "PLANNED": Kind.PLANNED,
}
KINDS: Final = tuple(Kind)


def kind_of(status: str) -> Kind:
    """What a tile's status means."""
    return _KINDS.get(status, Kind.OTHER)


@dataclass(frozen=True)
class MapTile:
    """A tile on the map.

    Attributes:
        status: the service's word.
        cost: processing units (PU), after the batch discount; None where that is not told.
        error: why it failed, where that is told.
        ring: corners in longitude and latitude, degrees; empty where its place is not known.
    """

    name: str
    status: str
    cost: float | None = None
    error: str | None = None
    ring: Ring = ()

    @property
    def kind(self) -> Kind:
        """What its status means."""
        return kind_of(self.status)


@dataclass(frozen=True)
class Box:
    """A part of the map, in degrees."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class Picture:
    """A quicklook of a request's results.

    Attributes:
        webp: the picture, transparent where there is nothing.
        box: where it lies; longitude and latitude grow evenly along its sides.
        caption: what it shows.
    """

    webp: bytes
    width: int
    height: int
    box: Box
    caption: str


@dataclass(frozen=True)
class Section:
    """One batch request.

    Attributes:
        facts: names and values, in order.
        notes: what could not be found out, and why.
        estimate: PU after the batch discount; None without one.
        estimated_by: whose estimate it is.
        area: outlines of the area of interest, in degrees.
        payload: the request in the API's own JSON, without the evalscript.
    """

    name: str
    id: str | None
    status: str
    facts: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    tiles: Sequence[MapTile] = ()
    estimate: float | None = None
    estimated_by: str = ""
    cost: float | None = None
    area: Sequence[Ring] = ()
    payload: str = ""
    evalscript: str = ""
    picture: Picture | None = None

    @property
    def rings(self) -> Iterator[Ring]:
        """All that is drawn of it."""
        yield from (tile.ring for tile in self.tiles)
        yield from self.area

    @property
    def charge(self) -> str:
        """What is charged for the estimate, where that is more; empty where it is not."""
        return _charge([self.estimate])

    @property
    def share(self) -> str:
        """The cost beside the estimate; empty where one is not known."""
        if self.cost is None or not self.estimate:
            return ""
        if self.estimate < LEAST_COST <= self.cost:
            return "the least that is charged"
        return f"{100 * self.cost / self.estimate:.0f} % of the estimate"

    @cached_property
    def counts(self) -> Counter[Kind]:
        """Number of tiles by what their status means."""
        return Counter(tile.kind for tile in self.tiles)


@dataclass(frozen=True)
class Budget:
    """A run: how far, within which budget; all in PU after the batch discount."""

    name: str
    until: str
    status: str
    requests: int
    max_cost: float | None
    estimate: float | None
    cost: float | None


@dataclass(frozen=True)
class Report:
    """All of it.

    Attributes:
        made: when, ISO 8601.
        planned: it shows what would be computed.
        notes: what concerns all sections.
    """

    title: str
    made: str
    planned: bool
    sections: Sequence[Section]
    budgets: Sequence[Budget] = ()
    notes: Sequence[str] = field(default=())

    @cached_property
    def counts(self) -> Counter[Kind]:
        """Number of tiles of all sections."""
        return sum((section.counts for section in self.sections), Counter())

    @property
    def cost(self) -> float | None:
        """PU spent, as far as it is known."""
        return _sum(section.cost for section in self.sections)

    @property
    def estimate(self) -> float | None:
        """Sum of the estimates that there are."""
        return _sum(section.estimate for section in self.sections)

    @property
    def charge(self) -> str:
        """What is charged for the estimates, where that is more; empty where it is not."""
        return _charge(section.estimate for section in self.sections)


def _charge(estimates: Iterable[float | None]) -> str:
    return charge_text([one for one in estimates if one is not None]).removeprefix(", ")


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
