"""What a create may take instead of making: only what bears its own mark, and is nobody else's.

==============================  =====================================================================
what bears the declaration's    what a create does
mark, and is held by no other
declaration
==============================  =====================================================================
runs, held by the very          refuses: the engine makes the replacement before it deletes what is replaced
resource that is created
held by a resource of another   leaves it, and makes a new one: its stack was renamed, or the resource moved
stack, or of another name       [holders]
running, or confirmed to run,   refuses: a second job would run beside it; but not where this very update
whatever it asks for            has let it go by the user's wish
untouched, asks for the same,   takes it: an update was killed between the POST and its record; where nobody
a day old at most               can tell who holds it, it is left
DONE or PARTIAL, with results,  takes it: the job is paid; but not where this very update has let it
asks for the same               go, since then the user wants it made anew; refuses where nobody can tell who
                                holds it
anything else                   makes a new one
==============================  =====================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain, islice, repeat
from typing import Final

from ...batch.api import Action, BatchRequestInfo, Phase, Spec
from ...batch.mark import marked
from ...errors import AnswerLost, Conflict, NotFound, SentinelHubError
from ..context import Context
from ..evidence import wrote_results
from . import holders
from .holders import Holder

#: Requests that are looked through, the newest first.
MOST: Final = 2000
#: Seconds that an untouched request may be old: nobody leaves an interrupted update for longer.
YOUNG: Final = 86_400.0
#: Seconds between looks for a request whose POST got no answer; together as long as reads are known to lag.
LOOKS: Final = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0)
#: Seconds before something is taken, in which other declarations of the program show what they hold.
_HESITATION: Final = 3.0


def make_or_take(ctx: Context, key: str, spec: Spec) -> BatchRequestInfo:
    """The request of the declaration ``key``: one that is there already, or a new one by one POST.

    Raises:
        Conflict: a job of this very declaration is running and stands in no state.
        AnswerLost: the POST may have been done, and no request of it can be seen.
        ServiceError: the service refused.
    """
    ledger = ctx.ledger
    with ledger.turn(key, ctx.patience):
        since = ledger.doubtful_since(key)
        found = ledger.left_behind(lambda: _look(ctx), ctx.patience) if since is None else _look(ctx)
        taken = _takeable(ctx, key, spec, found)
        if taken is None and since is not None:
            # The engine calls again at once where an onError hook says so: what was made may not be seen yet.
            taken = _appears(ctx, key, spec, since + ctx.read_lag)
        if taken is not None:
            ledger.hold(taken.id, key)
            ledger.lives_in(taken.id, ctx.generation.name)
            return taken
        try:
            made = ctx.batch().create_request(marked(ctx.generation.payload(spec.inputs), key))
        except AnswerLost as lost:
            ledger.doubt(key, ctx.clock.monotonic())
            made = _after_lost_answer(ctx, key, spec, lost)
        ledger.hold(made.id, key)
        ledger.lives_in(made.id, ctx.generation.name)
        return made


def _look(ctx: Context) -> Sequence[BatchRequestInfo]:
    """The newest requests that bear anybody's mark."""
    newest = islice(ctx.batch().list_requests(sort="created:desc"), MOST)
    return [info for info in newest if info.mark]


def _takeable(
    ctx: Context, key: str, spec: Spec, found: Iterable[BatchRequestInfo]
) -> BatchRequestInfo | None:
    wanted = spec.fingerprint
    own = [info for info in found if info.mark == key and not _is_taken(ctx, key, info.id)]
    for listed in sorted(own, key=_is_running, reverse=True):
        asks_same = listed.spec.fingerprint == wanted
        takes = asks_same and (_is_left_behind(ctx, listed) or _is_finished(ctx, listed, spec, own))
        if not (takes or _is_running(listed)):
            continue
        # The list may be as old as the process: what is decided on is read now.
        ctx.patience.pause(_HESITATION, "take over batch request", listed.id)
        try:
            info = ctx.batch().get_request(listed.id)
        except NotFound:
            continue
        if not _is_taken(ctx, key, info.id) and _takes(ctx, info, spec, own):
            return info
    for info in own:
        if _is_untouched(info) and info.spec.fingerprint != wanted and info.generation.abilities.deletes:
            ctx.warn(
                f"batch request {info.id} (made {info.created}, never started) bears this declaration's mark "
                "and asks for something else, as an update leaves it that was interrupted before an edit. "
                "It costs nothing and is left as it is"
            )
    return None


def _takes(ctx: Context, info: BatchRequestInfo, spec: Spec, own: Sequence[BatchRequestInfo]) -> bool:
    """Whether one with the own mark is taken over; says so. Raises Conflict where neither will do."""
    held = holders.found(ctx.holder, info.id, ctx.patience)
    # Where an alias has left the name instead, the renamed one has been met by now.
    may_run = _is_running(info) or ctx.ledger.may_run(info.id)
    if holders.is_itself(held, ctx.urn) and may_run:
        raise _runs_before_its_end(info)
    # What the other front end has recorded is deleted in this update: an untouched one would be gone.
    if isinstance(held, Holder) and (_is_untouched(info) or not held.is_twin):
        ctx.note(
            f"batch request {info.id} ({info.status}) bears this declaration's mark, and another resource "
            f"holds it: {held}. It is left to that one"
        )
        return False
    asks_same = info.spec.fingerprint == spec.fingerprint
    if _is_running(info):
        raise _runs_already(info, held, asks_same=asks_same)
    if asks_same and _is_left_behind(ctx, info):
        made = f"batch request {info.id} (made {info.created}, never started)"
        if isinstance(held, SentinelHubError):
            ctx.warn(
                f"{made} bears this declaration's mark, and whether another stack holds it cannot be told: "
                f"it is left as it is, which costs nothing. {held}"
            )
            return False
        ctx.warn(
            f"took over {made}: it bears this declaration's mark, as an interrupted update leaves it behind"
        )
        return True
    if asks_same and _is_finished(ctx, info, spec, own):
        if isinstance(held, SentinelHubError):
            raise _untold(info, held)
        ctx.warn(
            f"took over batch request {info.id} (made {info.created}, {info.status}): it bears this "
            "declaration's mark and has computed the same, so it is not computed again. To compute it "
            "again, run `pulumi up --replace` with this resource's urn"
        )
        return True
    return False


