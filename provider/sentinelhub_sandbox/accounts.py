"""OAuth clients and the accounts that they belong to.

Clients of one account see the same requests and collections, each under its own user id. Nothing of one
account exists for another.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

# Random, so that clients, which tell accounts apart by their id, never mistake one sandbox for another.
_PROCESS = uuid.uuid4()
_NAMED = uuid.UUID("2a0c4d0e-6a2f-4f0a-9f57-3f6f5d1b7c11")


@dataclass(frozen=True)
class OAuthClient:
    """An OAuth client that is let in.

    Attributes:
        client_id: its id.
        client_secret: its secret.
        account: name or UUID of its account; empty for that of the sandbox's default client.
    """

    client_id: str
    client_secret: str
    account: str = ""

    @classmethod
    def parse(cls, text: str) -> OAuthClient:
        """A client from ``ID:SECRET`` or ``ID:SECRET:ACCOUNT``. Raises ValueError."""
        parts = text.split(":")
        if len(parts) not in {2, 3} or not all(parts):
            raise ValueError("must be ID:SECRET or ID:SECRET:ACCOUNT")
        return cls(*parts)


@dataclass(frozen=True)
class Caller:
    """Who makes a call: an OAuth client, its user (a UUID) and its account (a UUID)."""

    client_id: str
    user_id: str
    account_id: str


class Clients:
    """All OAuth clients of one sandbox.

    Args:
        default: the client of the sandbox's own account.
        further: the others.

    Raises:
        ValueError: two clients have the same id.
    """

    def __init__(self, default: OAuthClient, further: Iterable[OAuthClient] = ()) -> None:
        self.all = (default, *further)
        self._by_id = {client.client_id: client for client in self.all}
        if len(self._by_id) < len(self.all):
            raise ValueError("two OAuth clients have the same id")
        self._home = account_id(default.account)

    def find(self, client_id: str) -> OAuthClient | None:
        """The client with that id."""
        return self._by_id.get(client_id)

    def caller(self, client: OAuthClient) -> Caller:
        """The client as a caller."""
        account = account_id(client.account) if client.account else self._home
        user = str(uuid.uuid5(uuid.NAMESPACE_URL, client.client_id))
        return Caller(client.client_id, user, account)


def account_id(name: str) -> str:
    """An account's UUID: the name itself if it is one, else always the same for a name.

    Without a name it is this process's own.
    """
    if not name:
        return str(_PROCESS)
    try:
        return str(uuid.UUID(name))
    except ValueError:
        return str(uuid.uuid5(_NAMED, name))
