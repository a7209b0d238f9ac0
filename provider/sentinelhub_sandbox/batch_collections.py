"""Batch collections (v1) [batch docs: collections; OpenAPI BatchCollection]."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

from .oauth import Caller
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
        self._hidden: dict[str, float] = {}
        self._lock = threading.RLock()

    def reset(self) -> None:
        """Forget all."""
        with self._lock:
            self._items.clear()

    def all(self, account: str) -> list[Json]:
        """All collections of an account, oldest first."""
        with self._lock:
            return [dict(item) for item in self._items.values() if self._is_visible(item, account)]

    def get(self, collection_id: str, account: str) -> Json:
        """One collection. Raises ApiError (404)."""
        with self._lock:
            item = self._items.get(collection_id)
            if item is None or not self._is_visible(item, account):
                raise ApiError(404, f"Not found: batch collection {collection_id}")
            return dict(item)

    def hide(self, collection_id: str, seconds: float) -> None:
        """Let nobody see a collection for a while. Raises ApiError (404)."""
        with self._lock:
            if collection_id not in self._items:
                raise ApiError(404, f"Not found: batch collection {collection_id}")
            self._hidden[collection_id] = self._clock() + seconds

    def _is_visible(self, item: Json, account: str) -> bool:
        return item["accountId"] == account and self._clock() >= self._hidden.get(item["id"], 0.0)

    def create(self, name: str, bucket: str, caller: Caller) -> Json:
        """Make an empty, uninitialised collection."""
        with self._lock:
            item: Json = {
                "id": str(uuid.uuid4()),
                "userId": caller.user,
                "accountId": caller.account,
                "name": name,
                "s3Bucket": bucket,
                # Present even when empty: sentinelhub-py cannot read a collection without it.
                "additionalData": {},
                "batchData": {},
                "created": timestamp(self._clock()),
            }
            self._items[item["id"]] = item
            return dict(item)

    def create_for(self, request: Json, bands: Json, caller: Caller) -> str:
        """Make the collection that a request asked for, named after its description; returns the id."""
        with self._lock:
            bucket = request["output"]["defaultTilePath"].removeprefix("s3://").split("/")[0]
            item = self.create(request.get("description") or "Batch collection", bucket, caller)
            self._initialise(item["id"], request, bands)
            return str(item["id"])

    def rename(self, collection_id: str, name: str) -> None:
        """Give a collection that is there another name."""
        with self._lock:
            self._items[collection_id]["name"] = name

    def delete(self, collection_id: str) -> None:
        """Take away a collection that is there."""
        with self._lock:
            del self._items[collection_id]

    def link(self, collection_id: str, request: Json, bands: Json, account: str) -> None:
        """Let a request write into a collection; the first one gives it its bands.

        Args:
            collection_id: what it is to write into.
            request: the normalised request.
            bands: what the request's outputs are; empty when that is not known yet.
            account: whose collections the request may write into.

        Raises:
            ApiError: 400 when there is no such collection or its bands differ.
        """
        with self._lock:
            item = self._items.get(collection_id)
            if item is None or item["accountId"] != account:
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
