"""Foreign text, made fit for a page: nothing invisible, no credential. Escaping is the template engine's."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Any, Final

from ..s3.faults import redacted
from ..shown import fit

#: Characters of an evalscript or a payload that are shown.
MOST_SOURCE: Final = 200_000
#: Characters of a line about a tile or a request.
MOST_LINE: Final = 600
SECRET: Final = "[secret]"  # noqa: S105 - stands in place of one
_NAME: Final = re.compile(r"[A-Za-z0-9_. ]{1,15}")
_OWN: Final = ("SH_CLIENT_SECRET", "SH_DELIVERY_SECRET_ACCESS_KEY", "SH_DELIVERY_ACCESS_KEY_ID")
_KEYS: Final = re.compile(r"(?i)secret|password|token|credential|accesskey|apikey|authorization")
_TOKEN: Final = re.compile(
    r"(?i)\bbearer\s+[\w.~+/=-]{8,}|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|[?&](?:sig|signature|access_token)=[^&\s\"']+"
)


def line(text: object, most: int = MOST_LINE) -> str:
    """One line of foreign text."""
    if isinstance(text, str) and _NAME.fullmatch(text):  # nearly all of a hundred thousand tiles
        return text
    return fit(clean(str(text)), most)


def source(text: str) -> str:
    """Several lines of foreign text, such as an evalscript; what is invisible is shown by its escape."""
    shown = "".join(
        one if one in "\n\t" or one.isprintable() else _escaped(one)
        for one in clean(text.replace("\r\n", "\n"))[:MOST_SOURCE]
    ).strip("\n")
    rest = len(text) - MOST_SOURCE
    return f"{shown}\n… ({rest} more characters)" if rest > 0 else shown


def payload(value: Any) -> str:
    """A payload as indented JSON, without what is named like a credential."""
    return source(json.dumps(_without_secrets(value), indent=2, ensure_ascii=False, default=str))


def clean(text: str) -> str:
    """Text without signed queries, tokens and keys."""
    for name in _OWN:
        value = os.environ.get(name)
        if value and len(value) >= 8:
            text = text.replace(value, "…")
    return _TOKEN.sub("[removed]", redacted(text))


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _member(str(name), member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_secrets(member) for member in value]
    return value


def _member(name: str, value: Any) -> Any:
    return SECRET if isinstance(value, str) and _KEYS.search(name) else _without_secrets(value)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
