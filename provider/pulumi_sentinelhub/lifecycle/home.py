"""Where a remote object lives: the deployment and the generation of the API that it was made in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..batch.api import Generation
from ..batch.generations import FIRST
from ..errors import InputError
from ..finding import Finding
from ..values import is_unknown
from .context import Context


def generation_of(ctx: Context, olds: Mapping[str, Any]) -> Generation:
    """The generation that a recorded object lives in. Raises InputError: none that is known here."""
    name = str(olds.get("api_version") or FIRST.name)
    if name not in ctx.generations:
        raise InputError(
            "the state names a generation of the batch API that this version does not know",
            subject=name,
            why=f"it knows {', '.join(ctx.generations)}",
            next_step="Install the newer pulumi-sentinelhub that has written the state",
        )
    return ctx.generations[name]


def settle_in(ctx: Context, id: str, olds: Mapping[str, Any]) -> None:
    """Tell the process where a recorded object lives."""
    ctx.ledger.lives_in(id, generation_of(ctx, olds).name)


def moved(olds: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[Finding]:
    """A failure when the configuration points at a deployment that does not hold the remote object."""
    before, now = olds.get("deployment"), inputs.get("deployment")
    if before is None or now is None or is_unknown(now) or before == now:
        return []
    return [
        Finding(
            "deployment",
            f"is {now!r}, but this resource lives on {before!r}, where nothing could be cancelled any more",
            "destroy the stack with the old configuration first, or use another stack",
        )
    ]
