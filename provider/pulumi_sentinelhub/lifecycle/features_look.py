"""A look at where features are to go, so that a preview tells what their upload would be refused for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..errors import Interrupted, SentinelHubError
from ..finding import Finding
from ..s3.stored import StoredObject
from ..shown import fit
from .context import Context
from .probe import MOST

Stored = Callable[[Context, str, Mapping[str, Any]], StoredObject]


def taken_before(
    ctx: Context, olds: Mapping[str, Any], inputs: Mapping[str, Any], stored: Stored, mark: str
) -> list[Finding]:
    """What another declaration has put there, such as another stack's of the same program.

    Only where the place is known and new; nothing where it cannot be looked at, as without AWS credentials,
    or not within seconds.

    Args:
        ctx: the surroundings.
        olds: the old outputs; empty for a new one.
        inputs: the new inputs, of the right kinds.
        stored: gives the object at a URL.
        mark: of the own declaration.

    Raises:
        Interrupted, DeadlineExceeded: the operation's own patience ended.
    """
    url = inputs.get("url")
    if not ctx.foretells or not isinstance(url, str) or url == olds.get("url"):
        return []
    try:
        there = stored(replace(ctx, patience=ctx.patience.at_most(MOST)), url, inputs).look()
    except Interrupted:
        raise
    except SentinelHubError:
        if ctx.patience.expired:
            raise
        return []
    if there is None or there.owner == mark:
        return []
    whose = f"of {fit(there.owner, 100)}" if there.owner else "without a mark"
    reason = f"leads to {fit(url)}, where another object is already, {whose}"
    return [Finding("key", reason, "choose another one, or remove what is there")]
