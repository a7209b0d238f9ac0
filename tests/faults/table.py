"""What can go wrong with a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import requests

from tests.faults.account import Account, with_unknowns

GoOn = Callable[[], requests.Response]


def revoked(account: Account, go_on: GoOn) -> requests.Response:
    """The token has become bad just before the call."""
    account.revoke_tokens()
    return go_on()


def timed_out(account: Account, go_on: GoOn) -> requests.Response:
    """No answer, and the service has not seen the call."""
    account.clock.seconds += 30
    raise requests.exceptions.ReadTimeout("no answer within 30 s")


def done_and_timed_out(account: Account, go_on: GoOn) -> requests.Response:
    """The service has done it, the answer comes too late."""
    go_on()
    account.clock.seconds += 30
    raise requests.exceptions.ReadTimeout("no answer within 30 s")


def refused_connection(account: Account, go_on: GoOn) -> requests.Response:
    """No connection."""
    raise requests.exceptions.ConnectTimeout("no connection")


def unknown(account: Account, go_on: GoOn) -> requests.Response:
    """An answer of a later version."""
    return with_unknowns(go_on())


def slow(account: Account, go_on: GoOn) -> requests.Response:
    """An answer that takes its time, and comes."""
    account.clock.seconds += 25
    return go_on()


def status(code: int, body: Any = None, **headers: str) -> dict[str, Any]:
    """An answer of this status."""
    return {"status": code, "body": body, "headers": {k.replace("_", "-"): v for k, v in headers.items()}}


FAULTS: Final[Mapping[str, Any]] = {
    "401 expired": status(401),
    "401 revoked": revoked,
    "403": status(403),
    "404 lag": status(404),
    "409": status(409),
    "429 Retry-After": status(429, Retry_After="20000"),
    "429": status(429),
    "500": status(500),
    "502 html": status(502, "<html><body>Bad Gateway</body></html>", Content_Type="text/html"),
    "503": status(503),
    "no connection": refused_connection,
    "reset": "reset",
    "done, then reset": "commit-then-reset",
    "truncated": "truncate",
    "malformed": "malformed",
    "time-out": timed_out,
    "done, then time-out": done_and_timed_out,
    "unknown status and fields": unknown,
    "slow": slow,
}
"""By name: what the sandbox answers, or what happens on the client's side."""

ENDLESS: Final = ("429", "429 Retry-After", "unknown status and fields")
"""Faults that are waited out as long as there is time, always alike: minutes of it show as much as hours."""
FEW_MINUTES: Final = 300.0
"""Seconds that an operation is given where one of these stays."""

PERSISTENT: Final = 1_000_000
"""So often that it never ends by itself."""
