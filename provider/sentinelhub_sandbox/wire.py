"""What all answers have in common: error bodies, timestamps, pages with links."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

Json = dict[str, Any]

REASONS: Mapping[int, tuple[str, str]] = {
    400: ("Bad Request", "COMMON_BAD_PAYLOAD"),
    401: ("Unauthorized", "COMMON_UNAUTHORIZED"),
    403: ("Forbidden", "COMMON_INSUFFICIENT_PERMISSIONS"),
    404: ("Not Found", "COMMON_NOT_FOUND"),
    405: ("Method Not Allowed", "COMMON_METHOD_NOT_ALLOWED"),
    409: ("Conflict", "COMMON_BAD_PAYLOAD"),
    415: ("Unsupported Media Type", "COMMON_UNSUPPORTED_MEDIA_TYPE"),
    429: ("Too Many Requests", "RATE_LIMIT_EXCEEDED"),
    500: ("Internal Server Error", "COMMON_EXCEPTION"),
}


class ApiError(Exception):
    """An answer in the service's error shape (``RestErrorWrapper``).

    Args:
        status: HTTP status.
        message: the service's words.
        errors: the optional ``errors`` member: details on the offending parameters.
        headers: further response headers.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = dict(headers or {})

    def body(self) -> Json:
        """The JSON body, ``{"error": {...}}``."""
        reason, code = REASONS.get(self.status, ("Error", "COMMON_EXCEPTION"))
        inner: Json = {"status": self.status, "reason": reason, "message": self.message, "code": code}
        if self.errors is not None:
            inner["errors"] = self.errors
        return {"error": inner}


def bad(parameter: str, violation: str) -> ApiError:
    """A 400 about one parameter, e.g. ``processRequest->input->bounds``."""
    return ApiError(400, violation, errors={"parameter": parameter, "violation": violation})


def wrong_type(
    parameter: str, value: Any, possible: Sequence[str] = (), description: str = "Wrong type."
) -> ApiError:
    """A 400 about a value that is of another type, or none of the ``possible`` ones [observed]."""
    details: Json = {"parameter": parameter, "invalidValue": value, "description": description}
    if possible:
        details["possibleValues"] = list(possible)
    return ApiError(400, "Invalid type", errors=details)


def expect(value: Any, kind: type | tuple[type, ...], parameter: str) -> Any:
    """The value, or ApiError (400) when it is missing or of another type; ``True`` is no number."""
    if value is None:
        raise bad(parameter, f"{parameter} must not be null.")
    wrong_bool = isinstance(value, bool) and kind is not bool
    if wrong_bool or not isinstance(value, kind):
        raise wrong_type(parameter, value)
    return value


def timestamp(epoch: float) -> str:
    """ISO 8601 in UTC with microseconds, as in ``2021-08-17T12:02:12.306339Z``."""
    moment = dt.datetime.fromtimestamp(epoch, tz=dt.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def page(items: Sequence[Any], query: Mapping[str, str], url: str, limit: int) -> Json:
    """One page of ``items`` as ``{"data": [...], "links": {...}}``; tokens are offsets [observed].

    Args:
        items: everything that matches, in a stable order.
        query: the call's query (``count``, ``viewtoken`` and filters that the links repeat).
        url: absolute URL of the list, without query.
        limit: the endpoint's own limit; a larger ``count`` is cut to it.

    Raises:
        ApiError: 400 when ``count`` or ``viewtoken`` is not a number.
    """
    count = min(_natural(query, "count", limit, least=1), limit)
    offset = _natural(query, "viewtoken", 0, least=0)
    others = {key: value for key, value in query.items() if key != "viewtoken"}

    def link(token: int) -> str:
        return f"{url}?{urlencode({**others, 'viewtoken': token})}"

    links: Json = {"currentToken": str(offset), "@id": link(offset)}
    if offset + count < len(items):
        links |= {"nextToken": str(offset + count), "next": link(offset + count)}
    if offset > 0:
        before = max(0, offset - count)
        links |= {"previousToken": str(before), "previous": link(before)}
    return {"data": list(items[offset : offset + count]), "links": links}


def _natural(query: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    text = query.get(name)
    if text is None or text == "":
        return default
    if not text.isdigit() or int(text) < least:
        raise bad(name, f"Invalid value '{text}' of query parameter '{name}'.")
    return int(text)


def matches(text: str, search: str | None) -> bool:
    """Whether ``text`` satisfies a search: words joined by ``|`` (or) and, binding tighter, ``&`` (and)."""
    if not search:
        return True
    lowered = text.lower()
    return any(all(word.strip().lower() in lowered for word in part.split("&")) for part in search.split("|"))
