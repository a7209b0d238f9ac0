"""Which scenes exist: a deterministic catalogue of acquisitions.

A collection with a revisit of n days is acquired on each day whose proleptic ordinal is a multiple of n,
everywhere on earth, around 10:00 UTC (Sentinel-2: every 5 days). An acquisition is cut into granules of one
degree by one degree; each has its own cloud cover, which is what `maxCloudCoverage` and `leastCC` look at.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import shapely
import shapely.geometry

from ..pixels import OwnData, OwnTile
from .datasets import OWN, Dataset, dataset_of
from .types import ProcessingFailure

Granule = tuple[int, int]  # latitude and longitude of the lower left corner, whole degrees

_DEFAULT_RANGE = timedelta(days=30)  # when the request gives no timeRange
_MASK = (1 << 64) - 1


@dataclass(frozen=True)
class Scene:
    """One granule of one acquisition; `cloud` is its cloud cover in percent."""

    granule: Granule
    time: datetime
    cloud: float

    @property
    def day(self) -> int:
        """The proleptic ordinal of the acquisition."""
        return self.time.toordinal()

    @property
    def place(self) -> Any:
        """What of several scenes of the same place only one can be seen of."""
        return self.granule

    @property
    def number(self) -> int:
        """The service's id of the scene."""
        return mix(self.day, *self.granule) % 100_000_000

    @property
    def outline(self) -> dict[str, Any]:
        """GeoJSON Polygon in WGS84."""
        lat, lon = self.granule
        ring = [[lon, lat], [lon + 1, lat], [lon + 1, lat + 1], [lon, lat + 1], [lon, lat]]
        return {"type": "Polygon", "coordinates": [ring]}

    def path(self, kind: str) -> str:
        """Where the service keeps the scene of a collection."""
        lat, lon = self.granule
        return f"s3://sandbox-{kind}/{lat}/{lon}/{self.time:%Y/%m/%d}"


@dataclass(frozen=True)
class OwnScene(Scene):
    """A tile of an own collection."""

    tile: OwnTile = field(kw_only=True)

    @property
    def place(self) -> Any:
        """Tiles of one grid lie beside each other; those of the same number are the same place."""
        return self.tile.number

    @property
    def number(self) -> int:
        """The tile's id."""
        return self.tile.number

    @property
    def outline(self) -> dict[str, Any]:
        """The tile's own geometry."""
        return self.tile.geometry

    def path(self, kind: str) -> str:
        """Where the tile's first file is."""
        file = next(iter(self.tile.files.values()), None)
        return f"s3://{file.bucket}/{file.key}" if file is not None else super().path(kind)


@dataclass(frozen=True)
class Layer:
    """What becomes one sample: scenes laid side by side, at most one for each place."""

    scenes: tuple[Scene, ...]

    @property
    def time(self) -> datetime:
        """When the first of the scenes was acquired."""
        return min(scene.time for scene in self.scenes)


def mix(*numbers: int) -> int:
    """A well-spread 64-bit hash of integers (splitmix64), the same on every machine."""
    state = 0x9E3779B97F4A7C15
    for number in numbers:
        state = (state ^ (number & _MASK)) * 0xBF58476D1CE4E5B9 & _MASK
        state = (state ^ (state >> 27)) * 0x94D049BB133111EB & _MASK
        state ^= state >> 31
    return state


def unit(*numbers: int) -> float:
    """`mix` as a number in [0, 1)."""
    return mix(*numbers) / 2**64


def seed_of(text: str) -> int:
    """`mix` of a name."""
    return mix(*text.encode())


