"""Ends this process when the one that started it is gone, however that ended, and on Ctrl-C without a word.

The engine ends its plugins itself, but not when it is killed outright. Two signs are watched: standard input,
a pipe that the engine never writes to and that closes with it, and the parent's process id, which changes
when the parent dies.
"""

from __future__ import annotations

import os
import signal
import stat
import threading
import time

_POLL_SECONDS = 0.5


def end_quietly_on_sigint(code: int) -> None:
    """From now on, until the script has a handler of its own; to be called before what takes long to import.

    Ctrl-C in a terminal is for all processes of a command, and Python shows it as a traceback.
    """
    signal.signal(signal.SIGINT, lambda *_: os._exit(code))


def end_with_parent() -> None:
    """Start watching: the process ends at once, without clean-up, when its parent is gone."""
    threading.Thread(target=_watch_parent, args=(os.getppid(),), daemon=True).start()
    if stat.S_ISFIFO(os.fstat(0).st_mode):
        end_with_pipe(0)


def end_with_pipe(descriptor: int) -> None:
    """Start watching: the process ends at once when the pipe's other end is closed."""
    threading.Thread(target=_watch_pipe, args=(descriptor,), daemon=True).start()


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_SECONDS)
    os._exit(0)


def _watch_pipe(descriptor: int) -> None:
    while os.read(descriptor, 4096):
        pass
    os._exit(0)
