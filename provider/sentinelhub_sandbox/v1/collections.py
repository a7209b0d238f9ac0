"""Batch collections (v1) [batch docs: collections; OpenAPI BatchCollection]."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

from ..accounts import Caller
from ..wire import ApiError, Json, bad, timestamp

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
            self._hidden.clear()

    def find(self, collection_id: str) -> Json | None:
        """A collection as it is, whoever may see it."""
        with self._lock:
            item = self._items.get(collection_id)
            return None if item is None else dict(item)

    def all(self, account: str) -> list[Json]:
        """All collections that an account sees, oldest first."""
        with self._lock:
            return [dict(item) for item in self._items.values() if self._seen_by(account, item["id"])]

    def get(self, account: str, collection_id: str) -> Json:
        """One collection, as an account sees it. Raises ApiError (404)."""
        with self._lock:
            if not self._seen_by(account, collection_id):
                raise not_found(collection_id)
            return dict(self._items[collection_id])

    def hide(self, collection_id: str, seconds: float) -> Json:
        """Let nobody see a collection for so long, from now on. Raises ApiError (404)."""
        with self._lock:
            if collection_id not in self._items:
                raise not_found(collection_id)
            self._hidden[collection_id] = self._clock() + seconds
            return dict(self._items[collection_id])

    def _seen_by(self, account: str, collection_id: Any) -> bool:
        item = self._items.get(collection_id)
        hidden = self._hidden.get(collection_id, 0.0) > self._clock()
        return item is not None and item["accountId"] == account and not hidden

    def create(self, owner: Caller, name: str, bucket: str) -> Json:
        """Make an empty, uninitialised collection."""
        with self._lock:
            item: Json = {
                "id": str(uuid.uuid4()),
                "userId": owner.user,
                "accountId": owner.account,
                "name": name,
                "s3Bucket": bucket,
                # Present even when empty: sentinelhub-py cannot read a collection without it.
                "additionalData": {},
                "batchData": {},
                "created": timestamp(self._clock()),
            }
            self._items[item["id"]] = item
            return dict(item)

    def create_for(self, owner: Caller, request: Json, bands: Json) -> str:
        """Make the collection that a request asked for, named after its description; returns the id."""
        with self._lock:
            bucket = request["output"]["defaultTilePath"].removeprefix("s3://").split("/")[0]
            item = self.create(owner, request.get("description") or "Batch collection", bucket)
            self._initialise(item["id"], request, bands)
            return str(item["id"])

    def rename(self, account: str, collection_id: str, name: str) -> None:
        """Raises ApiError (404)."""
        with self._lock:
            self.get(account, collection_id)
            self._items[collection_id]["name"] = name

    def delete(self, account: str, collection_id: str) -> None:
        """Raises ApiError (404)."""
        with self._lock:
            self.get(account, collection_id)
            del self._items[collection_id]

    def link(self, account: str, collection_id: str, request: Json, bands: Json) -> None:
        """Let a request write into a collection; the first one gives it its bands.

        Args:
            account: whose request it is.
            collection_id: what it is to write into.
            request: the normalised request.
            bands: what the request's outputs are; empty when that is not known yet.

        Raises:
            ApiError: 400 when there is no such collection or its bands differ.
        """
        with self._lock:
            # One that is out of sight is there nevertheless.
            item = self._items.get(collection_id)
            if item is None or item["accountId"] != account:
                raise bad("output->collectionId", f"Batch collection {collection_id} does not exist.")
            present = self._items[collection_id]["additionalData"].get("bands")
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


def not_found(collection_id: str) -> ApiError:
    """A 404 about one collection."""
    return ApiError(404, f"Not found: batch collection {collection_id}")


def _formats(bands: Json) -> Json:
    return {name: tuple(band.get(member) for member in BAND_MEMBERS) for name, band in bands.items()}
