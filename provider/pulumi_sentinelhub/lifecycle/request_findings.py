"""What the check of a batch request finds beside its payload: access to the bucket, and the price."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from ..finding import Finding, Severity
from ..preview.estimate import Estimate, Skipped, estimate_request
from ..values import contains_unknown
from .context import Context
from .ownership.ledger import key_of


def access(ctx: Context, inputs: Mapping[str, Any], generation: str) -> list[Finding]:
    """Previews may lack the keys, as those of pull requests do; an update would be refused by the service."""
    if not ctx.generations[generation].abilities.carries_access:
        return []
    if inputs.get("role_arn") is not None:
        if not ctx.has_keys:
            return []
        fix = "remove one of them: the service takes a role or keys"
        return [Finding("role_arn", "is given, and keys are configured, too", fix)]
    if ctx.has_keys or "adopt_id" in inputs:
        return []
    reason = "is missing, and no keys are configured: the service will not get at the bucket"
    fix = "give role_arn, or set sentinelhub:deliveryAccessKeyId and deliverySecretAccessKey"
    return [Finding("role_arn", reason, fix, Severity.WARNING)]


def priced(ctx: Context, inputs: Mapping[str, Any], generation: str, *, told: bool) -> list[Finding]:
    """Keep the estimate for the run that will start it, and, where it is to be told, tell it."""
    price = cache(partial(_price, inputs, generation))
    ctx.ledger.quote(key_of(inputs), lambda: _estimate(price()))
    found = price() if told else None
    return [] if found is None else [Finding("", str(found), severity=Severity.NOTE)]


def _price(inputs: Mapping[str, Any], generation: str) -> Estimate | Skipped | None:
    """What it may cost, or why that is not told; None where something that is needed is unknown."""
    if "adopt_id" in inputs or contains_unknown(inputs.get("process_request")):
        return None
    return estimate_request(inputs, generation)


def _estimate(price: Estimate | Skipped | None) -> Estimate | None:
    return price if isinstance(price, Estimate) else None
