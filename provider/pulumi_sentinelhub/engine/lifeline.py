"""Not outliving the engine: a provider whose engine was killed would go on driving jobs that nobody watches.

Our own launchers end the process at once; Pulumi's official ones leave it running after ``kill -9`` of the
CLI. The engine listens on the address that it gave us for as long as it lives.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from typing import Final

from ..waiting.clock import SystemClock
from ..waiting.patience import Patience

_log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 3.0
# A busy machine may keep an engine from accepting for a moment: only a repeated refusal counts.
_REFUSALS: Final = 2
# Time for operations under way to end with a clear state, before the process goes.
_GRACE_SECONDS: Final = 5.0


def watch(address: str | None, cancel: threading.Event, end: Callable[[], None] | None = None) -> None:
    """Look after the engine in the background; when it is gone, set ``cancel`` and end the process.

    Args:
        address: the engine's ``host:port``; None where it is not known, and nothing is watched.
        cancel: ends all waits.
        end: what ends the process; for tests.
    """
    if address is None:
        return
    host, _, port = address.rpartition(":")
    watcher = threading.Thread(
        target=_watch, args=(host, int(port), cancel, end or _exit), name="engine-lifeline", daemon=True
    )
    watcher.start()


def _watch(host: str, port: int, cancel: threading.Event, end: Callable[[], None]) -> None:
    # Not for an operation: neither Ctrl-C nor a deadline ends it.
    watch, refusals = Patience(SystemClock()), 0
    while refusals < _REFUSALS:
        watch.rest(_LOOK_SECONDS)
        refusals = refusals + 1 if is_refused(host, port) else 0
    _log.debug("the engine is gone")
    cancel.set()
    watch.rest(_GRACE_SECONDS)
    end()


def is_refused(host: str, port: int) -> bool:
    """Whether nobody listens there."""
    try:
        socket.create_connection((host, port), timeout=_LOOK_SECONDS).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False


def _exit() -> None:
    # Nobody is left to answer: no handler of any provider in this process has anything to do any more.
    os._exit(0)
