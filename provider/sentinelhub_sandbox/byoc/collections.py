"""All BYOC collections of a sandbox: what calls change, and what time makes of their tiles."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from ..accounts import Caller
from ..options import SandboxOptions
from ..wire import ApiError, Json, bad
from .bands import Bands, formats
from .failure import IngestionError
from .ingest import Ingested
from .model import Collection, Tile, TileWish

PREFIX = "byoc-"
Ingest = Callable[[str, str, Bands], Ingested]


@dataclass(frozen=True)
class CollectionWish:
    """A collection as a payload describes it; ``bands`` is ``None`` when they are to stay as they are."""

    name: str
    bucket: str
    bands: Bands | None = None
    no_data: float | None = None
    storage: str | None = None


class ByocCollections:
    """Collections and tiles of all accounts; safe to use from several threads.

    Tiles are ingested when they are looked at, once their time has come. Without ``render`` no file is looked
    at, and each ingestion succeeds.

    Args:
        options: those in force.
        ingest: reads the files of a bucket's path for a collection with bands. Raises IngestionError.
    """

    def __init__(self, options: Callable[[], SandboxOptions], ingest: Ingest) -> None:
        self._options = options
        self._ingest = ingest
        self._items: dict[str, Collection] = {}
        self._lock = threading.RLock()

    def now(self) -> float:
        """The sandbox's time, epoch seconds."""
        return self._options().clock()

    def reset(self) -> None:
        """Forget all."""
        with self._lock:
            self._items.clear()

    # --- collections -------------------------------------------------------------------------------------

    def all(self, account: str) -> list[Json]:
        """All collections of an account, oldest first."""
        with self._lock:
            own = [item for item in self._items.values() if item.owner.account == account]
            return [self._current(item).to_json() for item in own]

    def get(self, account: str, collection_id: str) -> Json:
        """One collection. Raises ApiError (404)."""
        with self._lock:
            return self._find(account, collection_id).to_json()

    def exists(self, account: str, kind: str) -> bool:
        """Whether an account has the collection of a data type such as ``byoc-<id>``."""
        with self._lock:
            found = self._items.get(kind.removeprefix(PREFIX)) if kind.startswith(PREFIX) else None
            return found is not None and found.owner.account == account

    def create(self, owner: Caller, wish: CollectionWish) -> Json:
        """Make an empty collection. Names need not differ: batch makes several of one description."""
        with self._lock:
            _check_no_data(wish.bands or {}, wish.no_data)
            item = Collection(
                id=str(uuid.uuid4()),
                owner=owner,
                name=wish.name,
                bucket=wish.bucket,
                created=self.now(),
                no_data=wish.no_data,
                storage=wish.storage,
                bands=wish.bands or {},
            )
            self._items[item.id] = item
            return item.to_json()

    def update(self, account: str, collection_id: str, wish: CollectionWish) -> None:
        """Change a collection [OpenAPI: BYOCCollectionUpdatePayload].

        Raises:
            ApiError: 404; 409 for another bucket while there are tiles; 400 for bands that cannot be.
        """
        with self._lock:
            item = self._find(account, collection_id)
            if wish.bucket != item.bucket and item.tiles:
                raise ApiError(409, "The bucket can only be changed if the collection is empty.")
            bands = item.bands if wish.bands is None else wish.bands
            _check_no_data(bands, wish.no_data)
            if item.tiles and wish.bands is not None:
                _check_change(item.bands, wish.bands)
            item.name, item.bucket, item.bands, item.no_data = wish.name, wish.bucket, bands, wish.no_data
            if wish.bands is not None:
                item.storage = wish.storage

    def delete(self, account: str, collection_id: str) -> None:
        """Forget a collection and its tiles; the files stay. Raises ApiError (404)."""
        with self._lock:
            del self._items[self._find(account, collection_id).id]

    def copy_tiles(self, account: str, source_id: str, target_id: str) -> None:
        """Copy ingested tiles whose path the target lacks. Raises ApiError: 404, or 400 for other bands."""
        with self._lock:
            source, target = self._find(account, source_id), self._find(account, target_id)
            if target.bands and formats(target.bands) != formats(source.bands):
                raise bad("toCollection", "The collections must have the same band names and types.")
            if target.bucket != source.bucket:
                raise bad("toCollection", "The collections must be of the same bucket.")
            taken = {path for tile in target.tiles.values() for path in (tile.path, tile.asked)}
            copied = [t for t in source.tiles.values() if t.ingested and t.path not in taken]
            for tile in copied:
                made = Tile(**{**vars(tile), "id": str(uuid.uuid4()), "created": self.now()})
                target.tiles[made.id] = made
            if copied:
                target.bands = target.bands or source.bands
                target.touch(self.now())

    # --- tiles -------------------------------------------------------------------------------------------

    def tiles(self, account: str, collection_id: str) -> list[Json]:
        """All tiles, oldest first. Raises ApiError (404)."""
        with self._lock:
            item, now = self._find(account, collection_id), self.now()
            return [tile.to_json(now) for tile in item.tiles.values()]

    def tile(self, account: str, collection_id: str, tile_id: str) -> Json:
        """One tile. Raises ApiError (404)."""
        with self._lock:
            return self._find_tile(account, collection_id, tile_id).to_json(self.now())

    def create_tile(self, account: str, collection_id: str, wish: TileWish) -> Json:
        """Make a tile and begin its ingestion. Raises ApiError: 404, or 409 for a path that is taken."""
        with self._lock:
            item, now = self._find(account, collection_id), self.now()
            if any(wish.path in {tile.path, tile.asked} for tile in item.tiles.values()):
                raise ApiError(409, f"A tile with path {wish.path} already exists.")
            due = now + self._options().ingestion_seconds
            tile = Tile(str(uuid.uuid4()), wish.path, wish.path, now, now, due, wish.cover, wish.sensed)
            item.tiles[tile.id] = tile
            return tile.to_json(now)

    def update_tile(self, account: str, collection_id: str, tile_id: str, wish: TileWish) -> None:
        """Other cover and sensing time; no cover means the tile's rectangle. Raises ApiError (404)."""
        with self._lock:
            tile = self._find_tile(account, collection_id, tile_id)
            tile.cover, tile.sensed, tile.whole = wish.cover, wish.sensed, wish.cover is None
            self._items[collection_id].touch(self.now())

    def delete_tile(self, account: str, collection_id: str, tile_id: str) -> None:
        """Forget a tile; its files stay. Raises ApiError (404)."""
        with self._lock:
            del self._items[collection_id].tiles[self._find_tile(account, collection_id, tile_id).id]
            self._items[collection_id].touch(self.now())

    def reingest(self, account: str, collection_id: str, tile_id: str) -> None:
        """Ingest a tile again. Raises ApiError: 404, or 400 while it is being ingested."""
        with self._lock:
            tile = self._find_tile(account, collection_id, tile_id)
            if not tile.ended:
                raise ApiError(400, "The tile is already being ingested.")
            self._begin(tile)

    def _begin(self, tile: Tile) -> None:
        tile.begun = self.now()
        tile.due = tile.begun + self._options().ingestion_seconds
        tile.ended, tile.failure = False, None

    # --- for the service itself --------------------------------------------------------------------------

    def find(self, collection_id: str) -> Collection | None:
        """A collection up to date, whosever it is."""
        with self._lock:
            item = self._items.get(collection_id)
            return None if item is None else self._current(item)

    def put_tile(self, collection_id: str, wish: TileWish) -> str:
        """Make a tile, or ingest the one of that path again; returns its id. Raises ApiError (404)."""
        with self._lock:
            item = self.find(collection_id)
            if item is None:
                raise not_found(collection_id)
            for tile in item.tiles.values():
                if wish.path in {tile.path, tile.asked}:
                    self._begin(tile)
                    return tile.id
            return str(self.create_tile(item.owner.account, collection_id, wish)["id"])

    # --- what time brings --------------------------------------------------------------------------------

    def _find(self, account: str, collection_id: str) -> Collection:
        item = self._items.get(collection_id)
        if item is None or item.owner.account != account:
            raise not_found(collection_id)
        return self._current(item)

    def _find_tile(self, account: str, collection_id: str, tile_id: str) -> Tile:
        tile = self._find(account, collection_id).tiles.get(tile_id)
        if tile is None:
            raise ApiError(404, f"Not found: tile {tile_id}")
        return tile

    def _current(self, item: Collection) -> Collection:
        now = self.now()
        due = [tile for tile in item.tiles.values() if not tile.ended and tile.due <= now]
        for tile in sorted(due, key=lambda one: one.due):
            self._end(item, tile)
        if item.dirty is not None and now >= item.dirty + self._options().metadata_seconds:
            item.refresh()
        return item

    def _end(self, item: Collection, tile: Tile) -> None:
        tile.ended, tile.found = True, None
        item.touch(tile.due)
        if not self._options().render:
            return
        try:
            tile.found = self._ingest(item.bucket, tile.path, item.bands)
        except IngestionError as error:
            tile.failure = str(error)
            return
        tile.path, item.bands = tile.found.path, tile.found.bands


def not_found(collection_id: str) -> ApiError:
    """A 404 about one collection."""
    return ApiError(404, f"Not found: collection {collection_id}")


def _check_no_data(bands: Bands, no_data: float | None) -> None:
    if no_data is not None and any(band.no_data is not None for band in bands.values()):
        raise bad("noData", "You can define noData either per band or per collection, but not both.")


def _check_change(old: Bands, new: Bands) -> None:
    """Raises ApiError (400) unless bands are only renamed, left out, or given other noData."""
    path = "additionalData->bands"
    if old and not new:
        raise bad(path, "All bands can only be removed if the collection is empty.")
    before = {band.place: band for band in old.values()}
    for name, band in new.items():
        known = before.get(band.place)
        if known is None:
            raise bad(f"{path}->{name}", "Bands cannot be added to a collection that has tiles.")
        if known.format != band.format:
            raise bad(
                f"{path}->{name}",
                "Its bitDepth and sampleFormat cannot be changed once there are tiles.",
            )
