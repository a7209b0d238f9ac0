"""What all clients of a process share: one token, one pool of connections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import requests

from ...config.settings import Settings
from ...waiting.patience import Patience
from .session import TokenSource, http_session
from .transport import Transport

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter


@dataclass(frozen=True)
class Connection:
    """Token and connections, for clients of any generation."""

    base_url: str
    tokens: TokenSource
    http: requests.Session = field(repr=False)

    @classmethod
    def to(cls, settings: Settings, adapter: Callable[[], BaseAdapter] | None = None) -> Connection:
        """A new one; no call is made.

        Args:
            settings: where to call and as whom.
            adapter: makes the requests transport adapter, for API and tokens alike; tests put theirs here.
        """
        return cls(settings.base_url, TokenSource(settings, adapter), http_session(adapter))

    def transport(self, path: str, patience: Patience) -> Transport:
        """Sends calls to the API at ``path`` of the service."""
        return Transport(self.base_url + path, self.tokens, self.http, patience)
