"""Which declaration of a stack holds a bucket, or an object in one, as far as this process has met them."""

from __future__ import annotations

from typing import Final

from ..errors import BucketError
from .context import Context
from .ownership.holders import found, has_taken_back, is_itself, objection

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
    held = found(ctx.holder, name, ctx.patience)
    if is_itself(held, ctx.urn):
        raise _stands_in_its_own_way(ctx, name)
    if why := objection(held):
        raise _anothers(name, why)
    taken_over(ctx, name)


def taken_over(ctx: Context, name: str) -> None:
    """This update has taken it over, whatever deletion of it was still to come."""
    ctx.ledger.take_over(_held(name))


def refusal(ctx: Context, name: str, why: BucketError) -> BucketError:
    """Why the bucket that is there already is not taken over, in words for what the user has asked for.

    Args:
        ctx: the surroundings.
        name: of the bucket.
        why: it is not, as the bucket alone tells.
    """
    if why.code != "NotOurs":
        return why
    # in which an alias shows that the bucket is another declaration's by now
    ctx.patience.pause(_HESITATION, "see who holds bucket", name)
    is_anothers = ctx.ledger.is_held_by_another(_held(name), ctx.urn)
    if is_anothers or not is_itself(found(ctx.holder, name, ctx.patience), ctx.urn):
        return why
    return _stands_in_its_own_way(ctx, name)


def reason_to_leave(ctx: Context, name: str) -> str | None:
    """Why the deletion of this declaration's bucket would take it from another one; None: it would not.

    Raises:
        SentinelHubError: that cannot be told.
    """
    if ctx.ledger.was_taken_over(_held(name)):
        # Renamed, and back before the deletion of the first one had succeeded: it is the new one by now.
        return "this update has taken it over again"
    keeper = ctx.ledger.holder_of(_kept(name))
    if keeper == ctx.urn and has_taken_back(ctx.holder, name, ctx.patience):
        # The same, where another update has taken it over: this one was told that it stays.
        return "an earlier update has taken it over again"
    if ctx.urn and keeper not in (None, ctx.urn):
        # Renamed, and its old name was given to another one, which came to hold the same bucket.
        return "another declaration of this stack holds it"
    return None


def _stands_in_its_own_way(ctx: Context, name: str) -> BucketError:
    return BucketError(
        "cannot replace bucket",
        subject=name,
        why="the new one would have the same name, and the old one is there until that is made",
        next_step="To have it empty, delete its objects by hand. To have it made anew, with all that is "
        f"computed into it, run `pulumi destroy --target '{ctx.urn}' --target-dependents`, then `pulumi up`. "
        "Or choose another name with `bucket=`. Nothing in it was touched",
        code="NotOurs",
    )


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
