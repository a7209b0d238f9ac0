"""What all clients of a process share: one token, one pool of connections, one pace, what was written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from ...config.settings import Settings
from ...waiting.pace import Pace, Paces
from ...waiting.patience import Patience
from ..writes import Writes
from .claims import account_in
from .exchange import HttpSession
from .session import TokenSource, http_session
from .transport import Transport

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter


@dataclass(frozen=True)
class Connection:
    """What is shared, for clients of any generation.

    Attributes:
        pace_of: gives the pace of the account that a token belongs to.
    """

    base_url: str
    tokens: TokenSource
    http: HttpSession = field(repr=False)
    pace_of: Callable[[str], Pace]
    writes: Writes = field(default_factory=Writes)

    @classmethod
    def to(
        cls,
        settings: Settings,
        adapter: Callable[[], BaseAdapter] | None = None,
        paces: Paces | None = None,
    ) -> Connection:
        """A new one; no call is made.

        Args:
            settings: where to call and as whom.
            adapter: makes the requests transport adapter, for API and tokens alike; tests put theirs here.
            paces: those of all that call from this process; its own without them.
        """
        pace_of = partial(_pace, settings, paces or Paces())
        session = http_session(settings.base_url, adapter)
        return cls(settings.base_url, TokenSource(settings, adapter), session, pace_of)

    def transport(self, path: str, patience: Patience) -> Transport:
        """Sends calls to the API at ``path`` of the service."""
        return Transport(self.base_url + path, self.tokens, self.http, patience, self.pace_of, self.writes)


def _pace(settings: Settings, paces: Paces, token: str) -> Pace:
    """Rates are an account's; where its token does not name it, its OAuth client stands for it."""
    client = settings.credentials.client_id if settings.credentials else None
    return paces.of((settings.base_url, account_in(token) or client), settings.calls_per_minute)
