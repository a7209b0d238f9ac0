"""Batch collections (v1) [batch docs: collections; OpenAPI BatchCollection]."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

from .oauth import ACCOUNT_ID, USER_ID
from .wire import ApiError, Json, bad, timestamp

BAND_MEMBERS = ("bitDepth", "sampleFormat")


class Collections:
    """All batch collections of one sandbox.

    Args:
        clock: epoch seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._items: dict[str, Json] = {}
        self._lock = threading.RLock()

    def reset(self) -> None:
        """Forget all."""
        with self._lock:
            self._items.clear()

    def all(self) -> list[Json]:
        """All collections, oldest first."""
        with self._lock:
            return [dict(item) for item in self._items.values()]

    def get(self, collection_id: str) -> Json:
        """One collection. Raises ApiError (404)."""
        with self._lock:
            if collection_id not in self._items:
                raise ApiError(404, f"Not found: batch collection {collection_id}")
            return dict(self._items[collection_id])

    def create(self, name: str, bucket: str) -> Json:
        """Make an empty, uninitialised collection."""
        with self._lock:
            item: Json = {
                "id": str(uuid.uuid4()),
                "userId": USER_ID,
                "accountId": ACCOUNT_ID,
                "name": name,
                "s3Bucket": bucket,
                # Present even when empty: sentinelhub-py cannot read a collection without it.
                "additionalData": {},
                "batchData": {},
                "created": timestamp(self._clock()),
            }
            self._items[item["id"]] = item
            return dict(item)

    def create_for(self, request: Json, bands: Json) -> str:
        """Make the collection that a request asked for, named after its description; returns the id."""
        with self._lock:
            bucket = request["output"]["defaultTilePath"].removeprefix("s3://").split("/")[0]
            item = self.create(request.get("description") or "Batch collection", bucket)
            self._initialise(item["id"], request, bands)
            return str(item["id"])

    def rename(self, collection_id: str, name: str) -> None:
        """Raises ApiError (404)."""
        with self._lock:
            self.get(collection_id)
            self._items[collection_id]["name"] = name

    def delete(self, collection_id: str) -> None:
        """Raises ApiError (404)."""
        with self._lock:
            self.get(collection_id)
            del self._items[collection_id]

    def link(self, collection_id: str, request: Json, bands: Json) -> None:
        """Let a request write into a collection; the first one gives it its bands.

        Args:
            collection_id: what it is to write into.
            request: the normalised request.
            bands: what the request's outputs are; empty when that is not known yet.

        Raises:
            ApiError: 400 when there is no such collection or its bands differ.
        """
        with self._lock:
            item = self._items.get(collection_id)
            if item is None:
                raise bad("output->collectionId", f"Batch collection {collection_id} does not exist.")
            present = item["additionalData"].get("bands")
            if present is None:
                if bands:
                    self._initialise(collection_id, request, bands)
                return
            if bands and _formats(present) != _formats(bands):
                raise bad(
                    "output->collectionId",
                    f"Batch collection {collection_id} is not compatible with the request: "
                    "band names and bit depths must be the same.",
                )

    def _initialise(self, collection_id: str, request: Json, bands: Json) -> None:
        self._items[collection_id] |= {
            "batchData": {"tilingGridId": request["tilingGrid"]["id"]},
            "additionalData": {"bands": bands},
        }


def _formats(bands: Json) -> Json:
    return {name: tuple(band.get(member) for member in BAND_MEMBERS) for name, band in bands.items()}
