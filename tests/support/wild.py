"""What may come instead of an answer: values, bodies, headers and statuses, as Hypothesis strategies."""

from __future__ import annotations

import gzip
import json
from typing import Any

from hypothesis import strategies as st

from tests.support.wire import SECRET, TOKEN, Answer, request_json

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
TEXTS = st.one_of(st.sampled_from(WORDS), st.text(st.characters(codec=None), max_size=20))
SCALARS = st.one_of(st.none(), st.booleans(), st.sampled_from(NUMBERS), st.integers(), st.floats(), TEXTS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
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


def right(one: dict[str, Any] | None) -> st.SearchStrategy[dict[str, Any]]:
    """Right answers to a call that shows ``one``: itself, wrapped, in a list, or a refusal."""
    if one is None:
        return st.sampled_from([REQUEST, REFUSAL])
    pages = [{"data": [one] * number, "links": links} for number in (0, 1, 3) for links in LINKS]
    return st.one_of(
        st.just(one), st.sampled_from([{"data": one}, REFUSAL, *OAUTH_REFUSALS]), st.sampled_from(pages)
    )


# Strategies are made once: to make one takes longer than to draw from it.
_NONE_TO_THREE, _BOOLEANS, _BYTES = st.integers(0, 3), st.booleans(), st.binary(max_size=100)


@st.composite
def nearly(draw: st.DrawFn, right_ones: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    """A right answer with some members replaced, at any level."""
    whole: dict[str, Any] = json.loads(json.dumps(draw(right_ones)))
    for _ in range(draw(_NONE_TO_THREE)):
        place: Any = whole
        while inner := [value for value in _inside(place) if isinstance(value, (dict, list)) and value]:
            if draw(_BOOLEANS):
                break
            place = draw(st.sampled_from(inner))
        if isinstance(place, list):
            place[draw(st.integers(0, len(place) - 1))] = draw(VALUES)
        else:
            place[draw(st.sampled_from([*place, *place, *MEMBERS]))] = draw(VALUES)
    return whole


def _inside(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


TWISTS = ["cut", "twice", "BOM", "UTF-16", "latin", "bytes", "known"]
_TWISTED = st.sampled_from(["as it is"] * len(TWISTS) * 2 + TWISTS)


def bodies(one: dict[str, Any] | None) -> st.SearchStrategy[bytes]:
    """Bytes of a body: JSON that is wild, cut, twisted, coded otherwise, or none."""
    nearly_right = nearly(right(one))
    return _written(st.one_of(nearly_right, nearly_right, VALUES))


@st.composite
def _written(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> bytes:
    value = draw(values)
    plain = json.dumps(value, ensure_ascii=draw(_BOOLEANS))
    body = plain.encode("utf-8", "surrogatepass")
    match draw(_TWISTED):
        case "cut":
            return body[: draw(st.integers(0, len(body)))]
        case "twice":
            return body + body
        case "BOM":
            return b"\xef\xbb\xbf" + body
        case "UTF-16":
            return plain.encode("utf-16", "surrogatepass")
        case "latin":
            return plain.encode("latin-1", "replace")
        case "bytes":
            return draw(_BYTES)
        case "known":
            return draw(_KNOWN)
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
    b"<html>" + TOKEN.encode() + b"</html>",
    b"\xff\xfe\x00\x01",
    gzip.compress(b'{"id": "a", "status": "DONE"}'),
]
_KNOWN = st.sampled_from(KNOWN)
STATUSES = st.one_of(
    st.sampled_from([200, 200, 200, 201, 202, 204, 301, 302, 400, 401, 403, 404, 409, 429, 500, 503]),
    st.integers(100, 999),
)
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
HEADERS = st.dictionaries(
    st.sampled_from(_NAMES),
    st.one_of(st.sampled_from(_VALUES), st.text(st.characters(max_codepoint=255), max_size=20)),
    max_size=3,
)


_CUT = st.sampled_from([None, None, 10, 20])


def answers(one: dict[str, Any] | None = None) -> st.SearchStrategy[Answer]:
    """An answer of any status to a call that shows ``one``; its body may be coded as its header says."""
    return _answers(bodies(one))


@st.composite
def _answers(draw: st.DrawFn, wild: st.SearchStrategy[bytes]) -> Answer:
    body, headers = draw(wild), draw(HEADERS)
    if "gzip" in headers.get("Content-Encoding", "") and draw(_BOOLEANS):
        body = gzip.compress(body)[: draw(_CUT)]
    return Answer(draw(STATUSES), body, headers)
