"""Time ranges.

Source: [batch OpenAPI: TimeRange: both ends inclusive, may be equal; a date without time will not work].
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from ....finding import Finding
from .declared import Declared
from .node import Node, quoted

_MOMENT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(?:([Zz])|([+-])(\d{2}):?(\d{2}))"
)
_EXAMPLE = "e.g. 2019-04-01T00:00:00Z"


def check_time(declared: Declared) -> Iterator[Finding]:
    """Form and order of each collection's time range."""
    for element in declared.data.elements():
        time_range = element["dataFilter"]["timeRange"]
        if not time_range.is_mapping:
            continue
        start, end = time_range["from"], time_range["to"]
        yield from _moment(start, "T00:00:00Z")
        yield from _moment(end, "T23:59:59Z")
        if start.given != end.given and (start.absent or end.absent):
            missing = start if start.absent else end
            yield missing.warning("is missing", "give both ends of the time range")
        first, last = parse_moment(start.text), parse_moment(end.text)
        if first and last and first > last:
            yield time_range.error(
                f"runs backwards, from {quoted(start.text)} to {quoted(end.text)}", "swap from and to"
            )


def _moment(node: Node, whole_day: str) -> Iterator[Finding]:
    if not node.given or parse_moment(node.text):
        return
    if node.text is None:
        yield node.error(f"is {node.kind}", f"give a moment in ISO 8601, {_EXAMPLE}")
    elif re.fullmatch(r"\d{4}-\d{2}-\d{2}", node.text):
        yield node.error(
            f"is the date {node.text}", f"a date without time will not work; write {node.text}{whole_day}"
        )
    elif parse_moment(node.text + "Z"):
        yield node.error(
            f"has no time zone: {quoted(node.text)}", f"add Z for UTC, or an offset like +01:00; {_EXAMPLE}"
        )
    else:
        yield node.error(f"is no moment: {quoted(node.text)}", f"give one in ISO 8601, {_EXAMPLE}")


def parse_moment(text: str | None) -> datetime | None:
    """A moment in ISO 8601 with time and zone, or None."""
    found = _MOMENT.fullmatch(text) if text and text.isascii() else None
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, _, sign, offset_hours, offset_minutes = found.groups()
    offset = timedelta(hours=int(offset_hours or 0), minutes=int(offset_minutes or 0))
    try:
        return datetime(
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            int(second or 0),
            int(f"{fraction or 0:0<6}"[:6]),
            timezone(-offset if sign == "-" else offset),
        )
    except (ValueError, OverflowError):
        return None
