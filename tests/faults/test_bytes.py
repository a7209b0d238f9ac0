"""Wild bytes on a real wire: whatever is sent instead of HTTP stays within the error tree."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_sentinelhub.batch.v1.client import BatchClient
from pulumi_sentinelhub.errors import AnswerLost, SentinelHubError
from tests.faults.judge import Heard, expect_clear, expect_keepable, expect_nothing_secret
from tests.support.clock import HandClock
from tests.support.drip import Server
from tests.support.hypotheses import tried
from tests.support.shown import shown
from tests.support.wild import REQUEST, TOKENS, bodies
from tests.support.wire import ID, SECRET, TOKEN, given_a_token, token_answer, within
from tests.support.wire import settings as settings_of

wild = tried(150, "WILD_ANSWERS")
CANARIES = f"{TOKEN} {SECRET}".encode()
STATUS_LINES = [
    *[b"HTTP/1.1 200 OK"] * 6,
    b"HTTP/1.1 201 Created",
    b"HTTP/1.1 204 No Content",
    b"HTTP/1.1 302 Found",
    b"HTTP/1.1 400 Bad",
    b"HTTP/1.1 401 " + CANARIES,
    b"HTTP/1.1 500 \x1b[31m" + b"x" * 500,
    b"HTTP/1.1 100 Continue",
    b"HTTP/1.1 101 Switching Protocols",
    b"HTTP/1.0 200 OK",
    b"HTTP/9.9 200 OK",
    b"HTTP/1.1 2OO OK",
    b"HTTP/1.1 99999 No",
    b"HTTP/1.1 -1 No",
    b"HTTP/1.1",
    b"ICY 200 OK",
    b"SSH-2.0-OpenSSH_9",
    b"\x16\x03\x01\x00\x05\x01",
    b"",
    CANARIES,
    b"H" * 70_000,
]
HEADER_LINES = [
    b"Content-Type: application/json",
    b"Content-Length: 0",
    b"Content-Length: 5",
    b"Content-Length: 99999",
    b"Content-Length: -1",
    b"Content-Length: 1e9",
    b"Content-Length: \xb2",
    b"Content-Length: " + b"9" * 5000,
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: gzip, chunked",
    b"Content-Encoding: gzip",
    b"Connection: close",
    b"Location: http://[evil/",
    b"Retry-After: 1000000000",
    b"Set-Cookie: " + CANARIES + b"=1; Max-Age=1e999",
    b"no colon " + CANARIES,
    b" folded " + CANARIES,
    b": no name",
    b"X\x00Y: \x00\xff" + CANARIES,
    b"X: " + b"y" * 70_000,
    b"\xc3\xa9: 1\rX: 2",
    *[b"A: 1\r\nB: 2"] * 2,
    b"\r\n".join([b"A: 1"] * 200),
]


# Strategies are made once: to make one takes longer than to draw from it.
_FIRST_LINE = st.sampled_from(STATUS_LINES)
_OTHER_LINES = st.lists(st.sampled_from(HEADER_LINES), max_size=4)
_LENGTHS = st.sampled_from(["as it is", "right length", "chunked", "wrongly chunked"])
_WRONG_CHUNKS = st.sampled_from([b"zz\r\n", b"-1\r\n", b"ffffffffffffffff\r\n", b"5;" + b"x" * 70_000])


@st.composite
def raw_answers(draw: st.DrawFn, wild: st.SearchStrategy[bytes]) -> bytes:
    """A status line, headers and one of the bodies, each right or not, cut somewhere or not."""
    lines = [draw(_FIRST_LINE), *draw(_OTHER_LINES)]
    body = draw(wild)
    match draw(_LENGTHS):
        case "right length":
            lines.append(b"Content-Length: %d" % len(body))
        case "chunked":
            lines.append(b"Transfer-Encoding: chunked")
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        case "wrongly chunked":
            lines.append(b"Transfer-Encoding: chunked")
            body = draw(_WRONG_CHUNKS) + body
    whole = b"\r\n".join([*lines, b"", body])
    return whole[: draw(st.one_of(st.none(), st.integers(0, min(len(whole), 300))))]


class Wire(Server):
    """Says the same bytes to every call, and closes."""

    def __init__(self) -> None:
        self.api = self.token = b""
        super().__init__(self._api_says, self._token_says)

    def _api_says(self, connection: socket.socket, _: threading.Event) -> bool:
        connection.sendall(self.api)
        return False

    def _token_says(self, connection: socket.socket, _: threading.Event) -> bool:
        connection.sendall(self.token)
        return False


@pytest.fixture(scope="module")
def server() -> Iterator[Wire]:
    with Wire() as wire:
        yield wire


def good_token() -> bytes:
    body = token_answer().content()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def client(server: Wire) -> BatchClient:
    return BatchClient(settings_of(host=server.url), clock=HandClock())


def outcome(do: Callable[[BatchClient], object], server: Wire, heard: Heard, one: BatchClient) -> object:
    server.calls.clear()
    try:
        result = do(within(one, 60))
    except SentinelHubError as error:
        expect_clear(error)
        expect_nothing_secret(shown(error), heard, issued=bool(server.calls))
        return error
    expect_nothing_secret(repr(result), heard, issued=True)
    expect_keepable(result)
    return result


@pytest.mark.parametrize("name", ["read", "list", "create", "start", "delete"])
def test_wild_bytes_of_the_api(
    name: str, server: Wire, heard: Heard, record_property: Callable[..., None]
) -> None:
    """A POST that was heard is not sent again, but after a refusal at the door."""
    calls: dict[str, Callable[[BatchClient], object]] = {
        "read": lambda one: one.get_request(ID),
        "list": lambda one: list(one.list_requests()),
        "create": lambda one: one.create_request({"a": 1}),
        "start": lambda one: one.start(ID),
        "delete": lambda one: one.delete_request(ID),
    }
    tried = 0

    @wild
    @given(answer=raw_answers(bodies(REQUEST, name)))
    def each(answer: bytes) -> None:
        nonlocal tried
        tried += 1
        server.api, server.token = answer, good_token()
        result = outcome(calls[name], server, heard, given_a_token(client(server)))
        if name not in ("create", "start"):
            return
        status = re.match(rb"HTTP/\d\.\d (\d{3})\b", answer)
        if status is None or int(status[1]) not in (100, 400, 401, 429):
            assert len(server.calls) == 1
        if status is None:
            assert isinstance(result, AnswerLost)

    each()
    record_property("wild_answers", tried)


def test_wild_bytes_of_the_token_endpoint(
    server: Wire, heard: Heard, record_property: Callable[..., None]
) -> None:
    """Nor does anything come through the door where the secret goes."""
    tried = 0

    @wild
    @given(answer=raw_answers(bodies(TOKENS)))
    def each(answer: bytes) -> None:
        nonlocal tried
        tried += 1
        server.api, server.token = b"HTTP/1.1 204 No Content\r\n\r\n", answer
        outcome(lambda one: one.start(ID), server, heard, client(server))

    each()
    record_property("wild_answers", tried)
