"""``custom_timeouts`` as a property of the resource, since the host hands them to no provider.

The engine's request carries them, and ``call`` reads them there where the SDK is as expected. They have to
hold on any host, and nothing else but an input reaches a dynamic provider: so the constructor passes them on
as one. It is the adapter's alone: taken out before a lifecycle sees the properties, and put back into what
the state keeps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

#: The property: seconds by operation. It stands in users' state.
KEY: Final = "timeouts"


def split(properties: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is a lifecycle's of some properties, and what is the adapter's."""
    return (
        {name: value for name, value in properties.items() if name != KEY},
        {name: value for name, value in properties.items() if name == KEY},
    )


def seconds(kept: Mapping[str, Any], operation: str) -> float | None:
    """The time-out that was passed on for an operation; None where there is none that can be one."""
    by_operation = kept.get(KEY)
    given = by_operation.get(operation) if isinstance(by_operation, Mapping) else None
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        return None
    return float(given) if given > 0 and math.isfinite(given) else None
