"""Measures one case: the floor, this project, and its peers, one after the other beside the same sandbox."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.support.sandbox import Controls, own_process
from tools.bench.case import Case
from tools.bench.floor import measure_floor
from tools.bench.jobs import BUCKET, payload
from tools.bench.measured import Peer, Row
from tools.bench.ours import measure_ours
from tools.bench.peers.running import SEQUENCE, THREADS, measure_peer
from tools.engine import Engine


@dataclass(frozen=True)
class Patience:
    """How many jobs a peer is given at most, 0 to leave it out; more are taken in proportion.

    Attributes:
        sequence: of the document's steps one after another.
        threads: of the vendor's client.
        line_only: whether the former, which takes minutes, is done for the line of sizes alone.
    """

    sequence: int = 10
    threads: int = 100
    line_only: bool = True


class Bench:
    """Measures cases.

    Args:
        folder: for all files.
        patience: with the peers. As many jobs under the same conditions are not measured again.
        engine: the CLI.
        say: tells what goes on.
    """

    def __init__(self, folder: Path, patience: Patience, engine: Engine, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._patience = patience
        self._engine = engine
        self._say = say
        self._known: dict[tuple[str, str, float, int], Peer] = {}

    def measure(self, case: Case) -> Row:
        """All figures of a case. Raises AssertionError or PeerFailed when something goes wrong."""
        load = os.getloadavg()[0]
        folder = self._folder / case.name
        with own_process(folder / "sandbox", *case.sandbox_options()) as sandbox:
            floor = measure_floor(folder / "floor", case, [{}] * case.n, self._engine, sandbox)
            self._say(f"{case.name}: floor up {floor.up.seconds:.1f} s")
            carried = [{"payload": payload(number)} for number in range(case.n)]
            laden = measure_floor(folder / "laden", case, carried, self._engine, sandbox)
            self._say(f"{case.name}: floor with payloads up {laden.up.seconds:.1f} s")
            ours = measure_ours(folder / "ours", case, self._engine, _emptied(sandbox))
            self._say(f"{case.name}: ours up {ours.up.seconds:.1f} s, destroy {ours.destroy.seconds:.1f} s")
            wanted = case.usual or not self._patience.line_only
            sequence = self._peer(SEQUENCE, case, self._patience.sequence if wanted else 0, sandbox)
            threads = self._peer(THREADS, case, self._patience.threads, sandbox)
        return Row(case, floor, ours, sequence, threads, load, laden)

    def _peer(self, name: str, case: Case, most: int, sandbox: Controls) -> Peer | None:
        count = min(most, case.n)
        if not count:
            return None
        conditions = (name, case.api, case.rate_limit, count)
        if conditions not in self._known:
            self._known[conditions] = measure_peer(name, case.api, count, _emptied(sandbox))
            self._say(f"{case.name}: {name} {self._known[conditions].seconds:.1f} s for {count} jobs")
        peer = self._known[conditions]
        return replace(peer, seconds=peer.seconds * case.n / count)


def _emptied(sandbox: Controls) -> Controls:
    """The sandbox with nothing but the bucket."""
    sandbox.reset()
    sandbox.make_bucket(BUCKET)
    return sandbox
