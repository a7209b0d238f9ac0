"""The list of an account's requests, the newest first, read page by page as far as that is worth while."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from .api import BatchRequestInfo, BatchService

#: So many requests that were looked for in vain are worth one more page: all of them may be on it.
MISSED_A_PAGE: Final = 20
#: Pages, at most, that are read on top of that, since those before are full of requests with marks: so many a
#: request that is missing, and so many in all.
TRUSTED: Final = 2
MOST_TRUSTED: Final = 20


@dataclass(frozen=True)
class PageDue:
    """A page to be read.

    Attributes:
        token: leads to it; None: it is the first.
        is_new: it is read to find out what is on it; otherwise what is known to be there is read again.
    """

    token: str | None
    is_new: bool


@dataclass
class Roll:
    """What is known of the list of one generation. Not thread-safe.

    An account may hold tens of thousands of requests of others. So the first page is read for three requests,
    and a further one only where the pages so far have saved as many single reads, or many are missing; or
    where those pages are mostly of requests that bear marks, as a stack's own stand one beside the other.
    Where a request has once been seen, its page alone is read again; what is not there any more is looked for
    anew.

    Attributes:
        at: when the first page was last asked for, monotonic seconds.
        saved: ids that were found in it since then by those who wanted them.
        missed: ids that were not, and were read by themselves.
    """

    at: float = float("-inf")
    saved: set[str] = field(default_factory=set)
    missed: set[str] = field(default_factory=set)
    _pages: int = 0
    _marked_pages: int = 0
    _next: str | None = None
    _is_over: bool = False
    _places: dict[str, str | None] = field(default_factory=dict)
    _tokens: set[str] = field(default_factory=set)

    def due(self, wanted: Collection[str], since: float, waiting: Collection[str] = ()) -> PageDue | None:
        """The page to read next; None where none is worth it.

        What is answered has to be read, or the roll to be thrown away.

        Args:
            wanted: ids by one reader.
            since: as of when, monotonic seconds.
            waiting: ids by all readers that have not been found yet.
        """
        unplaced = [id for id in wanted if id not in self._places]
        if unplaced and self.at < since:
            self._pages, self._marked_pages, self._next, self._is_over = 0, 0, None, False
            self.saved, self.missed, self._tokens = set(), set(), set()
            return PageDue(None, is_new=True)
        placed = next((id for id in wanted if id in self._places), None)
        if placed is not None:
            return PageDue(self._places[placed], is_new=False)
        missing = len(self.missed.union(unplaced))
        trusted = min(TRUSTED * len(self.missed.union(unplaced, waiting)), MOST_TRUSTED, self._marked_pages)
        worth = 1 + len(self.saved) + missing // MISSED_A_PAGE + trusted
        if self._is_over or self._pages >= worth:
            return None
        return PageDue(self._next, is_new=True)

    def read(self, service: BatchService, page: PageDue, at: float) -> list[BatchRequestInfo]:
        """A page that is due, asked for at ``at`` (monotonic seconds). Raises the ``ServiceError`` family."""
        if page.token is None:
            self.at = at
        if page.is_new:
            self._pages += 1
            self._is_over = True
        self._places = {id: token for id, token in self._places.items() if token != page.token}
        found = service.newest_requests(page.token)
        self._places.update((info.id, page.token) for info in found.items)
        if page.is_new:
            self._marked_pages += _is_marked(found.items)
            self._next = found.next_token
            # A token that comes again leads round in a circle.
            self._is_over = not found.items or self._next is None or self._next in self._tokens
            self._tokens.update(filter(None, [self._next]))
        return found.items


def _is_marked(items: Collection[BatchRequestInfo]) -> bool:
    """Whether most of a page's requests have been made by this project, for whichever stack."""
    return 2 * sum(info.mark is not None for info in items) > len(items)
