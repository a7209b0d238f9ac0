"""The list of an account's requests, the newest first, read page by page as far as that is worth while."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from .api import BatchRequestInfo, BatchService
from .http.writes import Moment

#: So many requests that were looked for in vain are worth one more page: they may be on it, all of them.
MISSED_A_PAGE: Final = 20


@dataclass
class Roll:
    """One reading of the list, from its first page on. Not thread-safe.

    An account may hold tens of thousands of requests of others. So the first page is read for three requests,
    and each further one only where the pages so far have saved as many single reads, or many are missing.

    Attributes:
        at: when its first page was asked for, monotonic seconds.
        moment: the same among the calls of this process.
        pages: how many have been read.
        is_over: there is no further page, or none that can be read.
        saved: ids that were found in it by those who wanted them.
        missed: ids that were not, and were read by themselves.
    """

    at: float
    moment: Moment
    pages: int = 0
    is_over: bool = False
    saved: set[str] = field(default_factory=set)
    missed: set[str] = field(default_factory=set)
    _token: str | None = None
    _tokens: set[str] = field(default_factory=set)

    def is_worth_a_page(self, wanted: int) -> bool:
        """Whether to read on for so many that are not among the pages so far."""
        worth = 1 + len(self.saved) + (len(self.missed) + wanted) // MISSED_A_PAGE
        return not self.is_over and self.pages < worth

    def read_on(self, service: BatchService) -> list[BatchRequestInfo]:
        """The next page. Raises the ``ServiceError`` family; then there is no further page."""
        self.is_over = True
        page = service.newest_requests(self._token)
        self.pages += 1
        self._token = page.next_token
        # A token that comes again leads round in a circle.
        if page.items and self._token is not None and self._token not in self._tokens:
            self._tokens.add(self._token)
            self.is_over = False
        return page.items
