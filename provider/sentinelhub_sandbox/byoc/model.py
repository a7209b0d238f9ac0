"""Collections and tiles as the service keeps them, and as the API shows them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ..accounts import Caller
from ..wire import Json, bad, expect, timestamp
from .bands import Band
from .geometry import around, in_wgs84, reprojected
from .ingest import PLACEHOLDER, Ingested

_PATH = re.compile(r"([^/](/?[^/])*)?")
_FRACTION = re.compile(r"(\.\d{1,3})\d*")


class TileStatus(str, Enum):
    """States of a tile."""

    WAITING = "WAITING"
    INGESTING = "INGESTING"
    INGESTED = "INGESTED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class SensingTime:
    """When a tile was sensed: as the API shows it, and in epoch seconds."""

    text: str
    epoch: float

    @classmethod
    def parse(cls, value: Any, path: str) -> SensingTime | None:
        """A payload's ``sensingTime``, ``None`` when it is left out or null. Raises ApiError (400).

        Anything finer than milliseconds is dropped. One without a zone is in UTC, and comes back without one
        [observed].
        """
        if value is None:
            return None
        text = _FRACTION.sub(lambda found: found[1].ljust(4, "0"), expect(value, str, path))
        try:
            moment = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            raise bad(path, f"Invalid date-time '{value}'.") from None
        zoned = moment.tzinfo is not None
        moment = moment.astimezone(dt.timezone.utc) if zoned else moment.replace(tzinfo=dt.timezone.utc)
        shown = moment.replace(tzinfo=None).isoformat(timespec="milliseconds")
        return cls(f"{shown}Z" if zoned else shown, moment.timestamp())


@dataclass(frozen=True)
class TileWish:
    """A tile as a payload describes it: path, cover (GeoJSON, any CRS) and sensing time."""

    path: str
    cover: Json | None = None
    sensed: SensingTime | None = None


@dataclass
class Tile:
    """A tile.

    Attributes:
        asked: the path that it was made with; ``path`` gets a placeholder in ingestion.
        created, begun, due: when it was made, and its last ingestion began and ends, epoch seconds.
        cover: the area with data that the user gave, in any CRS.
        whole: the cover is the tile's whole rectangle, not what its files have in common.
        found: what ingestion found.
        failure: why it failed.
    """

    id: str
    asked: str
    path: str
    created: float
    begun: float
    due: float
    cover: Json | None = None
    sensed: SensingTime | None = None
    whole: bool = False
    ended: bool = False
    found: Ingested | None = None
    failure: str | None = None

    def status(self, now: float) -> TileStatus:
        """The state at a moment, epoch seconds."""
        if self.ended:
            return TileStatus.FAILED if self.failure is not None else TileStatus.INGESTED
        half = (self.begun + self.due) / 2
        return TileStatus.WAITING if now < half else TileStatus.INGESTING

    @property
    def ingested(self) -> bool:
        """Whether it can be read."""
        return self.ended and self.failure is None

    def geometry(self) -> Json | None:
        """The area with data, in the CRS of the tile once that is known."""
        if self.found is None:
            return self.cover
        if self.cover is not None:
            return reprojected(self.cover, self.found.crs)
        return self.found.tile if self.whole else self.found.cover

    def to_json(self, now: float) -> Json:
        """As the API shows it; members without a value are left out."""
        additional: Json | None = None
        if self.failure is not None:
            additional = {"failedIngestionCause": self.failure}
        elif self.found is not None:
            additional = self.found.additional_data
        shown: Json = {
            "id": self.id,
            "created": timestamp(self.created),
            "ingestionStart": timestamp(self.begun),
            "sensingTime": None if self.sensed is None else self.sensed.text,
            "path": self.path,
            "status": self.status(now).value,
            "tileGeometry": None if self.found is None else self.found.tile,
            "coverGeometry": self.geometry(),
            "additionalData": additional,
        }
        return {key: value for key, value in shown.items() if value is not None}


@dataclass
class Collection:
    """A collection.

    Attributes:
        no_data: value of pixels without data, in all bands.
        storage: which of the deployment's storages holds the bucket, as the user said.
        dirty: since when its metadata lag behind, epoch seconds; ``None`` when they are up to date.
        metadata: what was last found out from its tiles.
    """

    id: str
    owner: Caller
    name: str
    bucket: str
    created: float
    no_data: float | None = None
    storage: str | None = None
    bands: Mapping[str, Band] = field(default_factory=dict)
    tiles: dict[str, Tile] = field(default_factory=dict)
    dirty: float | None = None
    metadata: Json = field(default_factory=dict)

    def touch(self, now: float) -> None:
        """Its tiles have changed."""
        self.dirty = now if self.dirty is None else self.dirty

    def refresh(self) -> None:
        """Bring its metadata up to date [OpenAPI: BYOCCollectionAdditionalData]."""
        self.dirty, self.metadata = None, {}
        ready = [tile for tile in self.tiles.values() if tile.ingested]
        if not ready:
            return
        times = sorted((tile.sensed for tile in ready if tile.sensed is not None), key=lambda one: one.epoch)
        share = "NO" if not times else "YES" if len(times) == len(ready) else "PARTIALLY"
        self.metadata = {"hasSensingTimes": share}
        if times:
            self.metadata |= {"fromSensingTime": times[0].text, "toSensingTime": times[-1].text}
        covers = [cover for tile in ready if (cover := tile.geometry()) is not None]
        if covers:
            self.metadata["extent"] = around([in_wgs84(cover) for cover in covers])
        coarsest = [tile.found.coarsest for tile in ready if tile.found is not None]
        if coarsest:
            self.metadata["maxMetersPerPixel"] = min(coarsest)

    def to_json(self) -> Json:
        """As the API shows it."""
        additional: Json = {**self.metadata}
        if self.bands:
            additional["bands"] = {name: band.to_json() for name, band in self.bands.items()}
        if self.storage is not None:
            additional["storageIdentifier"] = self.storage
        shown: Json = {
            "id": self.id,
            "userId": self.owner.user,
            "accountId": self.owner.account,
            "name": self.name,
            "s3Bucket": self.bucket,
            "isConfigured": bool(self.bands),
            "created": timestamp(self.created),
            "requiresMetadataUpdate": self.dirty is not None,
            "additionalData": additional,
        }
        return shown if self.no_data is None else {**shown, "noData": self.no_data}


def check_path(value: Any) -> str:
    """A payload's ``path``. Raises ApiError (400)."""
    path: str = expect(value, str, "path")
    if not _PATH.fullmatch(path):
        raise bad("path", "Must neither begin nor end with a slash, nor have two in a row.")
    if path.count(PLACEHOLDER) > 1:
        raise bad("path", f"The placeholder {PLACEHOLDER} may occur once.")
    return path
