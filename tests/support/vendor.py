"""sentinelhub-py's v2 client, in an environment of its own.

The tests' own environment has the last version that knows batch v1, and there can be only one of them there.
The newer one is put into a folder in the cache, once, without dependencies, which both share; a program that
uses it runs in a process of its own with that folder in front.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.clients import installed

REQUIREMENT = "sentinelhub==3.11.5"


def folder() -> Path:
    """Where the client is; it is put there if need be. Raises RuntimeError when it cannot be got."""
    return installed(REQUIREMENT, alone=True)


def environment() -> dict[str, str]:
    """That of a program which imports the client. Raises RuntimeError when it cannot be got."""
    return {**os.environ, "PYTHONPATH": str(folder()), "OAUTHLIB_INSECURE_TRANSPORT": "1"}


def run(program: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """What a program prints as JSON, given its settings as JSON on its standard input."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(program)],
        input=json.dumps(settings),
        env=environment(),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
