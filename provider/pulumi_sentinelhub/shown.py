"""Text of others, made fit to be shown: nothing that a terminal or a CI log would obey, and not too much."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice


def fit(text: str, most: int = 400) -> str:
    """``text`` with control characters escaped, and cut to ``most`` characters."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text[:most])
    return shown if len(shown) <= most and len(text) <= most else shown[: most - 1] + "…"


def listed(items: Iterable[str], most: int = 10) -> str:
    """The first ``most`` items, fit to be shown, with how many more there are."""
    iterator = iter(items)
    shown = [fit(item) for item in islice(iterator, most)]
    more = sum(1 for _ in iterator)
    return ", ".join(shown) + (f", and {more} more" if more else "")
