"""The one session of a provider process, which all dynamic providers of a stack share."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

from ..engine import lifeline
from ..engine.progress import EngineLog, engine_address
from ..engine.states import States
from ..lifecycle.session import NAMESPACE, Session
from . import host

#: Set on Ctrl-C, which is for all operations of the process, or when the engine is gone.
CANCEL: Final = threading.Event()

_lock = threading.Lock()
_session: Session | None = None


def configure(config: Callable[[str], Any], names: Iterable[str] = ()) -> None:
    """Make the session from the stack config; all providers of a stack are given the same one.

    Args:
        config: gives the value of a key of the stack config.
        names: of all its keys.
    """
    # the host makes one provider object a class, and gives them nothing to share
    global _session  # noqa: PLW0603
    with _lock:
        if _session is None:
            engine = engine_address()
            space = f"{NAMESPACE}:"
            own = [name.removeprefix(space) for name in names if name.startswith(space)]
            _session = Session(config, os.environ, EngineLog(engine), names=own, holder=States().holder)
            host.install(CANCEL)
            lifeline.watch(engine, CANCEL)


def session() -> Session:
    """The session; without configuration where the host has not configured anything."""
    if _session is None:
        configure(lambda _: None)
    assert _session is not None
    return _session
