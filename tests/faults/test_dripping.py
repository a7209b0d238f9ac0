"""A wire that drips: no slow or endless answer holds an operation up beyond its deadline or Ctrl-C."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

import pytest

from pulumi_sentinelhub.batch.http import exchange, oauth
from pulumi_sentinelhub.batch.v1.client import BatchClient
from pulumi_sentinelhub.errors import (
    AnswerLost,
    BadRequest,
    DeadlineExceeded,
    Interrupted,
    SentinelHubError,
    Unreachable,
)
from pulumi_sentinelhub.waiting import timely
from pulumi_sentinelhub.waiting.clock import SystemClock
from pulumi_sentinelhub.waiting.patience import Ended, Patience
from pulumi_sentinelhub.waiting.timely import in_time
from tests.support.clock import HandClock
from tests.support.drip import (
    ENDLESS,
    ENDLESS_REFUSALS,
    Behave,
    Server,
    TellingAdapter,
    WaitingClock,
    Yardstick,
    after,
    ends,
    says,
)
from tests.support.wire import ID, settings, within

#: Seconds that an operation is given once its call is under way.
GIVEN = 0.4
#: Seconds by which it may be late; sockets' own time-outs would end it after ``SOCKETS``, or never.
LATE, SOCKETS = 30.0, 150.0
GOOD = says(b'{"id": "a", "status": "DONE"}')


Do: TypeAlias = "Callable[[BatchClient], object]"


@pytest.fixture(autouse=True)
def _only_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time-out of a socket ends anything in the time that is allowed here."""
    for module in (exchange, oauth):
        monkeypatch.setattr(module, "TIMEOUT", (SOCKETS, SOCKETS))


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


def ended(
    do: Do, client: BatchClient, clock: WaitingClock, how: Ended
) -> tuple[SentinelHubError | None, float]:
    """What a call raised and how late it was: ``GIVEN`` after its clock began, it was to end."""
    cancel, error = threading.Event(), None
    with after(GIVEN, clock, cancel.set if how is Ended.CANCELLED else lambda: None):
        try:
            do(within(client, GIVEN if how is Ended.LATE else None, cancel))
        except SentinelHubError as caught:
            error = caught
    return error, clock.passed - GIVEN


def run(do: Do, server: Server, how: Ended, *, for_token: bool = False, refuses: bool = False) -> Ran:
    """One call, ended by its deadline or by Ctrl-C after it was heard, or its refusal's body is read.

    Unless it is the one ``for_token``, the token is there before.
    """
    reading = threading.Event()
    begin = reading if refuses else server.asked
    clock = WaitingClock(begin)
    client = BatchClient(settings(host=server.url), clock=clock, adapter=lambda: TellingAdapter(reading))
    if not for_token:
        client._transport.tokens.token(Patience(clock))
        begin.clear()
    error, late = ended(do, client, clock, how)
    return Ran(error, late, len(server.calls))


def run_all(
    do: Do, behaviours: Mapping[str, tuple[Behave, Behave | None]], how: Ended, *, for_token: bool = False
) -> dict[str, Ran]:
    """All side by side, each on a server of its own; none is late, and no thread is left behind."""

    def one(name: str, server: Server) -> Ran:
        return run(do, server, how, for_token=for_token, refuses=name in ENDLESS_REFUSALS)

    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(Server(*two)) for name, two in behaviours.items()}
        with Yardstick() as yardstick, ThreadPoolExecutor(len(servers)) as pool:
            running = {name: pool.submit(one, name, server) for name, server in servers.items()}
            ran = {name: future.result() for name, future in running.items()}
        worst = max(each.late for each in ran.values())
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
    ran = run_all(
        lambda one: one.start(ID), {name: (GOOD, each) for name, each in ENDLESS.items()}, how, for_token=True
    )
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
                sending.set()
                self._stop.wait()

    sending = threading.Event()
    clock = WaitingClock(sending)
    with Deaf(ignores) as server, Yardstick() as yardstick:
        client = BatchClient(settings(host=server.url), clock=clock)
        client._transport.tokens.token(Patience(clock))
        error, late = ended(create, client, clock, how)
        assert type(error) is AnswerLost
        assert ends()
    assert late <= LATE + 2 * yardstick.worst
    record_property("dripping_answers", 1)


