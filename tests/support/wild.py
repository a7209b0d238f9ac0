"""What may come instead of an answer: values, bodies, headers and statuses.

Hypothesis chooses a number for each, and Python's own generator makes it of that number: drawn member by
member by Hypothesis, a value takes longer than all that is tried with it.
"""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Callable
from random import Random
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

from tests.support.wire import SECRET, TOKEN, Answer, request_json

T = TypeVar("T")

DEEP = b"[" * 100_000 + b"]" * 100_000
WORDS = [
    "",
    "CREATED",
    "DONE",
    "a b",
    "x" * 5000,
    "\ud800",
    "\x00\x1b[2J\r\n::error::",
    "\u202egnp.exe",
    TOKEN,
    SECRET,
    f"Bearer {TOKEN}",
    f"client_secret={SECRET}",
    "http://[evil/",
    "https://evil.example/?viewtoken=1",
    "1e999",
]
NUMBERS: list[Any] = [0, -1, 1.5, -0.0, 2**53 + 1, 2**63, 10**19, 10**309, 1e308, float("inf"), float("nan")]
#: First and last code points: of ASCII, controls, Latin-1, other alphabets, half a pair, emojis and all.
CHARACTERS = [(32, 126), (32, 126), (0, 31), (127, 255), (256, 0xD7FF), (0xD800, 0xDFFF), (0xE000, 0x10FFFF)]
#: Lists and objects in each other.
LEVELS = 3


def wild(make: Callable[[Random], T], of: str = "") -> st.SearchStrategy[T]:
    """What ``make`` makes of a number, the same of the same; another with each name that it is ``of``."""
    return _NUMBERS.map(lambda number: make(Random(f"{of} {number}")))


_NUMBERS: Final = st.integers(0, 2**24 - 1)  # of more bits Hypothesis would mostly choose the lowest


def _text(rng: Random) -> str:
    if rng.random() < 0.5:
        return rng.choice(WORDS)
    return "".join(chr(rng.randint(*rng.choice(CHARACTERS))) for _ in range(rng.randint(0, 20)))


def _integer(rng: Random) -> int:
    return rng.choice([1, -1]) * rng.getrandbits(rng.choice([1, 8, 16, 32, 64, 128]))


def _float(rng: Random) -> float:
    some: float = struct.unpack("<d", rng.randbytes(8))[0]  # of any size
    return rng.choice([some, rng.uniform(-1000, 1000), float(rng.randint(-9, 9))])


_SCALARS: Final[list[Callable[[Random], Any]]] = [
    lambda _: None,
    lambda rng: rng.random() < 0.5,
    lambda rng: rng.choice(NUMBERS),
    _integer,
    _float,
    _text,
]


def _value(rng: Random, levels: int = LEVELS) -> Any:
    kind = rng.choice(["scalar", "scalar", "list", "object"]) if levels else "scalar"
    if kind == "scalar":
        return rng.choice(_SCALARS)(rng)
    members = [_value(rng, levels - 1) for _ in range(rng.randint(0, 4))]
    return members if kind == "list" else {_text(rng): member for member in members}


VALUES = wild(_value)
#: Members that are read somewhere; also the service's error object and OAuth's.
MEMBERS = [
    *("id", "status", "userAction", "userActionUpdated", "created", "valueEstimate", "tileCount", "error"),
    *("tileWidthPx", "tileHeightPx", "description", "output", "name", "cost", "properties", "s3Bucket"),
    *("batchData", "additionalData", "data", "links", "processRequest", "tilingGrid", "zarrOutput"),
    *("message", "code", "errors", "access_token", "expires_in", "error_description", "token_type"),
]
REQUEST = request_json(output={"collectionId": "c"}, valueEstimate=1.5, error="e", userAction="NONE")
TILE = {"id": 7, "name": "t", "status": "PROCESSED", "cost": 1.5}
GRID = {
    "id": 3,
    "name": "g",
    "properties": {"tileWidth": 1, "tileHeight": 1, "resolutions": [1, 2], "unit": "M"},
}
COLLECTION = {"id": "c", "name": "n", "s3Bucket": "b", "batchData": {"tilingGridId": 1}, "created": "then"}
TOKENS = {"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"}
REFUSAL = {
    "error": {"status": 400, "message": f"no {TOKEN}", "code": "COMMON_X", "errors": [{"parameter": "a"}]}
}
OAUTH_REFUSALS = [
    {"error": "invalid_client", "error_description": f"not {SECRET}"},
    {"error": "invalid_request"},
    {"error": TOKEN, "error_description": f"client_secret={SECRET}"},
]
LINKS = [{}, {"nextToken": "1"}, {"nextToken": 2}, {"next": "https://hub.example/x?viewtoken=3"}]


