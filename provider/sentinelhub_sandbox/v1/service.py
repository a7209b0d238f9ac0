"""Batch processing v1, put together."""

from __future__ import annotations

from typing import Any

from ..delivery import Delivery
from ..jobs.job import Job
from ..jobs.queue import Queue
from ..jobs.store import Store
from ..jobs.worker import Line
from ..pixels import Pixels
from ..s3_front import S3Front
from ..settings import LiveOptions
from ..wire import Json
from .actions import Actions
from .collections import Collections
from .force import force
from .hand import HandV1
from .life import LifeV1


class BatchV1:
    """All v1 requests and batch collections of one sandbox.

    Args:
        live: durations, failures, staleness.
        pixels: grids, tiles, costs.
        collections: batch collections, which requests may make and be linked to.
    """

    def __init__(self, live: LiveOptions, pixels: Pixels, collections: Collections) -> None:
        self.pixels = pixels
        self.collections = collections
        self.life = LifeV1(live, pixels, collections)
        self.store: Store[Job] = Store(live, self.life)
        self.actions = Actions(self.store, self.life, collections)
        self._queue: Queue[Job] = Queue(self.store, self.life)

    def line(self, delivery: Delivery, front: S3Front) -> Line:
        """The worker's part."""
        hand = HandV1(self.store, self.life, self._queue, self.collections, delivery, front)
        return Line(self.store, self._queue, hand)

    def force(self, job: Any, wish: Json) -> None:
        """Change a request behind everybody's back (see ``force``); the store's lock is held."""
        force(self.life, job, wish)
