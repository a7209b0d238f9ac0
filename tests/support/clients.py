"""Foreign clients, each in a folder of its own in the cache: their versions do not fit the tests' own."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.engine.finder import cache_folder

_SECONDS = 900.0


def installed(requirement: str, *, alone: bool = False) -> Path:
    """Where a client is, to be put in front of the import path; it is installed if need be.

    Args:
        requirement: one version of it, ``name==version``.
        alone: without its dependencies, which it shares with the tests.

    Raises:
        RuntimeError: it cannot be got.
    """
    target = cache_folder(os.environ) / f"clients-{sys.version_info[0]}.{sys.version_info[1]}" / requirement
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.is_dir():  # another process was faster
            return target
        with tempfile.TemporaryDirectory(dir=target.parent) as fresh:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", f"{fresh}/it"]
            pip += ["--no-deps"] if alone else []
            done = subprocess.run(
                [*pip, requirement], capture_output=True, text=True, timeout=_SECONDS, check=False
            )
            if done.returncode:
                raise RuntimeError(f"cannot install {requirement}: {done.stderr}")
            Path(fresh, "it").rename(target)
    return target
