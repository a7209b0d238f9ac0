"""What real connections do: refused, reset, cut short, over plain sockets."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator

import pytest
import requests

from pulumi_sentinelhub.batch.http.broken import is_certificate_error, never_sent
from pulumi_sentinelhub.batch.v1.client import BatchClient
from pulumi_sentinelhub.errors import AnswerLost, Unreachable
from tests.support.clock import HandClock
from tests.support.wire import ID, request_json, settings, token_answer

Behave = Callable[[socket.socket], None]


def http(status: str, body: bytes, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n".encode() + body


GOOD = http("200 OK", json.dumps(request_json()).encode())


def says(answer: bytes) -> Behave:
    return lambda connection: connection.sendall(answer)


def resets(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Server:
    """Answers token requests, and API calls each by the next behaviour; the last one goes on for ever."""

    def __init__(self) -> None:
        self.behaviours: list[Behave] = [says(GOOD)]
        self.calls = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                request = self._request(connection)
                if not request:
                    continue
                if request.startswith(b"POST /token"):
                    connection.sendall(http("200 OK", token_answer().content()))
                    continue
                self.calls += 1
                behave = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
                behave(connection)

    @staticmethod
    def _request(connection: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more or more.startswith(b"\x16"):  # gone, or TLS
                return b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += connection.recv(65536)
        return data

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def client(url: str) -> BatchClient:
    return BatchClient(settings(host=url), clock=HandClock())


BROKEN = {
    "reset": resets,
    "closed without an answer": lambda _: None,
    "cut in the body": says(http("200 OK", b'{"id": "6a', length=500)),
    "not HTTP": says(b"SSH-2.0-OpenSSH_9\r\n\r\n"),
}


@pytest.mark.parametrize("behave", BROKEN.values(), ids=BROKEN)
def test_broken_answers(server: Server, behave: Behave) -> None:
    """A read outlasts them; an action that was received may have been done, and is not sent again."""
    server.behaviours = [behave, behave, says(GOOD)]
    assert client(server.url).get_request(ID).id == ID
    assert server.calls == 3
    server.behaviours = [behave]
    with pytest.raises(AnswerLost):
        client(server.url).start(ID)
    assert server.calls == 4
    with pytest.raises(AnswerLost):
        client(server.url).create_request({"a": 1})
    assert server.calls == 5


def test_an_answer_that_ends_in_its_head(server: Server) -> None:
    """Its status counts: an action was done, but what was made cannot be known."""
    server.behaviours = [says(b"HTTP/1.1 200 OK\r\nContent-Le")]
    client(server.url).start(ID)
    with pytest.raises(AnswerLost):
        client(server.url).create_request({"a": 1})
    assert server.calls == 2


def test_a_refused_connection_is_unreachable() -> None:
    """Nothing can have been committed, so also a create is tried again, and then says so."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable) as caught:
        client(f"http://127.0.0.1:{port}").create_request({"a": 1})
    assert f"127.0.0.1:{port}" in str(caught.value)
    assert "refused" in str(caught.value)


def test_an_api_that_is_gone_while_the_token_is_good(server: Server) -> None:
    """A POST to a refused port is tried again: it was never sent."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        gone = f"http://127.0.0.1:{taken.getsockname()[1]}"
    clock = HandClock()
    one = BatchClient(settings(host=gone, token_url=server.url + "/token"), clock=clock)
    with pytest.raises(Unreachable):
        one.start(ID)
    assert len(clock.naps) == 3


def test_plain_http_where_tls_is_expected(server: Server) -> None:
    """No token is asked for over a connection that is not what it should be."""
    with pytest.raises(Unreachable):
        client(server.url.replace("http://", "https://")).start(ID)
    assert server.calls == 0


@pytest.mark.parametrize(
    ("error", "unsent", "certificate"),
    [
        (requests.exceptions.ConnectTimeout(), True, False),
        (requests.exceptions.ReadTimeout(), False, False),
        (requests.exceptions.ProxyError(), True, False),
        (requests.exceptions.SSLError(ssl.SSLCertVerificationError("untrusted")), True, True),
        (requests.exceptions.SSLError(ssl.SSLError("bad record")), False, False),
        (requests.exceptions.ConnectionError(ConnectionResetError(104, "reset")), False, False),
    ],
)
def test_which_failures_came_before_anything_was_sent(
    error: Exception, unsent: bool, certificate: bool
) -> None:
    """Only what is certain counts as not sent."""
    assert never_sent(error) is unsent
    assert is_certificate_error(error) is certificate
