"""One request and its whole answer, bounded in time and size.

The call is carried by a thread of its own (``waiting.timely``) while the caller's waits for it. Time-outs of
sockets alone do not do: they begin anew with each byte, there is none for looking up a name, and none that a
Ctrl-C could cut short; short ones in a loop break urllib3's and http.client's readers, which cannot go on
after a time-out. So the caller leaves within a slice of the deadline or the cancellation, whatever the call
is blocked in, and hangs up (``lines``): the carrying thread ends, and what it had not sent yet is never sent.
It is used in the same way for the API and for the token endpoint.

Bodies are read in pieces, with a limit on what is received and on what that inflates to. gzip alone is asked
for and taken: codings could be nested, and each of them multiplies.

Of a refusal the status is enough, whatever becomes of its body. A success counts only when it has arrived
whole.
"""

from __future__ import annotations

import http.client
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import requests
import urllib3

from ...config.settings import is_loopback
from ...waiting.patience import Ended, Patience
from ...waiting.timely import CutOff, in_time
from .broken import connection_words, host_of, is_certificate_error, never_sent
from .lines import Line
from .reading import Unreadable

#: Seconds to connect, and between two bytes of an answer.
TIMEOUT: Final = (10.0, 30.0)
#: Seconds for one answer as a whole, where the operation has more: some times what the slowest known one
#: takes.
LONGEST: Final = 120.0
#: Bytes of an answer of the API, received and inflated: a page of a hundred requests with large geometries
#: has some megabytes, and as Python's objects takes several times its size.
MOST_OF_AN_ANSWER: Final = 32 * 2**20
#: Bytes of a token endpoint's answer; tokens have some kilobytes.
MOST_OF_A_TOKEN: Final = 2**20
_PIECE: Final = 65_536
#: The only coding that is asked for; ``x-gzip`` is its older name [RFC 9110, 8.4.1.3].
CODING: Final = "gzip"
_GZIP = frozenset({CODING, "x-gzip"})
# All that comes of answers that are not HTTP; requests does not translate every one of them.
_BROKEN = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)


@dataclass(frozen=True)
class Answer:
    """An answer as it came; of a refusal the body may be missing.

    Attributes:
        reason: the words after the status, the service's own.
        headers: by name, in any case.
    """

    status: int
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


class NoAnswer(Exception):
    """No whole answer came.

    Attributes:
        why: in a few words, without anything of the request.
        sent: whether the request may have been received.
        ended: what ended the operation's patience, where that was the reason.
        lasting: trying again does not help.
        bad: something came, and cannot be read as an answer; ``why`` completes "it …".
    """

    def __init__(
        self,
        why: str,
        *,
        sent: bool = True,
        ended: Ended | None = None,
        lasting: bool = False,
        bad: bool = False,
    ) -> None:
        super().__init__(why)
        self.why = why
        self.sent = sent
        self.ended = ended
        self.lasting = lasting
        self.bad = bad


def exchange(send: Callable[[], requests.Response], url: str, patience: Patience, most: int) -> Answer:
    """Let ``send`` send a request, once, and read its whole answer.

    Args:
        send: gives the answer as soon as its head has come, without following redirects.
        url: for messages.
        patience: the operation's cancel event and deadline; ends the exchange within a fraction of a second.
        most: bytes of the body, received and inflated.

    Raises:
        NoAnswer: none came, none came in time, or no whole one.
    """
    carried = _Carried(send, most)
    try:
        return in_time(carried, patience, LONGEST, carried.line.hang_up)
    except CutOff as cut:
        if carried.refusal is not None:
            return carried.refusal
        where = f"{host_of(url)} was still being {'waited for' if carried.line.sent else 'connected to'}"
        limit = cut.ended.value if cut.ended else f"an answer takes {LONGEST:.0f} s at most"
        missing = NoAnswer(f"{where}, and {limit}", sent=carried.line.sent, ended=cut.ended)
    except Unreadable as failure:
        missing = NoAnswer(str(failure), bad=True)
    except _BROKEN as failure:
        missing = NoAnswer(
            connection_words(failure, url),
            sent=carried.line.sent and not never_sent(failure),
            lasting=is_certificate_error(failure),
        )
    # Outside of the handlers: what they caught holds the request, and so token or secret.
    raise missing


