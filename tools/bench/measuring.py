"""Measures one case: the floor, this project, and its peers, one after the other beside the same sandbox."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.sandbox import Controls, own_process
from tools.bench.case import Case
from tools.bench.floor import measure_floor
from tools.bench.jobs import BUCKET
from tools.bench.measured import Peer, Row
from tools.bench.ours import measure_ours
from tools.bench.peers.running import SEQUENCE, THREADS, measure_peer
from tools.engine import Engine


@dataclass(frozen=True)
class Patience:
    """How many jobs a peer is given at most, 0 to leave it out; more are taken in proportion."""

    sequence: int = 10
    threads: int = 100


def measure(folder: Path, case: Case, patience: Patience, engine: Engine, say: Callable[[str], None]) -> Row:
    """All figures of a case. Raises AssertionError or PeerFailed when something is not as it should be."""
    load = os.getloadavg()[0]
    with own_process(folder / "sandbox", *case.sandbox_options()) as sandbox:
        floor = measure_floor(folder / "floor", case.n, engine, sandbox)
        say(f"{case.name}: floor up {floor.up.seconds:.1f} s")
        ours = measure_ours(folder / "ours", case, engine, _emptied(sandbox))
        say(f"{case.name}: ours up {ours.up.seconds:.1f} s, destroy {ours.destroy.seconds:.1f} s")
        sequence = _peer(SEQUENCE, case, patience.sequence, sandbox, say)
        threads = _peer(THREADS, case, patience.threads, sandbox, say)
    return Row(case, floor, ours, sequence, threads, load)


def _peer(name: str, case: Case, most: int, sandbox: Controls, say: Callable[[str], None]) -> Peer | None:
    if not most:
        return None
    peer = measure_peer(name, case.api, case.n, _emptied(sandbox), most=most)
    say(f"{case.name}: {name} {peer.seconds:.1f} s, measured with {peer.measured} jobs")
    return peer


def _emptied(sandbox: Controls) -> Controls:
    """The sandbox with nothing but the bucket."""
    sandbox.reset()
    sandbox.make_bucket(BUCKET)
    return sandbox
