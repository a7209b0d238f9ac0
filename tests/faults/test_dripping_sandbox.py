"""The real lifecycles against the sandbox, over a wire that drips now and then: late is lost, never twice."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from pulumi_sentinelhub.batch.v1.client import BatchClient
from pulumi_sentinelhub.errors import AnswerLost, DeadlineExceeded, Interrupted, SentinelHubError
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from pulumi_sentinelhub.waiting.clock import SystemClock
from pulumi_sentinelhub.waiting.patience import Patience
from tests.faults.account import Account
from tests.support.drip import PAUSE, WaitingClock, Yardstick, after, ends
from tests.support.inputs import declared
from tests.support.sandbox import running, settings_of

#: Seconds that an operation is given once an answer drips, and by which it may be late; it drips for longer.
GIVEN, LATE = 1.0, 30.0


class Relay:
    """Carries bytes to the sandbox and back; answers to some calls drip, once the sandbox has done them.

    Attributes:
        dripping: a pattern of request lines; None lets all pass.
        begun: set when the sandbox has done such a call, and its answer begins to drip.
    """

    def __init__(self, port: int) -> None:
        self.dripping: re.Pattern[bytes] | None = None
        self.begun = threading.Event()
        self._to = port
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._stop.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                outer, _ = self._listener.accept()
                inner = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                return
            threading.Thread(target=self._carry, args=(outer, inner), daemon=True).start()

    def _carry(self, outer: socket.socket, inner: socket.socket) -> None:
        drips = threading.Event()
        threading.Thread(target=self._back, args=(inner, outer, drips), daemon=True).start()
        with outer, inner:
            while data := _received(outer):
                if self.dripping is not None and self.dripping.match(data):
                    drips.set()
                inner.sendall(data)

    def _back(self, inner: socket.socket, outer: socket.socket, drips: threading.Event) -> None:
        while data := _received(inner):
            step = 1 if drips.is_set() else len(data)
            if drips.is_set():
                self.begun.set()
            for start in range(0, len(data), step):
                try:
                    outer.sendall(data[start : start + step])
                except OSError:
                    return
                if drips.is_set() and self._stop.wait(PAUSE):
                    return


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except OSError:
        return b""


@pytest.fixture
def dripping() -> Iterator[tuple[Account, Relay]]:
    """An account of its own, on the machine's clock, behind a relay."""
    with running(analysis_seconds=1, processing_seconds=1) as sandbox:
        relay = Relay(int(sandbox.endpoints["base_url"].rsplit(":", 1)[1]))
        there = settings_of(sandbox.endpoints)
        token_url = there.token_url.replace(there.base_url, relay.url)
        behind = replace(there, base_url=relay.url, token_url=token_url)
        yield Account(sandbox, SystemClock(), behind), relay  # type: ignore[arg-type] # the machine's own clock
        relay.close()


@pytest.mark.parametrize("how", ["deadline", "Ctrl-C"])
@pytest.mark.parametrize("call", [rb"POST .*/process ", rb"GET .*/process\?", rb"POST .*/token "])
def test_a_create_over_a_dripping_wire(
    dripping: tuple[Account, Relay], call: bytes, how: str, record_property: Callable[..., None]
) -> None:
    """It ends in time and in one clear error; the next one finds what was made, and there is one request."""
    account, relay = dripping
    inputs: dict[str, Any] = declared()
    relay.dripping = re.compile(call)
    cancel, clock = threading.Event(), WaitingClock(relay.begun)
    client = BatchClient(account.settings, clock=clock)
    by_deadline = how == "deadline"
    with Yardstick() as yardstick, after(GIVEN, clock, (lambda: None) if by_deadline else cancel.set):
        patience = Patience.lasting(clock, GIVEN if by_deadline else 600.0, cancel)
        context = replace(account.context(), connect=lambda _: client.bound(patience), patience=patience)
        with pytest.raises(SentinelHubError) as caught:
            BATCH_REQUEST.create(context, inputs)
        late = clock.passed - GIVEN
    assert isinstance(caught.value, (AnswerLost, DeadlineExceeded, Interrupted))
    assert late <= LATE + 2 * yardstick.worst
    assert ends()
    relay.dripping = None
    made = BATCH_REQUEST.create(account.context(), inputs)
    assert set(account.requests()) == {made.id}
    record_property("dripping_answers", 1)
