"""BYOC collections as data that requests read: ``byoc-<collectionId>`` [BYOC docs; OpenAPI: BYOCDataset]."""

from __future__ import annotations

import uuid
from functools import partial

from ..pixels import OwnData, OwnFile, OwnTile
from .collections import PREFIX, ByocCollections
from .geometry import in_wgs84
from .ingest import PLACEHOLDER
from .model import Collection, Tile
from .reader import BucketReader


class ByocData:
    """Finds the data of BYOC collections: their ingested tiles, whose files are read when they are needed.

    Args:
        collections: knows the tiles.
        reader: reads their files.
    """

    def __init__(self, collections: ByocCollections, reader: BucketReader) -> None:
        self._collections = collections
        self._reader = reader

    def find(self, kind: str) -> OwnData | None:
        """The data behind a type such as ``byoc-<id>``; ``None`` when there is no such collection."""
        found = self._collections.find(kind.removeprefix(PREFIX)) if kind.startswith(PREFIX) else None
        if found is None:
            return None
        ready = [tile for tile in found.tiles.values() if tile.found is not None and tile.ingested]
        return OwnData(tuple(found.bands), tuple(self._tile(found, tile) for tile in ready))

    def _tile(self, collection: Collection, tile: Tile) -> OwnTile:
        cover = tile.geometry()
        assert cover is not None
        outline = in_wgs84(cover)
        return OwnTile(
            number=uuid.UUID(tile.id).int % 2**53,
            geometry=outline,
            written=tile.created if tile.sensed is None else tile.sensed.epoch,
            files={name: self._file(collection, tile, name) for name in collection.bands},
            sensed=None if tile.sensed is None else tile.sensed.epoch,
            cover=outline if tile.cover is not None else None,
        )

    def _file(self, collection: Collection, tile: Tile, name: str) -> OwnFile:
        band = collection.bands[name]
        key = tile.path.replace(PLACEHOLDER, band.source)
        no_data = collection.no_data if band.no_data is None else band.no_data
        read = partial(self._reader.content, collection.bucket, key)
        return OwnFile(collection.bucket, key, read, band=band.index, no_data=no_data)