def _right(rng: Random, one: dict[str, Any] | None) -> dict[str, Any]:
    """A right answer to a call that shows ``one``: itself, wrapped, in a list, or a refusal."""
    if one is None:
        return rng.choice([REQUEST, REFUSAL])
    page = {"data": [one] * rng.choice([0, 1, 3]), "links": rng.choice(LINKS)}
    return rng.choice([one, rng.choice([{"data": one}, REFUSAL, *OAUTH_REFUSALS]), page])


def _nearly(rng: Random, right: dict[str, Any]) -> dict[str, Any]:
    """A right answer with some members replaced, at any level."""
    whole: dict[str, Any] = json.loads(json.dumps(right))
    for _ in range(rng.choice([0, 0, 1, 2, 3])):
        place: Any = whole
        while inner := [value for value in _inside(place) if isinstance(value, (dict, list)) and value]:
            if rng.random() < 0.5:
                break
            place = rng.choice(inner)
        if isinstance(place, list):
            place[rng.randrange(len(place))] = _value(rng)
        else:
            place[rng.choice([*place, *place, *MEMBERS])] = _value(rng)
    return whole


def _inside(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


TWISTS = ["cut", "twice", "BOM", "UTF-16", "latin", "bytes", "known"]


def bodies(one: dict[str, Any] | None, of: str = "") -> st.SearchStrategy[bytes]:
    """Bytes of a body: JSON that is wild, cut, twisted, coded otherwise, or none."""
    return wild(lambda rng: _body(rng, one), of)


def _body(rng: Random, one: dict[str, Any] | None) -> bytes:
    value = _value(rng) if rng.randrange(3) == 0 else _nearly(rng, _right(rng, one))
    plain = json.dumps(value, ensure_ascii=rng.random() < 0.5)
    body = plain.encode("utf-8", "surrogatepass")
    match rng.choice(["as it is"] * len(TWISTS) * 2 + TWISTS):
        case "cut":
            return body[: rng.randint(0, len(body))]
        case "twice":
            return body + body
        case "BOM":
            return b"\xef\xbb\xbf" + body
        case "UTF-16":
            return plain.encode("utf-16", "surrogatepass")
        case "latin":
            return plain.encode("latin-1", "replace")
        case "bytes":
            return rng.randbytes(rng.randint(0, 100))
        case "known":
            return rng.choice(KNOWN)
    return body


#: Bodies that have broken something, here or in others.
KNOWN = [
    b"",
    b'""',
    b"null",
    b"NaN",
    b"[Infinity, -Infinity]",
    DEEP,
    b'{"a":' * 5000 + b"1" + b"}" * 5000,
    b'{"id": "a", "status": "DONE", "raw": ' + DEEP[:1000] + DEEP[-1000:] + b"}",
    b'{"id": "a", "status": "DONE", "raw": ' + DEEP[:400] + DEEP[-400:] + b"}",
    b'{"id": "a", "status": "DONE", "description": "\\ud83d and \\udc00", "\\ud800": "\\ud83d\\ude00"}',
    b'{"id": "a", "id": "b", "status": "X", "status": "DONE"}',
    b'{"id": "\\ud83d", "status": "\\udc00"}',
    b'{"id": "a", "status": "DONE", "tileCount": ' + b"9" * 400 + b"}",
    b'{"id": "a", "status": "DONE", "valueEstimate": ' + b"9" * 5000 + b"}",
    b'{"id": "a", "status": "DONE", "valueEstimate": -1e999, "tileCount": 1e300}',
    b'{"data": [], "links": {"nextToken": ' + b"1" * 5000 + b"}}",
    b'{"data": [{"id": "a", "status": "b"}], "links": {"next": "http://[evil/"}}',
    b'{"access_token": "a\\nb", "expires_in": 1e999}',
    b'{"access_token": "\\u65e5\\u672c", "expires_in": -1}',
    b'{"access_token": "' + b"a" * 100_000 + b'"}',
    b'{"error": ' + b"1" * 400 + b"}",
    b'{"id": "a", "status": "DONE", "error": "'
    + TOKEN.encode()
    + b'", "description": "\\u0063anary-token-9ab2"}',
    b'{"data": [{"id": "a", "status": "' + SECRET.encode() + b'"}]}',
    b'{"error": {"message": "' + b"a" * 1990 + SECRET.encode() + b'", "code": "' + TOKEN.encode() + b'"}}',
    b'{"error": {"message": "' + b"a\\n" * 50_000 + b'", "errors": [' + b'"x",' * 8000 + b'"y"]}}',
    b'{"error": {"message": "::error::a ##[debug]b", "code": "::set-env"}}',
    b"<html>" + TOKEN.encode() + b"</html>",
    b"\xff\xfe\x00\x01",
    gzip.compress(b'{"id": "a", "status": "DONE"}'),
]
STATUSES = [200, 200, 200, 201, 202, 204, 301, 302, 400, 401, 403, 404, 409, 429, 500, 503]
_NAMES = [
    "Retry-After",
    "Location",
    "Content-Encoding",
    "Content-Type",
    "Set-Cookie",
    "WWW-Authenticate",
    "X-Any",
]
_VALUES = [
    "",
    "0",
    "-1",
    "1000000000",
    "1e999",
    "nan",
    "Wed, 21 Oct 2015 07:28:00 GMT",
    "http://[evil/",
    "//evil.example",
    f"https://{TOKEN}.example/",
    "gzip",
    "x-gzip",
    "br",
    "gzip, gzip",
    "identity",
    "application/json; charset=utf-7",
    f"a={SECRET}; Max-Age=1e400; Expires=never",
]
#: Heads that have broken something: status and headers.
KNOWN_HEADS = [
    (status, {name: value})
    for status in (200, 302, 429, 503)
    for name in ("Retry-After", "Location", "Content-Encoding")
    for value in _VALUES
]


def _header(rng: Random) -> str:
    if rng.random() < 0.5:
        return rng.choice(_VALUES)
    return "".join(chr(rng.randint(0, 255)) for _ in range(rng.randint(0, 20)))


def answers(one: dict[str, Any] | None = None, of: str = "") -> st.SearchStrategy[Answer]:
    """An answer of any status to a call that shows ``one``; its body may be coded as its header says."""
    return wild(lambda rng: _answer(rng, one), of)


def sound(one: dict[str, Any] | None, of: str = "") -> st.SearchStrategy[Answer]:
    """A right answer to it: what comes after it is reached."""
    return wild(lambda rng: Answer(200, _right(rng, one)), of)


def _answer(rng: Random, one: dict[str, Any] | None) -> Answer:
    body = _body(rng, one)
    headers = {name: _header(rng) for name in rng.sample(_NAMES, rng.randint(0, 3))}
    if "gzip" in headers.get("Content-Encoding", "") and rng.random() < 0.5:
        body = gzip.compress(body)[: rng.choice([None, None, 10, 20])]
    status = rng.choice(STATUSES) if rng.random() < 0.6 else rng.randint(100, 999)
    return Answer(status, body, headers)
