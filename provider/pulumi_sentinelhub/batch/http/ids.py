"""Ids in paths."""

from __future__ import annotations

from urllib.parse import quote

from ...errors import InputError
from ...shown import quoted


def segment(id: str, what: str) -> str:
    """An id as one segment of a path: an empty one, or one with a slash, would address something else.

    Raises:
        InputError: it is no id of ``what``.
    """
    try:
        escaped = quote(id, safe="") if id else ""
    except UnicodeEncodeError:  # half a surrogate pair
        escaped = ""
    if not escaped.strip("."):
        raise InputError(f"not an id of a {what}", subject=quoted(id))
    return escaped
