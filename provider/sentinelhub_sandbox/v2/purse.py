"""The processing units that accounts have [v2 docs and Batch Statistical: at least 1000 PU are needed]."""

from __future__ import annotations

from ..settings import LiveOptions
from ..wire import ApiError

LEAST = 1000.0  # PU


class Purse:
    """What each account has left of what it was given.

    Args:
        live: tells what that is.
    """

    def __init__(self, live: LiveOptions) -> None:
        self._live = live
        self._spent: dict[str, float] = {}

    def reset(self) -> None:
        """As if nothing had been spent."""
        self._spent.clear()

    def charge(self, account: str, cost: float) -> None:
        """Spend PU."""
        self._spent[account] = self._spent.get(account, 0.0) + cost

    def is_low(self, account: str) -> bool:
        """Whether an account has less than is needed."""
        given = self._live.now.account_pu
        return given is not None and given - self._spent.get(account, 0.0) < LEAST

    def check(self, account: str) -> None:
        """Raises ApiError unless an account has what is needed to create, analyse and start a task.

        Neither status nor words are documented; 403 is among those that all three calls list.
        """
        if self.is_low(account):
            raise ApiError(403, f"Insufficient processing units: at least {LEAST:.0f} PU are required.")
