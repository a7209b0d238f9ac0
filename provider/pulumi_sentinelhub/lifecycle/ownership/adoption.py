"""Taking over a batch request by its id, such as one that a notebook has made: an import, without a POST.

What the declaration does not say comes from the service. What it says must be there, since nothing but the
description and the collection link can be changed; a difference is found at preview, by one look. Once
adopted, ``adopt_id`` may be taken out of the program, as one does with an import.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...batch.api import BatchRequestInfo
from ...errors import InputError, NotFound, SentinelHubError
from ...finding import Finding, Severity
from ...values import contains_unknown, is_unknown, same
from ..context import Context
from . import holders
from .ledger import key_of, two_holders

_WAY_OUT = "leave it out to take what the service has, or declare what it has"


def is_adopted(olds: Mapping[str, Any]) -> bool:
    """Whether the recorded object was taken over by its id; in states of 0.1.0 their ``adopt_id`` tells."""
    return bool(olds.get("adopted", olds.get("adopt_id") is not None))


def default_on_delete(olds: Mapping[str, Any], otherwise: str) -> str:
    """What destroy does where nothing is said: what somebody else made is left."""
    return "leave" if is_adopted(olds) else otherwise


def on_delete_of(olds: Mapping[str, Any], otherwise: str) -> str:
    """What destroy does with the remote object, by the recorded outputs.

    States of 0.1.0 do not tell an adopted object's default from the user's word: it is left.
    """
    if "adopted" not in olds and olds.get("adopt_id"):
        return "leave"
    return str(olds.get("on_delete") or default_on_delete(olds, otherwise))


def adoption_report(
    ctx: Context, olds: Mapping[str, Any], inputs: Mapping[str, Any]
) -> tuple[list[Finding], list[Finding]]:
    """What stands against adopting, and what is adopted.

    Both are empty where nothing is to be adopted, or the service cannot be asked: the create asks again.

    Args:
        ctx: the surroundings.
        olds: the inputs of the last time.
        inputs: the inputs now.
    """
    adopt_id = inputs.get("adopt_id")
    if adopt_id is None or is_unknown(adopt_id) or olds.get("adopt_id") == adopt_id:
        return [], []
    key = key_of(inputs)
    if ctx.ledger.is_held_by_another(str(adopt_id), key):
        return [Finding("adopt_id", str(two_holders(str(adopt_id), "batch request")))], []
    ctx.ledger.adopt(str(adopt_id), key)
    try:
        info = ctx.batch().get_request(str(adopt_id))
    except NotFound:
        reason = f"names {adopt_id}, which the service does not know"
        return [Finding("adopt_id", reason, "give another id")], []
    except SentinelHubError:
        return [], []
    failures = [
        Finding(name, f"differs from batch request {adopt_id}, which is to be adopted", _WAY_OUT)
        for name in _differing(inputs, info)
    ]
    notes = [] if failures or olds else [_introduced(info)]
    return failures, notes if failures else [*notes, *_held_elsewhere(ctx, info.id)]


def _held_elsewhere(ctx: Context, id: str) -> Iterator[Finding]:
    if holder := holders.elsewhere(ctx.holder, id, ctx.urn, ctx.patience):
        reason = (
            f"names batch request {id}, which {holder} holds: both would start, cancel and delete one job"
        )
        yield Finding("adopt_id", reason, holders.forgetting(holder), Severity.WARNING)


def adopted(ctx: Context, adopt_id: str, news: Mapping[str, Any]) -> BatchRequestInfo:
    """The request to adopt, with the declared description.

    Raises:
        NotFound: there is no such request.
        InputError: it differs from the declaration in what cannot be changed in place, or another declaration
            of the stack holds it.
    """
    service = ctx.batch()
    info = service.get_request(adopt_id)
    if differing := _differing(news, info):
        raise InputError(
            "cannot adopt batch request",
            subject=adopt_id,
            why=f"the declaration differs in {', '.join(differing)}, which cannot be changed in place",
            next_step=f"For each, {_WAY_OUT}",
        )
    ctx.ledger.hold(info.id, key_of(news))
    ctx.ledger.take_over(info.id)
    description = news.get("description")
    if description is not None and description != info.description:
        info = service.update_request(info.id, description=str(description))
    return info


def _introduced(info: BatchRequestInfo) -> Finding:
    """One line on what is to be adopted, for the preview."""
    described = f'"{info.description}"' if info.description else "without a description"
    origin = "made by another declaration of this provider" if info.mark else "made by hand or a script"
    maker = f", by user {info.user_id}" if info.user_id else ""
    return Finding(
        "",
        f"adopts batch request {info.id}: {described}, {info.status}, made {info.created}{maker}, {origin}",
        "no new one is made, and destroy leaves it as it is unless on_delete says otherwise",
        Severity.NOTE,
    )


def _differing(inputs: Mapping[str, Any], info: BatchRequestInfo) -> list[str]:
    """Declared inputs that ask for something else than the request does."""
    there = info.spec.parts
    differing = []
    for name, value in inputs.items():
        if contains_unknown(value):
            continue
        for member, asked in info.generation.declared({name: value}).parts.items():
            if not same(asked, there.get(member)):
                differing.append(name)
    return sorted(differing)
