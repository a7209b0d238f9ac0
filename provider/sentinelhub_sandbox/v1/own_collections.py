"""The user's batch collections as data that requests read [batch docs: ``batch-<collectionId>``].

A collection holds what the requests that are linked to it have written. Its tiles are taken to have no
sensing time, so that a time range excludes none of them.
"""

from __future__ import annotations

from functools import partial

from ..delivery import Delivery
from ..jobs.job import Job
from ..jobs.store import Store
from ..pixels import OwnData, OwnFile, OwnTile, Pixels, Plan
from .collections import Collections
from .linked import processed_tiles

PREFIX = "batch-"


class OwnCollections:
    """Finds the data of batch collections.

    Args:
        store: the requests that are linked to them.
        pixels: knows where their tiles are.
        collections: knows their bands.
        delivery: reads their files.
    """

    def __init__(
        self, store: Store[Job], pixels: Pixels, collections: Collections, delivery: Delivery
    ) -> None:
        self._store = store
        self._pixels = pixels
        self._collections = collections
        self._delivery = delivery

    def exists(self, account: str, kind: str) -> bool:
        """Whether an account has the collection of a data type."""
        known = {f"{PREFIX}{item['id']}" for item in self._collections.all(account)}
        return kind in known

    def find(self, kind: str) -> OwnData | None:
        """The data behind a type such as ``batch-<id>``; ``None`` when there is no such collection."""
        identifier = kind.removeprefix(PREFIX)
        found = self._collections.find(identifier)
        if found is None or not kind.startswith(PREFIX):
            return None
        bands = tuple(found["additionalData"].get("bands", {}))
        tiles = [self._tile(job, plan, bands) for job, plan in processed_tiles(self._store, identifier)]
        return OwnData(bands, tuple(tiles))

    def _tile(self, job: Job, plan: Plan, bands: tuple[str, ...]) -> OwnTile:
        pixels = self._pixels
        bucket, _ = pixels.output_location(job.request, job.id)
        responses = job.request["processRequest"]["output"]["responses"]
        names = [response["identifier"] for response in responses]
        keys = dict(zip(names, pixels.tile_keys(job.request, job.id, plan), strict=True))
        files = {
            band: OwnFile(bucket, keys[band], partial(self._delivery.get, bucket, keys[band]))
            for band in bands
            if band in keys
        }
        return OwnTile(plan.id, plan.geometry, job.created, files)
