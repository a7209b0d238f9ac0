"""Every call that clients made, without secrets."""

from __future__ import annotations

import json
import re
import threading
from typing import Any
from urllib.parse import parse_qsl

from .wire import Json

_SECRET = re.compile(r"secret|password|token$|assertion|signature|credential|accesskey", re.IGNORECASE)
HIDDEN = "***"


class Journal:
    """An append-only list of calls, safe to use from several threads."""

    def __init__(self) -> None:
        self._entries: list[Json] = []
        self._lock = threading.Lock()

    def add(self, entry: Json) -> None:
        """Append one call."""
        with self._lock:
            self._entries.append(entry)

    def entries(self) -> list[Json]:
        """All calls so far, in the order of their ends."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()


def without_secrets(value: Any, name: str = "") -> Any:
    """A copy of a JSON value in which members that are named like secrets are hidden."""
    if isinstance(value, dict):
        return {key: without_secrets(member, key) for key, member in value.items()}
    if isinstance(value, list):
        return [without_secrets(member, name) for member in value]
    return HIDDEN if name and name != "viewtoken" and _SECRET.search(name) else value


def readable_query(text: str) -> Json:
    """A query string as a mapping, secrets of presigned URLs hidden."""
    return dict(without_secrets(dict(parse_qsl(text, keep_blank_values=True))))


def readable_body(body: bytes, content_type: str) -> Any:
    """A request body for the journal: JSON and forms decoded with secrets hidden, other text as it is.

    Binary bodies become ``None``.
    """
    if not body:
        return None
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    if content_type.startswith("application/x-www-form-urlencoded"):
        return without_secrets(dict(parse_qsl(text, keep_blank_values=True)))
    try:
        return without_secrets(json.loads(text))
    except ValueError:
        return text if not _SECRET.search(text) else HIDDEN