def time_range(source: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """`dataFilter.timeRange` of a data source, inclusive; open ends default to the last 30 days."""
    given = (source.get("dataFilter") or {}).get("timeRange") or {}
    end = _parse(given["to"]) if given.get("to") else datetime.now(timezone.utc)
    start = _parse(given["from"]) if given.get("from") else end - _DEFAULT_RANGE
    return start, end


def catalogue(source: Mapping[str, Any], granules: Sequence[Granule]) -> list[Scene]:
    """Scenes of a data source over `granules`, filtered and in its mosaicking order."""
    dataset = dataset_of(source)
    order = str((source.get("dataFilter") or {}).get("mosaickingOrder") or "mostRecent")
    if OWN in source:
        own = _own_scenes(source[OWN], granules)
        return ordered([scene for scene in own if _asked(scene, source)], order)
    start, end = time_range(source)
    filters = source.get("dataFilter") or {}
    found = [
        scene
        for time in _acquisitions(dataset, start, end)
        for scene in (_scene(dataset, granule, time) for granule in granules)
        if start <= scene.time <= end or not dataset.revisit
    ]
    if dataset.cloudy:
        limit = filters.get("maxCloudCoverage")
        found = [scene for scene in found if scene.cloud <= (100.0 if limit is None else float(limit))]
    return ordered(found, order)


def ordered(scenes: Sequence[Scene], order: str) -> list[Scene]:
    """Scenes in the order in which they are laid over each other, best first."""
    if order == "leastRecent":
        return sorted(scenes, key=lambda scene: (scene.time, scene.granule))
    recent = sorted(scenes, key=lambda scene: (scene.time, scene.granule), reverse=True)
    return sorted(recent, key=lambda scene: scene.cloud) if order == "leastCC" else recent


def layers(scenes: Sequence[Scene], mosaicking: str) -> list[Layer]:
    """Scenes as samples. [evalscript V3: mosaicking] SIMPLE flattens all, ORBIT each day, TILE nothing."""
    if mosaicking == "TILE":
        return [Layer((scene,)) for scene in scenes]
    groups: dict[int, dict[Any, Scene]] = defaultdict(dict)
    for scene in scenes:
        groups[scene.day if mosaicking == "ORBIT" else 0].setdefault(scene.place, scene)
    return [Layer(tuple(group.values())) for group in groups.values()]


def _acquisitions(dataset: Dataset, start: datetime, end: datetime) -> list[datetime]:
    if not dataset.revisit:
        return [datetime(2000, 1, 1, tzinfo=timezone.utc)]
    first = -(-start.toordinal() // dataset.revisit) * dataset.revisit
    return [
        datetime.fromordinal(day).replace(hour=10, tzinfo=timezone.utc)
        for day in range(first, end.toordinal() + 1, dataset.revisit)
    ]


def _scene(dataset: Dataset, granule: Granule, time: datetime) -> Scene:
    lat, lon = granule
    seed = seed_of(dataset.type)
    seconds = (90 - lat) * 15 + (lon % 6)  # a satellite flies south: about a quarter of a minute a degree
    skewed = unit(seed, time.toordinal(), lat, lon) ** 1.5
    return Scene(granule, time + timedelta(seconds=seconds), round(100 * skewed, 2))


def _own_scenes(own: OwnData, granules: Sequence[Granule]) -> list[OwnScene]:
    """The tiles that share area with any of the granules; they are not cloudy."""
    area = shapely.union_all([shapely.box(lon, lat, lon + 1, lat + 1) for lat, lon in granules])
    return [_own_scene(tile) for tile in own.tiles if shapely.geometry.shape(tile.geometry).intersects(area)]


def _asked(scene: OwnScene, source: Mapping[str, Any]) -> bool:
    """Whether a tile is in the time range; one without a sensing time always is, as all without a range."""
    given = (source.get("dataFilter") or {}).get("timeRange") or {}
    if scene.tile.sensed is None or not given:
        return True
    start, end = time_range(source)
    return (not given.get("from") or start <= scene.time) and (not given.get("to") or scene.time <= end)


def _own_scene(tile: OwnTile) -> OwnScene:
    centre = shapely.geometry.shape(tile.geometry).centroid
    granule = math.floor(centre.y), math.floor(centre.x)
    return OwnScene(granule, datetime.fromtimestamp(tile.written, tz=timezone.utc), 0.0, tile=tile)


def _parse(text: str) -> datetime:
    try:
        parsed = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        # Python 3.10 reads only three or six digits of a fraction of a second.
        try:
            parsed = datetime.fromisoformat(text.strip()[:19])
        except ValueError:
            raise ProcessingFailure(f"Invalid time: {text}") from None
    aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)
    return aware.astimezone(timezone.utc)
