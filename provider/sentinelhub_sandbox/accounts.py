"""OAuth clients and the accounts that they belong to.

Clients of one account see the same requests and collections, each under its own user id. Nothing of one
account exists for another.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from .options import SandboxOptions


@dataclass(frozen=True)
class Caller:
    """Who makes a call: an OAuth client, its account (a UUID) and its user (a UUID)."""

    client_id: str
    account: str
    user: str


@dataclass(frozen=True)
class Client:
    """An OAuth client that is let in."""

    caller: Caller
    secret: str


def clients_of(options: SandboxOptions) -> dict[str, Client]:
    """All OAuth clients by id, the default one first.

    Its account, if it has no name, is another one at each call, so that clients, which tell accounts apart by
    their id, never mistake one sandbox for another.

    Raises:
        ValueError: one is not ``ID:SECRET`` or ``ID:SECRET:ACCOUNT``, or two have the same id.
    """
    home = account_id(options.account) if options.account else str(uuid.uuid4())
    found = {options.client_id: _client(options.client_id, options.client_secret, home)}
    for text in options.accounts:
        parts = text.split(":")
        if len(parts) not in {2, 3} or not all(parts):
            raise ValueError("must be ID:SECRET or ID:SECRET:ACCOUNT")
        if parts[0] in found:
            raise ValueError(f"ID:SECRET needs an id of its own, {parts[0]!r} is taken")
        account = account_id(parts[2]) if len(parts) == 3 else home
        found[parts[0]] = _client(parts[0], parts[1], account)
    return found


def account_id(name: str) -> str:
    """An account's UUID: the name itself where it is one, else always the same for a name."""
    try:
        return str(uuid.UUID(name))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"account/{name}"))


def _client(client_id: str, secret: str, account: str) -> Client:
    return Client(Caller(client_id, account, str(uuid.uuid5(uuid.NAMESPACE_URL, client_id))), secret)
