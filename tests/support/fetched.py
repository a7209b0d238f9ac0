"""What the tests fetch once for a machine, and keep in the cache outside of the checkout."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from tools.engine.finder import cache_folder


def kept(place: str, name: str, make: Callable[[Path], Path]) -> Path:
    """What is kept under a name; made if need be, by one process at a time.

    Args:
        place: the folder of the cache that it stands in.
        name: its own, with its version.
        make: makes it below an empty folder, and tells where; what it raises leaves nothing behind.
    """
    target = cache_folder(os.environ) / place / name
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.is_dir():  # another process was faster
            return target
        with tempfile.TemporaryDirectory(dir=target.parent) as fresh:
            make(Path(fresh)).rename(target)
    return target
