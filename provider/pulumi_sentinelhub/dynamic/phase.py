"""Whether a preview is under way, which no engine tells in a check: the program knows, and passes it on.

`pulumi up` checks each resource twice, in two processes, one of its preview and one of its update. What the
first has told need not be told again. Nothing but an input reaches a dynamic provider, so the constructor
gives one, in a preview alone. The check takes it out again: what it returns is the same in both, no diff and
no state has it.
"""

from __future__ import annotations

import threading
from typing import Any, Final

#: The property; there, and true, in a preview alone.
KEY: Final = "previewed"

#: Set in a process that serves a preview, from its first check on.
PREVIEW: Final = threading.Event()


def taken_out(properties: dict[str, Any]) -> dict[str, Any]:
    """What a check is given, without the property; notes what it says."""
    if properties.get(KEY) is True:
        PREVIEW.set()
    return {name: value for name, value in properties.items() if name != KEY}
