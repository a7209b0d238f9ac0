"""Whose credentials are at work: a remote object is touched only as its own account, at its own service.

With another account's credentials, or at another address, everything that the state knows reads as gone: to
believe that would empty the state while jobs go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ...errors import Elsewhere, NotFound, SentinelHubError
from ..context import Context
from ..tables.common import ACCOUNT, SERVICE

_RECORDED: Final = (SERVICE.name, ACCOUNT.name)


def origin(ctx: Context) -> dict[str, Any]:
    """What the state keeps of whose a remote object is."""
    known = {"service": ctx.service or None, "account_id": ctx.account()}
    return {key: value for key, value in known.items() if value is not None}


def recorded(olds: Mapping[str, Any]) -> dict[str, Any]:
    """What the state has kept of whose it is; nothing in states of 0.1.0."""
    return {key: olds[key] for key in _RECORDED if olds.get(key) is not None}


def require_own(
    ctx: Context, what: str, subject: str, olds: Mapping[str, Any], find: Callable[[], object]
) -> None:
    """Refuse to go on as another account, or at another address where the object is not.

    Args:
        ctx: the surroundings.
        what: completes "cannot …", e.g. ``"delete batch request"``.
        subject: the id.
        olds: the recorded outputs.
        find: one look at the object; raises NotFound.

    Raises:
        Elsewhere: naming both accounts and both addresses.
    """
    account, service = olds.get("account_id"), olds.get("service")
    if account is not None and not ctx.is_account(str(account)):
        raise _elsewhere(ctx, what, subject, olds)
    if service is None or service == ctx.service:
        return
    try:
        find()
    except NotFound:
        raise _elsewhere(ctx, what, subject, olds) from None


def require_own_to_let_go(ctx: Context, what: str, subject: str, olds: Mapping[str, Any]) -> None:
    """Refuse to forget another account's object, where nothing is asked of the service otherwise.

    Without credentials, or where they tell no account, it can be let go: nothing happens to it.

    Raises:
        Elsewhere: naming both accounts.
    """
    account = olds.get("account_id")
    try:
        own = account is None or ctx.is_account(str(account))
    except SentinelHubError:
        own = True
    if not own:
        raise _elsewhere(ctx, what, subject, olds)


def warn_if_moved(ctx: Context, id: str, olds: Mapping[str, Any]) -> None:
    """At preview no call is made; a changed address is told all the same."""
    service = olds.get("service")
    if service is not None and ctx.service and service != ctx.service:
        ctx.warn(
            f"{id} was made at {service}, the configuration says {ctx.service}: "
            "nothing is done to it unless it is found there"
        )


def _elsewhere(ctx: Context, what: str, subject: str, olds: Mapping[str, Any]) -> SentinelHubError:
    now = ctx.account() or "an unknown account"
    return Elsewhere(
        f"cannot {what}",
        subject=subject,
        why=f"it belongs to account {olds.get('account_id', '(not recorded)')} at {olds.get('service')}; the "
        f"credentials at work are those of {now} at {ctx.service}",
        next_step="Use the credentials and the address that it was made with (destroy and refresh use the "
        "config of the last `up` unless --run-program is given). Nothing was changed",
    )
