"""Foreign clients, each in a folder of its own in the cache: their versions do not fit the tests' own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.fetched import kept

_SECONDS = 900.0


def installed(requirement: str, *, alone: bool = False) -> Path:
    """Where a client is, to be put in front of the import path; it is installed if need be.

    Args:
        requirement: one version of it, ``name==version``.
        alone: without its dependencies, which it shares with the tests.

    Raises:
        RuntimeError: it cannot be got.
    """

    def install(fresh: Path) -> Path:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", f"{fresh}/it"]
        pip += ["--no-deps"] if alone else []
        done = subprocess.run(
            [*pip, requirement], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        if done.returncode:
            raise RuntimeError(f"cannot install {requirement}: {done.stderr}")
        return fresh / "it"

    return kept(f"clients-{sys.version_info[0]}.{sys.version_info[1]}", requirement, install)
