"""How long a run may still take, from what has been done since it was first looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .member import Member

#: Of all tiles, so much has to be seen done, in so many seconds, before a rate means something.
_LEAST_SHARE: Final = 0.05
_LEAST_SECONDS: Final = 20.0


@dataclass
class Remaining:
    """Watches one drive. Times are monotonic seconds."""

    _first: tuple[float, float] | None = None
    _last: float = 0.0

    def after(self, members: Sequence[Member], now: float) -> float | None:
        """Seconds that are left if it goes on as it did; None while nothing can be said."""
        share = share_done(members)
        if share is None:
            return None
        if self._first is None or share < self._last:
            self._first = (share, now)  # tiles that are run again are to be done again
        self._last = share
        begun, since = self._first
        if share >= 1 or share - begun < _LEAST_SHARE or now - since < _LEAST_SECONDS:
            return None
        return (1 - share) * (now - since) / (share - begun)


def share_done(members: Sequence[Member]) -> float | None:
    """How much of all tiles is done, 0 to 1; None where nothing has been started, or that is not told."""
    running = [member for member in members if member.was_started]
    total = sum(member.total for member in members)
    if total and any(member.tiles for member in running):
        return sum(member.processed + member.failed for member in running) / total
    shares = [member.completion for member in running if member.completion is not None]
    return sum(shares) / len(members) / 100 if shares else None


def remaining_text(seconds: float) -> str:
    """``about 12 min left``, ``about 3 h left``; no finer than can be known."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute left"
    if minutes < 120:
        return f"about {minutes} min left"
    return f"about {round(minutes / 60)} h left"
