"""Servers on loopback that answer slowly, endlessly, or not at all; and a clock that waits for them."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import requests

from pulumi_sentinelhub.batch.http.lines import LineAdapter
from pulumi_sentinelhub.waiting.hands import BUSY
from tests.support.wire import token_answer

if TYPE_CHECKING:
    from typing_extensions import Self

#: Seconds between two drops.
PAUSE = 0.05
#: Says something on a connection; True lets the next request come on it.
Behave: TypeAlias = "Callable[[socket.socket, threading.Event], bool]"

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def says(body: bytes, head: bytes = OK) -> Behave:
    """A whole answer, after which the connection is kept."""

    def behave(connection: socket.socket, _: threading.Event) -> bool:
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return True

    return behave


def raw(answer: bytes) -> Behave:
    """These bytes, after which the connection is kept."""

    def behave(connection: socket.socket, _: threading.Event) -> bool:
        connection.sendall(answer)
        return True

    return behave


def streams(*parts: bytes) -> Behave:
    """These bytes and no more; the connection is closed."""

    def behave(connection: socket.socket, _: threading.Event) -> bool:
        for part in parts:
            connection.sendall(part)
        return False

    return behave


def drips(first: bytes, again: bytes, pause: float = PAUSE) -> Behave:
    """``first``, then ``again`` for ever, one at a time."""

    def behave(connection: socket.socket, stop: threading.Event) -> bool:
        connection.sendall(first)
        while not stop.wait(pause):
            connection.sendall(again)
        return False

    return behave


def floods(first: bytes, again: bytes) -> Behave:
    """``first``, then ``again`` for ever, as fast as they are taken."""

    def behave(connection: socket.socket, stop: threading.Event) -> bool:
        connection.sendall(first)
        while not stop.is_set():
            connection.sendall(again)
        return False

    return behave


#: By name: each never comes to an end, and none lets a time-out of a socket pass.
ENDLESS: dict[str, Behave] = {
    "no byte": lambda _, stop: stop.wait() and False,
    "a status line": drips(b"HTTP/1.1", b" "),
    "heads of 100": drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a header": drips(OK + b"X: ", b"x"),
    "many headers": drips(OK, b"X: y\r\n", 0.1),
    "a body": drips(OK + b"Content-Length: 1000000\r\n\r\n", b" "),
    "a body until the end": drips(OK + b"Connection: close\r\n\r\n", b" "),
    "a coded body": drips(OK + b"Content-Encoding: gzip\r\nContent-Length: 9999\r\n\r\n\x1f\x8b", b"\x08"),
    "chunks": drips(CHUNKED, b"1\r\n \r\n"),
    "the size of a chunk": drips(CHUNKED + b"1;", b"x"),
    "trailers": drips(CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: y\r\n"),
}
#: Refusals whose body never ends: the status is enough.
ENDLESS_REFUSALS: dict[str, Behave] = {
    "a refusal's body": drips(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 99999\r\n\r\n", b" ")
}


class Server:
    """Answers ``/token`` by one behaviour and all else by another; each connection has a thread.

    Attributes:
        calls: requests to anything but the token endpoint.
        last: the one that each connection is asking now, or was asking.
        connections: that were opened.
        arrived: set when any byte has come; a test may clear it.
        asked: set when a whole request has come, and before it is answered; a test may clear it.
    """

    def __init__(self, api: Behave, token: Behave | None = None) -> None:
        self._api, self._token = api, token or says(token_answer().content())
        self.calls: list[bytes] = []
        self.last: dict[socket.socket, bytes] = {}
        self.connections = 0
        self.arrived, self.asked = threading.Event(), threading.Event()
        self._stop = threading.Event()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def read(self, connection: socket.socket) -> bytes:
        """One request; empty where none comes any more."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return b""
            self.arrived.set()
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        while len(body) < length:
            more = connection.recv(65536)
            if not more:
                return b""
            body += more
        return head + b"\r\n\r\n" + body

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            going_on = True
            while going_on and (request := self.read(connection)):
                asks_for_token = request.startswith(b"POST /token")
                if not asks_for_token:
                    self.calls.append(request)
                    self.last[connection] = request
                self.asked.set()
                going_on = (self._token if asks_for_token else self._api)(connection, self._stop)


class Yardstick:
    """How late this machine lets a thread run that only waits: no promise can be kept better.

    Attributes:
        worst: seconds.
    """

    def __init__(self) -> None:
        self.worst = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._measure, daemon=True)

    def _measure(self) -> None:
        while not self._stop.is_set():
            begun = time.monotonic()
            self._stop.wait(PAUSE)
            self.worst = max(self.worst, time.monotonic() - begun - PAUSE)

    def __enter__(self) -> Yardstick:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def carrying() -> list[threading.Thread]:
    """The threads that carry calls."""
    return [thread for thread in threading.enumerate() if thread.name == BUSY]


def ends(seconds: float = 60.0) -> bool:
    """Whether all calls come to an end within so many seconds."""
    until = time.monotonic() + seconds
    while carrying() and time.monotonic() < until:
        carrying_one = carrying()
        if carrying_one:
            carrying_one[0].join(0.1)
    return not carrying()


class WaitingClock:
    """The machine's own clock, which stands still until ``begin`` is set.

    A deadline on it comes once a call is under way, however late the machine brings it there.
    """

    def __init__(self, begin: threading.Event) -> None:
        self._begin = begin
        self._stood = time.monotonic()
        self._begun: float | None = None
        self._lock = threading.Lock()

    @property
    def passed(self) -> float:
        """Seconds since it runs, by those who looked; 0 while it stands."""
        with self._lock:
            if self._begun is None and self._begin.is_set():
                self._begun = time.monotonic()
            return 0.0 if self._begun is None else time.monotonic() - self._begun

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return self._stood + self.passed

    def sleep(self, seconds: float, cancel: threading.Event | None = None) -> bool:
        return (cancel or threading.Event()).wait(max(seconds, 0.0))


class TellingAdapter(LineAdapter):
    """The provider's own adapter, which tells when the body of an answer is read: its head is known then."""

    def __init__(self, reading: threading.Event) -> None:
        super().__init__()
        self._reading = reading

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        response = super().send(*args, **kwargs)
        plain = response.raw.read

        def read(*args: Any, **kwargs: Any) -> Any:
            self._reading.set()
            return plain(*args, **kwargs)

        response.raw.read = read  # type: ignore[method-assign] # of this one answer
        return response


@contextlib.contextmanager
def after(seconds: float, clock: WaitingClock, do: Callable[[], None]) -> Iterator[None]:
    """Does something once that much time has passed on a clock, from another thread."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(PAUSE):
            if clock.passed >= seconds:
                do()
                return

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
