"""What an error could show to anybody."""

from __future__ import annotations

import traceback


def shown(error: BaseException) -> str:
    """All that an error and everything it hangs on could show."""
    parts: list[str] = []
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        # Of its frames a traceback would show nothing but lines of source files, at a high price.
        told = traceback.format_exception(current, limit=0, chain=False)
        parts += [str(current), repr(current), repr(vars(current)), *told]
        pending += [current.__cause__, current.__context__]
    return "\n".join(parts)
