"""A wire that drips: no slow or endless answer holds an operation up beyond its deadline or Ctrl-C."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

import pytest

from pulumi_sentinelhub.batch.http import exchange
from pulumi_sentinelhub.batch.v1.client import BatchClient
from pulumi_sentinelhub.errors import (
    AnswerLost,
    BadRequest,
    DeadlineExceeded,
    Interrupted,
    SentinelHubError,
    Unreachable,
)
from pulumi_sentinelhub.waiting.clock import SystemClock
from pulumi_sentinelhub.waiting.patience import Ended, Patience
from pulumi_sentinelhub.waiting.timely import in_time
from tests.support.clock import HandClock
from tests.support.drip import ENDLESS, ENDLESS_REFUSALS, Behave, Server, Yardstick, after, ends, says
from tests.support.wire import ID, settings, within

#: Seconds that an operation is given, and by which it may be late.
GIVEN, LATE = 0.4, 1.0
GOOD = says(b'{"id": "a", "status": "DONE"}')


Do: TypeAlias = "Callable[[BatchClient], object]"


@dataclass
class Ran:
    """How a call ended.

    Attributes:
        late: seconds after its deadline or its cancellation.
        heard: API calls that the server has received.
    """

    error: SentinelHubError | None
    late: float
    heard: int


def run(do: Do, server: Server, how: Ended) -> Ran:
    """One call, ended by its deadline or by Ctrl-C."""
    cancel = threading.Event()
    client = BatchClient(settings(host=server.url), clock=SystemClock())
    begun, error = time.monotonic(), None
    with after(GIVEN, cancel.set if how is Ended.CANCELLED else lambda: None):
        try:
            do(within(client, GIVEN if how is Ended.LATE else None, cancel))
        except SentinelHubError as caught:
            error = caught
    return Ran(error, time.monotonic() - begun - GIVEN, len(server.calls))


def run_all(do: Do, behaviours: Mapping[str, tuple[Behave, Behave | None]], how: Ended) -> dict[str, Ran]:
    """All side by side, each on a server of its own; none is late, and no thread is left behind."""
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(Server(*two)) for name, two in behaviours.items()}
        with Yardstick() as yardstick, ThreadPoolExecutor(len(servers)) as pool:
            running = {name: pool.submit(run, do, server, how) for name, server in servers.items()}
            ran = {name: one.result(60) for name, one in running.items()}
        worst = max(one.late for one in ran.values())
        assert worst <= LATE + 2 * yardstick.worst
        assert ends()  # while the servers still drip
    return ran


HOWS = {"deadline": Ended.LATE, "Ctrl-C": Ended.CANCELLED}
CUT: Mapping[Ended, type[SentinelHubError]] = {Ended.LATE: DeadlineExceeded, Ended.CANCELLED: Interrupted}
EVERY = ENDLESS | ENDLESS_REFUSALS


@pytest.mark.parametrize("how", HOWS.values(), ids=HOWS)
def test_reading(how: Ended, record_property: Callable[..., None]) -> None:
    """A read that cannot end is ended; of a refusal the status is told."""
    ran = run_all(lambda one: one.get_request(ID), {name: (each, None) for name, each in EVERY.items()}, how)
    for name, one in ran.items():
        assert type(one.error) is (BadRequest if name in ENDLESS_REFUSALS else CUT[how]), (name, one.error)
    record_property("dripping_answers", len(ran))


@pytest.mark.parametrize("how", HOWS.values(), ids=HOWS)
@pytest.mark.parametrize("name", ["create", "start"])
def test_posting(name: str, how: Ended, record_property: Callable[..., None]) -> None:
    """What may have been done is sent once, and its answer is lost."""
    do: Do = (lambda one: one.create_request({"a": 1})) if name == "create" else (lambda one: one.start(ID))
    ran = run_all(do, {name: (each, None) for name, each in EVERY.items()}, how)
    for behaviour, one in ran.items():
        assert type(one.error) is (BadRequest if behaviour in ENDLESS_REFUSALS else AnswerLost), behaviour
        assert one.heard == 1
    record_property("dripping_answers", len(ran))


@pytest.mark.parametrize("how", HOWS.values(), ids=HOWS)
def test_asking_for_a_token(how: Ended, record_property: Callable[..., None]) -> None:
    """The token endpoint is no other; the API hears nothing."""
    ran = run_all(lambda one: one.start(ID), {name: (GOOD, each) for name, each in ENDLESS.items()}, how)
    for name, one in ran.items():
        assert type(one.error) is CUT[how], (name, one.error)
        assert one.heard == 0
    record_property("dripping_answers", len(ran))


@pytest.mark.parametrize("how", HOWS.values(), ids=HOWS)
def test_sending_what_nobody_reads(how: Ended, record_property: Callable[..., None]) -> None:
    """A payload that does not go out may have arrived all the same."""

    def create(one: BatchClient) -> object:
        return one.create_request({"a": "x" * 20_000_000})

    def ignores(connection: socket.socket, stop: threading.Event) -> bool:
        raise AssertionError("the request came whole")

    class Deaf(Server):
        def _serve(self, connection: socket.socket) -> None:
            head = connection.recv(5, socket.MSG_PEEK)
            if head.startswith(b"POST ") and connection.recv(12, socket.MSG_PEEK).startswith(b"POST /token"):
                super()._serve(connection)
            else:
                self._stop.wait(30)

    cancel = threading.Event()
    with Deaf(ignores) as server, Yardstick() as yardstick:
        client = BatchClient(settings(host=server.url), clock=SystemClock())
        client._transport.tokens.token(Patience(SystemClock()))
        begun = time.monotonic()
        with after(GIVEN, cancel.set if how is Ended.CANCELLED else lambda: None), pytest.raises(AnswerLost):
            create(within(client, GIVEN if how is Ended.LATE else None, cancel))
        late = time.monotonic() - begun - GIVEN
        assert ends()
    assert late <= LATE + 2 * yardstick.worst
    record_property("dripping_answers", 1)


@pytest.mark.parametrize("how", HOWS.values(), ids=HOWS)
@pytest.mark.parametrize("place", ["TLS", "proxy"])
def test_connecting(
    place: str, how: Ended, monkeypatch: pytest.MonkeyPatch, record_property: Callable[..., None]
) -> None:
    """A handshake or a proxy that does not answer is no call: nothing was sent, and nothing is sent later."""
    cancel = threading.Event()
    with Server(ENDLESS["no byte"]) as server, Yardstick() as yardstick:
        if place == "proxy":
            monkeypatch.setenv("HTTPS_PROXY", server.url)
        url = "https://hub.example" if place == "proxy" else f"https://127.0.0.1:{server.port}"
        client = BatchClient(settings(host=url, token_url=server.url + "/token"), clock=SystemClock())
        client._transport.tokens.token(Patience(SystemClock()))
        begun = time.monotonic()
        with after(GIVEN, cancel.set if how is Ended.CANCELLED else lambda: None), pytest.raises(CUT[how]):
            within(client, GIVEN if how is Ended.LATE else None, cancel).start(ID)
        late = time.monotonic() - begun - GIVEN
        assert not [call for call in server.calls if not call.startswith(b"CONNECT")]
    assert late <= LATE + 2 * yardstick.worst
    assert ends()
    record_property("dripping_answers", 1)


def test_what_is_given_up_before_it_is_sent_is_never_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolving a name, where that outlasts the deadline, leads to no call when it succeeds after all."""
    release, plain = threading.Event(), socket.getaddrinfo

    def slow(host: object, *args: object, **kwargs: object) -> object:
        if host == "localhost":
            assert release.wait(30)
        return plain(host, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with Server(GOOD) as server:
        there = settings(host=f"http://localhost:{server.port}", token_url=server.url + "/token")
        with pytest.raises(DeadlineExceeded):
            within(BatchClient(there, clock=SystemClock()), GIVEN).create_request({"a": 1})
        release.set()
        assert ends()
        assert not server.calls


def test_other_calls_go_on_while_one_hangs() -> None:
    """What hangs has a connection of its own, and takes no other one down when it is hung up."""
    hangs = threading.Event()
    good = says(b'{"id": "a", "status": "DONE"}')

    def behave(connection: socket.socket, stop: threading.Event) -> bool:
        if not hangs.is_set():
            hangs.set()
            return stop.wait() and False
        return good(connection, stop)

    with Server(behave) as server:
        client = BatchClient(settings(host=server.url), clock=SystemClock())
        with ThreadPoolExecutor(1) as pool:
            stuck = pool.submit(within(client, 1).start, ID)
            assert hangs.wait(10)
            assert [client.get_request(ID).status for _ in range(20)] == ["DONE"] * 20
            assert server.connections == 3  # one for the token, one that hangs, one for all others
            with pytest.raises(AnswerLost):
                stuck.result(30)
        assert client.get_request(ID).status == "DONE"


def test_an_answer_has_a_limit_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where neither a deadline nor a Ctrl-C comes, a dripping answer is a broken one."""
    monkeypatch.setattr(exchange, "LONGEST", 0.45)
    with Server(ENDLESS["a body"]) as server:
        client = BatchClient(settings(host=server.url), clock=HandClock())
        with pytest.raises(AnswerLost):
            client.start(ID)
        with pytest.raises(Unreachable, match="0 s at most"):
            client.get_request(ID)
        assert len(server.calls) == 1 + 6
        assert ends()


def test_an_interrupt_of_python_hangs_up_too() -> None:
    """A look-up in a program is ended by KeyboardInterrupt, which leaves nothing behind."""
    hung_up = threading.Event()

    class Interrupting(Patience):
        def ended(self) -> Ended | None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_time(lambda: hung_up.wait(30), Interrupting(SystemClock()), 30, hung_up.set)
    assert hung_up.is_set()