class HttpSession(requests.Session):
    """A session that asks the environment once for the proxies and certificates of a host.

    It is asked anew for each call otherwise, which takes as long as the rest of it where many variables are
    set, as in CI; and no process changes its own.
    """

    def __init__(self) -> None:
        super().__init__()
        self._surroundings: dict[str, dict[str, Any]] = {}

    def surroundings(self, url: str) -> dict[str, Any]:
        """How a call is carried: ``proxies``, ``verify``, ``cert`` and ``stream``, as adapters take them."""
        host = url.partition("?")[0].partition("//")[2].partition("/")[0]
        if host not in self._surroundings:
            found = dict(self.merge_environment_settings(url, {}, True, None, None))
            self._surroundings[host] = {**found, "proxies": never_by_proxy(url, found["proxies"])}
        return self._surroundings[host]


def straight(session: HttpSession, request: requests.Request) -> Callable[[], requests.Response]:
    """Sending by the session's adapter: ``Session.send`` parses redirects and reads their bodies.

    So does ``Session.prepare_request`` work that none of our sessions needs, having no cookies, parameters or
    hooks: it would take as long as the rest of a call to this machine.
    """

    def send() -> requests.Response:
        request.headers = {**session.headers, **request.headers}
        prepared = request.prepare()
        url = prepared.url or ""
        return session.get_adapter(url).send(prepared, timeout=TIMEOUT, **session.surroundings(url))

    return send


def never_by_proxy(url: str, proxies: Any) -> Any:
    """No proxies for this machine: secret and token would leave it, in clear text."""
    return {} if is_loopback(url) else proxies


class _Carried:
    """One exchange on the thread that carries it.

    Attributes:
        refusal: the answer without its body, once a status that refuses has come.
    """

    def __init__(self, send: Callable[[], requests.Response], most: int) -> None:
        self._send = send
        self._most = most
        self.line = Line()
        self.refusal: Answer | None = None

    def __call__(self) -> Answer:
        with self.line.carried_here():
            response = self._send()
            try:
                return self._answer(response)
            finally:
                response.close()  # goes back to its pool, if it was read to its end

    def _answer(self, response: requests.Response) -> Answer:
        head = Answer(response.status_code, response.reason or "", response.headers)
        if head.status >= 300:
            self.refusal = head
        coding = response.headers.get("Content-Encoding", "").strip().lower()
        try:
            body = b"".join(_pieces(response.raw, coding, self._most))
        except (Unreadable, *_BROKEN):
            if self.refusal is None:
                raise
            return self.refusal
        return Answer(head.status, head.reason, head.headers, body)


def _pieces(raw: urllib3.HTTPResponse, coding: str, most: int) -> Iterator[bytes]:
    """The body's bytes, inflated. Raises Unreadable."""
    inflate = zlib.decompressobj(wbits=31) if coding in _GZIP else None
    received = size = 0
    while piece := raw.read(_PIECE, decode_content=False):
        if inflate is None and coding not in ("", "identity"):
            raise Unreadable("is coded in a way that was not asked for")
        received += len(piece)
        for plain in [piece] if inflate is None else _inflated(inflate, piece):
            size += len(plain)
            if max(received, size) > most:
                raise Unreadable(f"is longer than {most // 2**20} MiB")
            yield plain
    if inflate is not None and received and not inflate.eof:
        raise Unreadable("is only a part of its gzip")


def _inflated(inflate: zlib._Decompress, piece: bytes) -> Iterator[bytes]:
    """What a piece inflates to, in pieces too: it may be a thousand times as long."""
    while piece:
        try:
            plain = inflate.decompress(piece, _PIECE)
        except zlib.error:
            plain = None
        if plain is None:
            raise Unreadable("is not gzip, as it says")
        yield plain
        piece = inflate.unconsumed_tail
