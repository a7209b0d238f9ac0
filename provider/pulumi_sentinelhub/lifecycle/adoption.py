"""Taking over a batch request that exists already, such as one that a notebook has made: no second POST.

What the declaration does not say comes from the service. What it says must be there, since nothing but the
description and the collection link can be changed; a difference is found at preview, by one look.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..batch.models import BatchRequestInfo
from ..batch.v1.payload import canonical, payload_of
from ..errors import InputError, NotFound, SentinelHubError
from ..values import contains_unknown, is_unknown, same
from .context import Context
from .contract import CheckFailure

_MEND = "leave it out to take what the service has, or declare what it has"


def adoption_failures(ctx: Context, olds: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[CheckFailure]:
    """What stands against adopting; nothing where the service cannot be asked: the create asks again."""
    adopt_id = inputs.get("adopt_id")
    if adopt_id is None or is_unknown(adopt_id):
        return []
    try:
        info = ctx.connect().get_request(str(adopt_id))
    except NotFound:
        if olds.get("adopt_id") == adopt_id:
            # It was there once: what became of it is a matter of refresh.
            return []
        return [
            CheckFailure("adopt_id", f"names {adopt_id}, which the service does not know; give another id")
        ]
    except SentinelHubError:
        return []
    return [
        CheckFailure(name, f"differs from batch request {adopt_id}, which is to be adopted; {_MEND}")
        for name in _differing(inputs, info)
    ]


def adopted(ctx: Context, adopt_id: str, news: Mapping[str, Any]) -> BatchRequestInfo:
    """The request to adopt, with the declared description.

    Raises:
        NotFound: there is no such request.
        InputError: it differs from the declaration in what cannot be changed in place.
    """
    service = ctx.connect()
    info = service.get_request(adopt_id)
    if differing := _differing(news, info):
        raise InputError(
            "cannot adopt batch request",
            subject=adopt_id,
            why=f"the declaration differs in {', '.join(differing)}, which cannot be changed in place",
            next_step=f"For each, {_MEND}",
        )
    ctx.claims.claim(info.id)
    description = news.get("description")
    if description is not None and description != info.description:
        info = service.update_request(info.id, description=str(description))
    return info


def _differing(inputs: Mapping[str, Any], info: BatchRequestInfo) -> list[str]:
    """Declared inputs that ask for something else than the request does."""
    there = canonical(info.raw)
    differing = []
    for name, value in inputs.items():
        if contains_unknown(value):
            continue
        for member, asked in canonical(payload_of({name: value})).items():
            if not same(asked, there.get(member)):
                differing.append(name)
    return sorted(differing)
