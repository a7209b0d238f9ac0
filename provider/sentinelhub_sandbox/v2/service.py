"""Batch processing v2, put together."""

from __future__ import annotations

from typing import Any

from ..jobs.queue import Queue
from ..jobs.store import Store
from ..jobs.worker import Line
from ..pixels import Pixels
from ..settings import LiveOptions
from ..wire import Json
from .access import Access
from .actions import ActionsV2
from .byoc import HeldCollections
from .force import force
from .hand import HandV2
from .job import JobV2
from .life import LifeV2
from .purse import Purse


class BatchV2:
    """All v2 tasks of one sandbox.

    Args:
        live: durations, failures, staleness.
        pixels: grids, tiles, costs.
        access: the way into users' buckets.
    """

    def __init__(self, live: LiveOptions, pixels: Pixels, access: Access) -> None:
        self.pixels = pixels
        self.collections = HeldCollections()
        self._purse = Purse(live)
        self.life = LifeV2(live, pixels, access, self.collections, self._purse)
        self.store: Store[JobV2] = Store(live, self.life)
        queue: Queue[JobV2] = Queue(self.store, self.life)
        self._hand = HandV2(self.store, self.life, queue, access, self.collections)
        self.line = Line(self.store, queue, self._hand)
        announce = self._hand.announce if live.now.render else _nothing
        self.actions = ActionsV2(self.store, self.life, self._purse, announce)

    def reset(self) -> None:
        """Forget everything."""
        self.store.reset()
        self.collections.reset()
        self._purse.reset()

    def close(self) -> None:
        """Let go of pooled connections."""
        self._hand.let_go()

    def force(self, job: Any, wish: Json) -> None:
        """Change a task behind everybody's back (see ``force``); the store's lock is held."""
        force(self.life, job, wish)


def _nothing(_: JobV2) -> None:
    """Without files there is nothing to announce."""