def _is_taken(ctx: Context, key: str, id: str) -> bool:
    """Whether it is another declaration's, or this update has let it go by the user's wish.

    That the own declaration holds it says nothing against it: the engine compares before it goes on with a
    replacement whose first half, the deletion, was done by an earlier update.
    """
    return ctx.ledger.is_held_by_another(id, key) or ctx.ledger.is_released(id)


def _is_untouched(info: BatchRequestInfo) -> bool:
    return info.phase is Phase.CREATED and info.action is Action.NONE


def _is_left_behind(ctx: Context, info: BatchRequestInfo) -> bool:
    made = _time(info.created)
    return _is_untouched(info) and (made is None or ctx.clock.now() - made.timestamp() <= YOUNG)


def _is_running(info: BatchRequestInfo) -> bool:
    return info.was_started and not info.is_final


def _is_finished(ctx: Context, info: BatchRequestInfo, spec: Spec, own: Sequence[BatchRequestInfo]) -> bool:
    """Whether it has computed what is asked for, and its results are still its own."""
    if not info.phase.is_success:
        return False
    wrote = wrote_results(ctx, info.id, spec.inputs)
    if wrote is not None:
        return wrote
    # A path that several requests share: a later one may have written over it.
    later = [other for other in own if other.was_started and (other.created or "") > (info.created or "")]
    return not later


def _untold(info: BatchRequestInfo, why: SentinelHubError) -> Conflict:
    return Conflict(
        "cannot tell whether another stack holds batch request",
        subject=info.id,
        why=f"it is {info.status} (made {info.created}), bears this declaration's mark and has computed what "
        f"is asked for; {why}",
        next_step=f'Run the command again; or take it with adopt_id="{info.id}"; or, to compute it again, '
        "give this declaration another name",
    )


def _runs_already(
    info: BatchRequestInfo, held: Holder | SentinelHubError | None, *, asks_same: bool
) -> Conflict:
    untold = (
        f"; whether another stack holds it cannot be told: {held}"
        if isinstance(held, SentinelHubError)
        else ""
    )
    if asks_same:
        computes = "the same"
        way_out = f'Take it over with adopt_id="{info.id}", or cancel it, then run `pulumi up` again'
    else:
        computes = "something else"
        way_out = "Wait until it has ended, or cancel it, then run `pulumi up` again"
    return Conflict(
        "a job of this declaration is running already, which this create does not own: batch request",
        subject=info.id,
        why=f"it is {info.status} (made {info.created}), bears this declaration's mark and computes "
        f"{computes}; a second one would run beside it{untold}",
        next_step=f"{way_out}",
    )


def _runs_before_its_end(info: BatchRequestInfo) -> Conflict:
    return Conflict(
        "cannot replace before it has ended: batch request",
        subject=info.id,
        why=f"it is {info.status} (made {info.created}); the engine makes the new one first, as with "
        "--replace, and a second job would run beside it",
        next_step="Set deleteBeforeReplace in the options of the resource, or cancel it with a run until "
        '"cancelled", then run `pulumi up` again',
    )


def _after_lost_answer(ctx: Context, key: str, spec: Spec, lost: AnswerLost) -> BatchRequestInfo:
    """Look for as long as a new request may be invisible."""
    wanted = spec.fingerprint
    for pause in LOOKS:
        if pause and ctx.patience.rest(pause):
            break
        if info := _seen(ctx, key, wanted):
            return info
    raise _not_seen(lost.why or lost.what) from lost


def _appears(ctx: Context, key: str, spec: Spec, until: float) -> BatchRequestInfo | None:
    """The request of an earlier POST whose answer was lost; None when it is not seen ``until`` then."""
    wanted = spec.fingerprint
    for pause in chain(LOOKS[1:], repeat(LOOKS[-1])):
        left = until - ctx.clock.monotonic()
        if left <= 0:
            break
        if ended := ctx.patience.rest(min(pause, left)):
            raise _not_seen(f"while it was looked for, {ended.value}")
        if info := _seen(ctx, key, wanted):
            return info
    return None


def _seen(ctx: Context, key: str, wanted: str) -> BatchRequestInfo | None:
    """An untouched request of this declaration that nobody else has, if one can be seen."""
    for info in _look(ctx):
        own = info.mark == key and _is_untouched(info) and not _is_taken(ctx, key, info.id)
        if not own or info.spec.fingerprint != wanted:
            continue
        if not isinstance(holders.found(ctx.holder, info.id, ctx.patience), Holder):
            return info
    return None


def _not_seen(why: str) -> AnswerLost:
    return AnswerLost(
        "the answer to the creation of a batch request was lost, and no such request can be seen",
        why=why,
        next_step="Run `pulumi up` again: it looks for it before it makes one. Nothing was started",
    )


def _time(text: str | None) -> datetime | None:
    try:
        made = datetime.fromisoformat((text or "").replace("Z", "+00:00"))
    except ValueError:
        return None
    return made if made.tzinfo else None
