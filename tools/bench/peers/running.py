"""Runs a peer's script and looks whether it really did all jobs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from tests.support import vendor
from tests.support.sandbox import Controls
from tools.bench.calls import counted
from tools.bench.jobs import payloads
from tools.bench.measured import Peer

SEQUENCE: Final = "sequence"
THREADS: Final = "threads"
DEADLINE_SECONDS: Final = 7200.0
POLL_SECONDS: Final = 1.0
SCRIPTS: Final = Path(__file__).parent


class PeerFailed(Exception):
    """A peer did not do its jobs; the message says what is missing."""


def measure_peer(
    name: str, api: str, n: int, sandbox: Controls, *, poll_seconds: float = POLL_SECONDS
) -> Peer:
    """Let a script do ``n`` jobs.

    Args:
        name: ``SEQUENCE`` or ``THREADS``.
        api: generation of the batch API.
        n: number of jobs.
        sandbox: with the bucket; its journal is cleared.
        poll_seconds: between two looks at a job.

    Raises:
        PeerFailed: it ended with an error, or some of its jobs are not DONE.
    """
    ends = sandbox.endpoints
    settings: dict[str, Any] = {
        **{key: ends[key] for key in ("base_url", "token_url", "client_id", "client_secret")},
        "api": api,
        "payloads": payloads(api, n, sandbox),
        "poll_seconds": poll_seconds,
    }
    environ = {**os.environ, "OAUTHLIB_INSECURE_TRANSPORT": "1"}
    if name == THREADS and api != "v1":
        environ = vendor.environment()
    known = {request["id"] for request in sandbox.control("GET", "requests")}
    sandbox.control("DELETE", "journal")
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(SCRIPTS / f"{name}.py")],
        input=json.dumps(settings),
        env=environ,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    seconds = time.monotonic() - started
    if done.returncode:
        raise PeerFailed(f"{name} on {api} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
    made = [request for request in sandbox.control("GET", "requests") if request["id"] not in known]
    finished = sum(request["status"] == "DONE" for request in made)
    if finished != n or len(made) != n:
        raise PeerFailed(f"{name} on {api} finished {finished} of {len(made)} requests for {n} jobs")
    return Peer(seconds, n, counted(sandbox.journal()))
