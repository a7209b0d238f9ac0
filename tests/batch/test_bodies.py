"""How much of a body is read, how it may be coded, and that its connection is used again."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import threading
import tracemalloc
import zlib

import pytest

from pulumi_sentinelhub.batch.http.exchange import MOST_OF_A_TOKEN, MOST_OF_AN_ANSWER
from pulumi_sentinelhub.batch.http.reading import MOST_VALUES, Unreadable, json_of
from pulumi_sentinelhub.batch.v1.client import BatchClient
from pulumi_sentinelhub.errors import AnswerLost, BadAnswer, BadRequest, DeadlineExceeded, NotFound
from tests.support.clock import HandClock
from tests.support.drip import CHUNKED, OK, Behave, Server, floods, raw, says, streams
from tests.support.wire import ID, request_json, settings, token_answer, within

GOOD = json.dumps(request_json()).encode()
GZIP = b"Content-Encoding: gzip\r\n"
MB = 2**20


def bomb(size: int) -> bytes:
    """A gzip file of so many zeros."""
    packer = zlib.compressobj(9, wbits=31)
    block = b"\0" * MB
    return b"".join(packer.compress(block) for _ in range(size // MB)) + packer.flush()


@pytest.fixture(scope="module")
def packed() -> bytes:
    """100 MB in 100 KB."""
    return bomb(100 * MB)


def client(server: Server) -> BatchClient:
    return BatchClient(settings(host=server.url), clock=HandClock())


def peak_of(behave: Behave, token: Behave | None = None) -> tuple[Exception, float]:
    """What becomes of a POST, and the MB that it took at most."""
    with Server(behave, token) as server:
        one = within(client(server), 5)
        tracemalloc.start()
        with pytest.raises((AnswerLost, BadAnswer, DeadlineExceeded)) as caught:
            one.create_request({"a": 1})
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return caught.value, peak / MB


@pytest.mark.parametrize("coding", [b"gzip", b"x-gzip"])
def test_a_bomb_is_not_inflated(packed: bytes, coding: bytes) -> None:
    """100 MB of zeros stop at the limit: the answer is lost, and little memory was taken."""
    error, peak = peak_of(says(packed, OK + b"Content-Encoding: " + coding + b"\r\n"))
    assert type(error) is AnswerLost
    assert "longer than 32 MiB" in str(error)
    assert peak < 1.5 * MOST_OF_AN_ANSWER / MB


def test_a_bomb_at_the_token_endpoint(packed: bytes) -> None:
    """Its limit is lower: a token has some kilobytes."""
    error, peak = peak_of(says(GOOD), says(packed, OK + GZIP))
    assert "longer than 1 MiB" in str(error)
    assert peak < 8 * MOST_OF_A_TOKEN / MB


@pytest.mark.parametrize(
    "behave",
    [
        floods(OK + b"Connection: close\r\n\r\n", b" " * 65536),
        floods(CHUNKED, b"10000\r\n" + b" " * 65536 + b"\r\n"),
        floods(OK + b"Content-Length: 99999999999\r\n\r\n", b" " * 65536),
    ],
    ids=["until the end", "chunks", "length"],
)
def test_a_flood_ends_at_the_limit(behave: Behave) -> None:
    """However its length is told."""
    error, peak = peak_of(behave)
    assert "longer than 32 MiB" in str(error)
    assert peak < 1.5 * MOST_OF_AN_ANSWER / MB


def test_a_refusal_may_be_as_long_as_it_likes(packed: bytes) -> None:
    """Its status says that nothing was done."""
    with Server(says(packed, b"HTTP/1.1 400 Bad Request\r\n" + GZIP)) as server, pytest.raises(BadRequest):
        client(server).start(ID)


@pytest.mark.parametrize(
    "behave",
    [
        says(GOOD, OK + b"Content-Encoding: br\r\n"),
        says(gzip.compress(gzip.compress(GOOD)), OK + b"Content-Encoding: gzip, gzip\r\n"),
        says(zlib.compress(GOOD), OK + b"Content-Encoding: deflate\r\n"),
        says(GOOD, OK + GZIP),
        says(gzip.compress(GOOD)[:-9], OK + GZIP),
        streams(OK + b"Content-Length: 5000\r\n\r\n", GOOD),
        streams(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", GOOD),
        streams(CHUNKED, b"zz\r\n", GOOD),
        streams(CHUNKED, b"-5\r\n", GOOD),
    ],
    ids=["br", "twice", "deflate", "plain", "cut", "short", "two lengths", "no size", "negative size"],
)
def test_a_body_that_is_not_what_it_says(behave: Behave) -> None:
    """A read is repeated and fails within its error tree; what was made has lost its answer."""
    with Server(behave) as server:
        with pytest.raises(AnswerLost):
            client(server).create_request({"a": 1})
        assert len(server.calls) == 1


def test_connections_are_used_again() -> None:
    """Plain, coded and chunked answers, refusals and empty ones leave the connection in its pool."""
    chunk = b"%x\r\n%s\r\n" % (len(GOOD), GOOD)
    each: list[Behave] = [
        says(GOOD),
        says(gzip.compress(GOOD), OK + GZIP),
        raw(CHUNKED + chunk + b"0\r\n\r\n"),
        says(b'{"error": {"message": "no"}}', b"HTTP/1.1 404 Not Found\r\n"),
        raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    ]
    turns = iter(each * 4)

    def behave(connection: socket.socket, stop: threading.Event) -> bool:
        return next(turns)(connection, stop)

    with Server(behave) as server:
        one = client(server)
        for turn in range(len(each) * 4):
            refused = pytest.raises(NotFound) if turn % len(each) == 3 else contextlib.nullcontext()
            with refused:
                one.start(ID)
        assert len(server.calls) == len(each) * 4
        assert server.connections == 2  # one for the token


def test_gzip_alone_is_asked_for() -> None:
    """Of the API and of the token endpoint."""
    with Server(says(GOOD), says(gzip.compress(token_answer().content()), OK + GZIP)) as server:
        client(server).get_request(ID)
        assert b"accept-encoding: gzip\r\n" in server.calls[0].lower()


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"", None),
        (b" \n ", None),
        (b"\xef\xbb\xbf[1]", [1]),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b"[NaN, Infinity, -Infinity, 1e999, -1e999]", [None] * 5),
        (b"[" + b"9" * 400 + b", -" + b"9" * 309 + b", " + b"9" * 6000 + b"]", [None] * 3),
        (b"[9007199254740993, 1e3, -0.5]", [9007199254740993, 1000.0, -0.5]),
        (rb'["\ud83d\ude00", "\ud83d", "a\udc00b"]', ["\U0001f600", "\ufffd", "a\ufffdb"]),
        (b"[" * 64 + b"]" * 64, json.loads("[" * 64 + "]" * 64)),
    ],
)
def test_what_is_made_of_json(body: bytes, value: object) -> None:
    """What a double or UTF-8 cannot hold is not there; all else is as it came."""
    assert json_of(body) == value


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"[" * 65 + b"]" * 65, "nested"),
        (b"[" * 100_000, "nested"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested"),
        (b"[" + b"0," * MOST_VALUES + b"0]", "too many"),
        (b"\xff\xfe[\x001\x00]\x00", "JSON"),
        (b'["\xe9"]', "JSON"),
        (b"[1", "JSON"),
        (b"<html>", "JSON"),
    ],
    ids=["65 levels", "an open end", "objects", "values", "UTF-16", "Latin-1", "a part", "HTML"],
)
def test_what_is_no_json(body: bytes, why: str) -> None:
    """The reason is told, and nothing of the body."""
    with pytest.raises(Unreadable, match=why):
        json_of(body)
