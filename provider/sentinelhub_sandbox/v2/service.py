"""Batch processing v2, put together."""

from __future__ import annotations

from typing import Any

from ..byoc.results import ResultCollections
from ..jobs.queue import Queue
from ..jobs.store import Store
from ..jobs.worker import Line
from ..pixels import Pixels
from ..settings import LiveOptions
from ..wire import Json
from .actions import ActionsV2
from .bucket_checks import check_buckets
from .force import force
from .hand import HandV2
from .job import JobV2
from .life import LifeV2
from .purse import Purse
from .storage import Access


class BatchV2:
    """All v2 tasks of one sandbox.

    Args:
        live: durations, failures, staleness.
        pixels: grids, tiles, costs.
        access: the way into users' buckets.
        collections: those of BYOC, which tasks may make and write into.
    """

    def __init__(
        self, live: LiveOptions, pixels: Pixels, access: Access, collections: ResultCollections
    ) -> None:
        self.pixels = pixels
        self._live = live
        self._access = access
        self._purse = Purse(live)
        self.life = LifeV2(live, pixels, access, collections, self._purse)
        self.store: Store[JobV2] = Store(live, self.life)
        queue: Queue[JobV2] = Queue(self.store, self.life)
        self._hand = HandV2(self.store, self.life, queue, access, collections)
        self.line = Line(self.store, queue, self._hand)
        announce = self._hand.announce if live.now.render else _nothing
        self.actions = ActionsV2(self.store, self.life, self._purse, announce)

    def reset(self) -> None:
        """Forget everything."""
        self.store.reset()
        self._purse.reset()

    def check_buckets(self, order: Json) -> None:
        """What POST itself finds out about buckets, where the options say so. Raises ApiError (400)."""
        if self._live.now.render and self._live.now.bucket_faults == "refused":
            check_buckets(self._access, order)

    def close(self) -> None:
        """Let go of pooled connections."""
        self._hand.let_go()

    def force(self, job: Any, wish: Json) -> None:
        """Change a task behind everybody's back (see ``force``); the store's lock is held."""
        force(self.life, job, wish)


def _nothing(_: JobV2) -> None:
    """Without files there is nothing to announce."""
