"""The owner's mark: whose declaration a batch request was made for, written where the service keeps it.

The service has no idempotency key and no labels. It returns the evalscript verbatim, in v1 and v2 [observed
echoes], and a comment changes no result; so the declaration's key stands in the evalscript's last line. It is
taken off wherever payloads are compared, stored or shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_WORDS: Final = "// pulumi-sentinelhub declaration"
_LINE: Final = re.compile(rf"\n{_WORDS} ([0-9a-f]{{8,64}})\s*\Z")


def marked(payload: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The payload with the mark of declaration ``key``, in place of any other; as it is without a script.

    Args:
        payload: an API payload, with ``processRequest.evalscript``.
        key: 8 to 64 hexadecimal digits.
    """
    return _with_script(payload, lambda script: f"{plain(script)}\n{_WORDS} {key}")


def unmarked(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload without a mark: the evalscript as the declaration has it, to the letter."""
    return _with_script(payload, plain)


def mark_of(payload: Mapping[str, Any]) -> str | None:
    """The key of the declaration that the payload was made for; None without a mark."""
    found = _LINE.search(_script(payload) or "")
    return found[1] if found else None


def plain(script: str) -> str:
    """An evalscript without marks; several pile up where somebody has copied a marked one."""
    while found := _LINE.search(script):
        script = script[: found.start()]
    return script


def _script(payload: Mapping[str, Any]) -> str | None:
    request = payload.get("processRequest")
    script = request.get("evalscript") if isinstance(request, Mapping) else None
    return script if isinstance(script, str) else None


def _with_script(payload: Mapping[str, Any], change: Any) -> dict[str, Any]:
    script = _script(payload)
    if script is None:
        return dict(payload)
    return {**payload, "processRequest": {**payload["processRequest"], "evalscript": change(script)}}
