"""Lists: page after page, by view token, always from our own base URL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit


def items(fetch: Callable[[Mapping[str, str]], Any], params: Mapping[str, str | None]) -> Iterator[Any]:
    """The items of all pages, each page fetched when it is needed.

    Ends at a page without items or without a token for the next, and where a token comes again: an endless
    list must not make an endless loop. Only the token of an absolute ``links.next`` is taken, never its host.

    Args:
        fetch: gets one page, ``{"data": [...], "links": {...}}``, with these query parameters.
        params: of the first page; None means absent.
    """
    query = {key: value for key, value in params.items() if value is not None}
    seen: set[str] = set()
    while True:
        page = fetch(query)
        body = page if isinstance(page, dict) else {}
        data = body.get("data")  # tiles before the analysis come without it [batch docs: links]
        if not isinstance(data, list) or not data:
            return
        yield from data
        token = _next_token(body.get("links"))
        if token is None or token in seen:
            return
        seen.add(token)
        query = {**query, "viewtoken": token}


def _next_token(links: object) -> str | None:
    if not isinstance(links, dict):
        return None
    token = links.get("nextToken")
    if isinstance(token, (str, int)) and not isinstance(token, bool) and str(token):
        return str(token)
    following = links.get("next")
    if not isinstance(following, str):
        return None
    values = parse_qs(urlsplit(following).query).get("viewtoken")
    return values[0] if values else None
