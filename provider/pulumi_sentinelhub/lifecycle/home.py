"""Which generation of the API a remote object lives in: the one it was made in, whatever is configured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..batch.api import Generation
from ..batch.generations import FIRST
from .context import Context


def generation_of(ctx: Context, olds: Mapping[str, Any]) -> Generation:
    """The generation that a recorded object lives in."""
    return ctx.generations[str(olds.get("api_version") or FIRST.name)]


def settle_in(ctx: Context, id: str, olds: Mapping[str, Any]) -> None:
    """Tell the process where a recorded object lives."""
    ctx.ledger.lives_in(id, generation_of(ctx, olds).name)
