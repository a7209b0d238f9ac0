"""The threads that analyse requests and write their files.

V8 and NumPy compute outside Python's global lock, so that two tiles at once keep two cores busy. Threads,
since each process of its own would take 100 MB, and half a second to start.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from ..delivery import DeliveryError
from ..pixels import Plan
from .job import Analysis, Job
from .queue import Queue, Work
from .store import Store

IDLE_SECONDS = 0.02  # between two looks; while there is nothing, each pause is twice the last one …
LONGEST_IDLE_SECONDS = 0.1  # … up to this while a request is under way, whose work comes due with time …
ASLEEP_SECONDS = 1.0  # … and this while none is: then only a call makes work, and calls wake the worker
STOP_SECONDS = 10.0
TILES_AT_ONCE = 2  # more would pay with memory: an evalscript's context and a block of its samples each
J_contra = TypeVar("J_contra", bound=Job, contravariant=True)


class Hand(Protocol[J_contra]):
    """How one generation's requests are analysed and their files written."""

    def analyse(self, job: J_contra) -> Analysis:
        """Everything that can be found out before the first tile; what is at fault is the result's error."""

    def open(self, job: J_contra) -> None:
        """What comes before the tiles of a run. Raises DeliveryError."""

    def tile(self, job: J_contra, plan: Plan) -> None:
        """Write one tile's files. Raises DeliveryError."""

    def close(self, job: J_contra) -> None:
        """What comes after the tiles of a run. Raises DeliveryError."""


@dataclass(frozen=True)
class Line:
    """The work of one generation: what is to be done, and who does it."""

    store: Store[Any]
    queue: Queue[Any]
    hand: Hand[Any]


class Worker:
    """Does what is queued: in one background thread, and each tile in one of its own.

    Args:
        lines: one a generation.
    """

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = tuple(lines)
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="sandbox-worker", daemon=True)
        self._seats = threading.Semaphore(TILES_AT_ONCE)
        self._tiles: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def wake(self) -> None:
        """Look for work now: a call may have made some."""
        self._woken.set()

    def stop(self) -> None:
        """Finish the tiles at hand, then end."""
        self._stopping.set()
        self.wake()
        deadline = time.monotonic() + STOP_SECONDS
        for thread in (self._thread, *self._tiles):
            thread.join(timeout=max(0.0, deadline - time.monotonic()))

    def _loop(self) -> None:
        pause = IDLE_SECONDS
        while True:
            self._woken.clear()
            if self._stopping.is_set():
                return
            found = [(line, work) for line in self._lines if (work := line.queue.next_work()) is not None]
            if found or self._woken.wait(pause):
                pause = IDLE_SECONDS
            else:
                busy = any(line.queue.busy for line in self._lines)
                pause = min(2 * pause, LONGEST_IDLE_SECONDS if busy else ASLEEP_SECONDS)
            for line, work in found:
                if work.kind == "tile":
                    self._begin_tile(line, work)
                    continue
                if work.kind != "analyse":  # a run begins and ends without tiles in flight
                    for tile in self._tiles:
                        tile.join()
                _do(line, work)

    def _begin_tile(self, line: Line, work: Work[Any]) -> None:
        """Wait for a seat, then do the tile beside all else."""
        self._seats.acquire()
        self._tiles = [tile for tile in self._tiles if tile.is_alive()]

        def do() -> None:
            try:
                _do(line, work)
            finally:
                self._seats.release()

        tile = threading.Thread(target=do, name="sandbox-tile", daemon=True)
        self._tiles.append(tile)
        tile.start()


def _do(line: Line, work: Work[Any]) -> None:
    job, queue, hand = work.job, line.queue, line.hand
    try:
        if work.kind == "analyse":
            queue.analysed(job, hand.analyse(job))
        elif work.kind == "open":
            hand.open(job)
        elif work.plan is not None:
            hand.tile(job, work.plan)
        else:
            hand.close(job)
    except DeliveryError as error:
        queue.run_failed(job, str(error))
    except Exception as error:  # noqa: BLE001  a defect here must not leave requests hanging for ever
        traceback.print_exc(file=sys.stderr)
        if work.kind == "analyse":
            queue.analysed(job, Analysis(ready=line.store.now(), error=str(error)))
        else:
            queue.run_failed(job, str(error))
