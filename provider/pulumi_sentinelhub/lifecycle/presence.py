"""Whether something is there: one 404 is not believed.

Reads may lag behind writes, and are answered by other machines than those that carry out [clients wait 0,
10, 20, 100 s for a new request]. To take what is there for gone would lose it: a running job would go on
unseen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from ..errors import Interrupted, NotFound
from .context import Context

T = TypeVar("T")

#: Seconds between two looks at what a 404 says is gone.
SECOND_LOOK: Final = 5.0


def look_twice(ctx: Context, subject: str, look: Callable[[], T]) -> T | None:
    """What ``look`` finds; None when it raises NotFound twice, some seconds apart.

    Raises:
        Interrupted: cancelled in between.
        ServiceError: whatever else ``look`` raises.
    """
    try:
        return look()
    except NotFound:
        pass
    if ctx.clock.sleep(min(SECOND_LOOK, ctx.poll_interval or SECOND_LOOK), ctx.cancel):
        raise Interrupted(
            "interrupted while looking a second time for",
            subject=subject,
            next_step="Run the command again: it goes on from here",
        )
    try:
        return look()
    except NotFound:
        return None
