"""Which declaration of a stack holds a bucket, as far as this process has met them."""

from __future__ import annotations

from typing import Final

from ..errors import BucketError
from .context import Context
from .ownership.holders import objection

#: Seconds before something is taken, in which other declarations of the program show what they hold.
_HESITATION: Final = 3.0


def meet(ctx: Context, name: str) -> None:
    """This declaration holds the bucket by its state."""
    ctx.ledger.note(_held(name), ctx.urn)


def keep(ctx: Context, name: str) -> None:
    """It goes on holding it: the bucket is not one that is replaced, and deleted then."""
    ctx.ledger.note(_kept(name), ctx.urn)


def take_over(ctx: Context, name: str) -> None:
    """Take over what an interrupted update has left, unless another declaration of any stack holds it.

    Raises:
        BucketError: another one holds it, such as one that left its name, or that cannot be told.
    """
    # in which the other declarations of the program show what they hold
    ctx.patience.pause(_HESITATION, "take over bucket", name)
    if ctx.ledger.is_held_by_another(_held(name), ctx.urn):
        raise _anothers(
            name, "another declaration of this stack holds it, which was made under this one's name"
        )
    if why := objection(ctx.holder, name, ctx.patience):
        raise _anothers(name, why)
    ctx.ledger.take_over(_held(name))


def reason_to_leave(ctx: Context, name: str) -> str | None:
    """Why the deletion of this declaration's bucket would take it from another one; None: it would not."""
    if ctx.ledger.was_taken_over(_held(name)):
        # Renamed, and back before the deletion of the first one had succeeded: it is the new one by now.
        return "this update has taken it over again"
    if ctx.urn and ctx.ledger.is_held_by_another(_kept(name), ctx.urn):
        # Renamed, and its old name was given to another one, which came to hold the same bucket.
        return "another declaration of this stack holds it"
    return None


def _anothers(name: str, why: str) -> BucketError:
    return BucketError(
        "cannot take over bucket",
        subject=name,
        why=why,
        next_step="Choose another name for this one with `bucket=`. Nothing in it was touched",
        code="NotOurs",
    )


def _held(name: str) -> str:
    return f"bucket {name}"


def _kept(name: str) -> str:
    return f"kept bucket {name}"