@pytest.mark.parametrize("how", HOWS.values(), ids=HOWS)
@pytest.mark.parametrize("place", ["TLS", "proxy"])
def test_connecting(
    place: str, how: Ended, monkeypatch: pytest.MonkeyPatch, record_property: Callable[..., None]
) -> None:
    """A handshake or a proxy that does not answer is no call: nothing was sent, and nothing is sent later."""
    with Server(ENDLESS["no byte"]) as server, Yardstick() as yardstick:
        if place == "proxy":
            monkeypatch.setenv("HTTPS_PROXY", server.url)
        url = "https://hub.example" if place == "proxy" else f"https://127.0.0.1:{server.port}"
        clock = WaitingClock(server.arrived)
        client = BatchClient(settings(host=url, token_url=server.url + "/token"), clock=clock)
        client._transport.tokens.token(Patience(clock))
        server.arrived.clear()
        error, late = ended(lambda one: one.start(ID), client, clock, how)
        assert type(error) is CUT[how]
        assert not [call for call in server.calls if not call.startswith(b"CONNECT")]
    assert late <= LATE + 2 * yardstick.worst
    assert ends()
    record_property("dripping_answers", 1)


def test_what_is_given_up_before_it_is_sent_is_never_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolving a name, where that outlasts the deadline, leads to no call when it succeeds after all."""
    release, resolving, plain = threading.Event(), threading.Event(), socket.getaddrinfo

    def slow(host: object, *args: object, **kwargs: object) -> object:
        if host == "localhost":
            resolving.set()
            release.wait()
        return plain(host, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with Server(GOOD) as server:
        there = settings(host=f"http://localhost:{server.port}", token_url=server.url + "/token")
        with pytest.raises(DeadlineExceeded):
            within(BatchClient(there, clock=WaitingClock(resolving)), GIVEN).create_request({"a": 1})
        release.set()
        assert ends()
        assert not server.calls


def test_other_calls_go_on_while_one_hangs() -> None:
    """What hangs has a connection of its own, and takes no other one down when it is hung up."""
    hangs, others_done = threading.Event(), threading.Event()
    good = says(b'{"id": "a", "status": "DONE"}')

    def behave(connection: socket.socket, stop: threading.Event) -> bool:
        if not hangs.is_set():
            hangs.set()
            return stop.wait() and False
        return good(connection, stop)

    with Server(behave) as server:
        client = BatchClient(settings(host=server.url), clock=WaitingClock(others_done))
        with ThreadPoolExecutor(1) as pool:
            stuck = pool.submit(within(client, GIVEN).start, ID)
            assert hangs.wait(SOCKETS)
            assert [client.get_request(ID).status for _ in range(20)] == ["DONE"] * 20
            assert server.connections == 3  # one for the token, one that hangs, one for all others
            others_done.set()
            with pytest.raises(AnswerLost):
                stuck.result()
        assert client.get_request(ID).status == "DONE"


def test_an_answer_has_a_limit_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where neither a deadline nor a Ctrl-C comes, a dripping answer is a broken one."""
    machine = HandClock()
    monkeypatch.setattr(timely, "time", machine)

    def drips(connection: socket.socket, stop: threading.Event) -> bool:
        machine.move(exchange.LONGEST)
        return ENDLESS["a body"](connection, stop)

    with Server(drips) as server:
        client = BatchClient(settings(host=server.url), clock=HandClock())
        with pytest.raises(AnswerLost):
            client.start(ID)
        with pytest.raises(Unreachable, match="120 s at most"):
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
        in_time(hung_up.wait, Interrupting(SystemClock()), SOCKETS, hung_up.set)
    assert hung_up.is_set()
