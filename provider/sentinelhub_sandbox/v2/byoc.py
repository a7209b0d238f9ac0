"""The BYOC collections that v2 tasks write into [OpenAPI: createCollection, collectionId; v2 docs: BYOC].

``HeldCollections`` knows what a task needs of them and has no API of its own: it is the one place to be
replaced by the BYOC service.
"""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from typing import Protocol

from ..accounts import Caller
from ..wire import Json


class CollectionError(Exception):
    """A collection cannot take what a task writes; the message is what the service says."""


@dataclass(frozen=True)
class NewTile:
    """A tile for a collection.

    Attributes:
        path: key within the collection's bucket, with ``(BAND)`` in the place of the file's name.
        geometry: GeoJSON in WGS84.
    """

    path: str
    geometry: Json


class ByocCollections(Protocol):
    """What v2 asks of BYOC."""

    def exists(self, caller: Caller, collection_id: str) -> bool:
        """Whether an account has such a collection."""

    def create(self, owner: Caller, name: str, bucket: str, bands: Json) -> str:
        """Make a collection; its id."""

    def link(self, owner: Caller, collection_id: str, bucket: str, bands: Json) -> None:
        """Raises CollectionError unless bands of that kind may be written into a collection from a bucket."""

    def add_tile(self, collection_id: str, tile: NewTile) -> None:
        """A tile has been written; one of the same path takes its place."""


@dataclass
class _Held:
    """A collection: whose, where, of which bands, and its tiles by path."""

    account: str
    name: str
    bucket: str
    bands: Json
    tiles: dict[str, NewTile] = field(default_factory=dict)


class HeldCollections:
    """Collections in memory, as far as tasks need them."""

    def __init__(self) -> None:
        self._items: dict[str, _Held] = {}
        self._lock = threading.Lock()

    def reset(self) -> None:
        """Forget all."""
        with self._lock:
            self._items.clear()

    def exists(self, caller: Caller, collection_id: str) -> bool:
        """Whether an account has such a collection."""
        with self._lock:
            found = self._items.get(collection_id)
        return found is not None and found.account == caller.account

    def create(self, owner: Caller, name: str, bucket: str, bands: Json) -> str:
        """Make a collection; its id."""
        identifier = str(uuid.uuid4())
        with self._lock:
            self._items[identifier] = _Held(owner.account, name, bucket, bands)
        return identifier

    def link(self, owner: Caller, collection_id: str, bucket: str, bands: Json) -> None:
        """Raises CollectionError."""
        if not self.exists(owner, collection_id):
            raise CollectionError(f"BYOC collection {collection_id} does not exist.")
        held = self._items[collection_id]
        if held.bucket != bucket:
            raise CollectionError(f"BYOC collection {collection_id} is in bucket {held.bucket}.")
        if held.bands != bands:
            raise CollectionError(
                f"BYOC collection {collection_id} is not compatible with the request: band names, "
                "bit depths and sample formats must be the same."
            )

    def add_tile(self, collection_id: str, tile: NewTile) -> None:
        """A tile has been written."""
        with self._lock:
            self._items[collection_id].tiles[tile.path] = tile

    def paths(self, collection_id: str) -> list[str]:
        """The paths of a collection's tiles."""
        with self._lock:
            return sorted(self._items[collection_id].tiles)
