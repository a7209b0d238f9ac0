"""Moments and lengths of time, as a report shows them."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Final

_FRACTION: Final = re.compile(r"\.\d+")


def moment(text: str | None) -> datetime | None:
    """The moment of an ISO 8601 timestamp; None where it is none."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(_FRACTION.sub("", text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=timezone.utc)


def shown(text: str | None) -> str:
    """A timestamp to the second; as it stands where it is none."""
    found = moment(text)
    return found.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC") if found else text or "not known"


def length(seconds: float) -> str:
    """A length of time in its two largest units."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    parts = ((days, "d"), (hour, "h"), (minute, "min"), (second, "s"))
    found = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(found[:2]) or "0 s"
