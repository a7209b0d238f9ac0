"""What real connections do: refused, reset, cut short, over plain sockets."""

from __future__ import annotations

import gc
import json
import socket
import ssl
import struct
import threading
import warnings
from collections.abc import Iterator

import pytest
import requests

from pulumi_sentinelhub.batch.http.broken import is_certificate_error, never_sent
from pulumi_sentinelhub.batch.v1.client import BatchClient
from pulumi_sentinelhub.errors import AnswerLost, Unreachable
from tests.support.clock import HandClock
from tests.support.drip import Behave, Server, streams
from tests.support.wire import ID, request_json, settings


def http(body: bytes, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (size, body)


GOOD = streams(http(json.dumps(request_json()).encode()))


def resets(connection: socket.socket, _: threading.Event) -> bool:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


class InTurn(Server):
    """Answers each call by the next behaviour; the last one goes on for ever."""

    def __init__(self) -> None:
        self.behaviours: list[Behave] = [GOOD]
        super().__init__(self._next)

    def read(self, connection: socket.socket) -> bytes:
        """Whoever begins with TLS is not served."""
        return b"" if connection.recv(1, socket.MSG_PEEK) == b"\x16" else super().read(connection)

    def _next(self, connection: socket.socket, stop: threading.Event) -> bool:
        behave = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
        return behave(connection, stop)


@pytest.fixture
def server() -> Iterator[InTurn]:
    with InTurn() as made:
        yield made


def client(url: str) -> BatchClient:
    return BatchClient(settings(host=url), clock=HandClock())


BROKEN = {
    "reset": resets,
    "closed without an answer": streams(),
    "cut in the body": streams(http(b'{"id": "6a', length=500)),
    "not HTTP": streams(b"SSH-2.0-OpenSSH_9\r\n\r\n"),
}


@pytest.mark.parametrize("behave", BROKEN.values(), ids=BROKEN)
def test_broken_answers(server: InTurn, behave: Behave) -> None:
    """A read outlasts them; an action that was received may have been done, and is not sent again."""
    server.behaviours = [behave, behave, GOOD]
    assert client(server.url).get_request(ID).id == ID
    assert len(server.calls) == 3
    server.behaviours = [behave]
    with pytest.raises(AnswerLost):
        client(server.url).start(ID)
    assert len(server.calls) == 4
    with pytest.raises(AnswerLost):
        client(server.url).create_request({"a": 1})
    assert len(server.calls) == 5


def test_an_answer_that_ends_in_its_head(server: InTurn) -> None:
    """Its status counts: an action was done, but what was made cannot be known."""
    server.behaviours = [streams(b"HTTP/1.1 200 OK\r\nContent-Le")]
    client(server.url).start(ID)
    with pytest.raises(AnswerLost):
        client(server.url).create_request({"a": 1})
    assert len(server.calls) == 2


def test_an_unsound_head_leaves_no_socket_open(server: InTurn) -> None:
    """Two lengths are an answer that nobody gets; its connection is closed all the same."""
    two = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n"
    server.behaviours = [streams(two)]
    gc.collect()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        with pytest.raises(AnswerLost):
            client(server.url).start(ID)
        gc.collect()
    assert [str(one.message) for one in told] == []


def test_a_refused_connection_is_unreachable() -> None:
    """Nothing can have been committed, so also a create is tried again, and then says so."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable) as caught:
        client(f"http://127.0.0.1:{port}").create_request({"a": 1})
    assert f"127.0.0.1:{port}" in str(caught.value)
    assert "refused" in str(caught.value)


def test_an_api_that_is_gone_while_the_token_is_good(server: InTurn) -> None:
    """A POST to a refused port is tried again: it was never sent."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        gone = f"http://127.0.0.1:{taken.getsockname()[1]}"
    clock = HandClock()
    one = BatchClient(settings(host=gone, token_url=server.url + "/token"), clock=clock)
    with pytest.raises(Unreachable):
        one.start(ID)
    assert len(clock.naps) == 3


def test_plain_http_where_tls_is_expected(server: InTurn) -> None:
    """No token is asked for over a connection that is not what it should be."""
    with pytest.raises(Unreachable):
        client(server.url.replace("http://", "https://")).start(ID)
    assert len(server.calls) == 0


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
