"""Lists: page after page, by view token, always from our own base URL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

from ...errors import BadAnswer, DeadlineExceeded
from .failures import Call
from .transport import Transport

T = TypeVar("T")

#: Pages of one list: two million items where a page has a hundred.
MOST_PAGES: Final = 20_000
#: Seconds for one list where the operation has no deadline.
LONGEST: Final = 3600.0
#: Characters of a view token, which has to fit into a URL.
_MOST_OF_A_TOKEN = 2000


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list.

    Attributes:
        next_token: the view token of the next page; None where there is none.
    """

    items: list[T]
    next_token: str | None


def page(transport: Transport, call: Call, parse: Callable[[Any], T], token: str | None = None) -> Page[T]:
    """One page: the first, or the one that ``token`` leads to; see ``items``."""
    query = {**(call.params or {}), **({} if token is None else {"viewtoken": token})}
    return transport.parsed(replace(call, params=query), lambda body: _page(body, parse))


def items(transport: Transport, call: Call, parse: Callable[[Any], T]) -> Iterator[T]:
    """The items of all pages, each page fetched when it is needed.

    Ends at a page without items or without a token for the next, and where a token comes again. Only the
    token of an absolute ``links.next`` is taken, never its host.

    Args:
        transport: sends the calls.
        call: gets the first page, ``{"data": [...], "links": {...}}``.
        parse: makes an item; raises BadAnswer where it cannot.

    Raises:
        BadAnswer: a page cannot be understood, or the pages do not come to an end.
        DeadlineExceeded: they take too long; without a deadline, ``LONGEST``.
    """
    clock, begun = transport.patience.clock, transport.patience.clock.monotonic()
    token: str | None = None
    seen: set[str] = set()
    before: list[T] = []
    for _ in range(MOST_PAGES):
        found = page(transport, call, parse, token)
        if not found.items:
            return
        if found.items == before:
            why = "the list does not come to an end: the same page comes under another token"
            raise call.error(BadAnswer, why)
        yield from found.items
        token = found.next_token
        if token is None or token in seen:
            return
        if transport.patience.deadline is None and clock.monotonic() - begun >= LONGEST:
            raise DeadlineExceeded(
                f"no time is left to {call.what}",
                subject=call.subject,
                why=f"the list has not come to an end within {LONGEST:.0f} s",
                next_step="Ask for less, by a search or a status",
            )
        seen.add(token)
        before = found.items
    raise call.error(BadAnswer, f"the list has not come to an end after {MOST_PAGES} pages")


def _page(body: Any, parse: Callable[[Any], T]) -> Page[T]:
    body = (
        {} if body is None or body == "" else body
    )  # the service answers some calls with nothing, or with ""
    if not isinstance(body, dict):
        raise BadAnswer("a page of a list is no object")
    data = body.get("data")
    data = [] if data is None else data  # tiles before the analysis come without it [batch docs: links]
    if not isinstance(data, list):
        raise BadAnswer("the items of a page are no list")
    return Page([parse(item) for item in data], _next_token(body.get("links")))


def _next_token(links: object) -> str | None:
    if not isinstance(links, dict):
        return None
    token = links.get("nextToken")
    if isinstance(token, int) and not isinstance(token, bool):
        token = str(token)
    following = links.get("next")
    if (not isinstance(token, str) or not token) and isinstance(following, str):
        token = _of_url(following)
    if not isinstance(token, str) or not token:
        return None
    if len(token) > _MOST_OF_A_TOKEN:
        raise BadAnswer("the token of the next page is too long")
    return token


def _of_url(following: str) -> str | None:
    try:
        values = parse_qs(urlsplit(following).query).get("viewtoken")
    except ValueError:
        return None
    return values[0] if values else None
