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
    name: str, api: str, n: int, sandbox: Controls, *, most: int, poll_seconds: float = POLL_SECONDS
) -> Peer:
    """Let a script do ``n`` jobs, or ``most`` of them; then its time is taken in proportion.

    Args:
        name: ``SEQUENCE`` or ``THREADS``.
        api: generation of the batch API.
        n: number of jobs of the case.
        sandbox: with the bucket; its journal is cleared.
        most: number of jobs that it is given at most.
        poll_seconds: between two looks at a job.

    Raises:
        PeerFailed: it ended with an error, or some of its jobs are not DONE.
    """
    count = min(n, most)
    ends = sandbox.endpoints
    settings: dict[str, Any] = {
        **{key: ends[key] for key in ("base_url", "token_url", "client_id", "client_secret")},
        "api": api,
        "payloads": payloads(api, count, sandbox),
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
    if finished != count or len(made) != count:
        raise PeerFailed(f"{name} on {api} finished {finished} of {len(made)} requests for {count} jobs")
    return Peer(seconds * n / count, count, counted(sandbox.journal()))
