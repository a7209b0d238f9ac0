"""The surroundings of one operation, as a fresh process of the provider makes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pulumi_sentinelhub.batch.generations import GENERATIONS
from pulumi_sentinelhub.batch.statuses import Reader, StatusBoard
from pulumi_sentinelhub.batch.v1.client import BatchClient
from pulumi_sentinelhub.config.deployments import DEPLOYMENTS
from pulumi_sentinelhub.config.settings import Settings
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.waiting.patience import Patience


def without_service(patience: Patience, reached: Callable[..., Any], **changes: Any) -> Context:
    """Those of an operation that reaches neither the service nor a bucket.

    Args:
        patience: clock, cancellation and deadline of the operation.
        reached: what happens where it tries; it raises.
        **changes: of :class:`Context`; the deployment is the usual one.
    """
    usual: dict[str, Any] = {
        "deployment": DEPLOYMENTS["aws-eu-central-1"],
        "connect": reached,
        "generations": GENERATIONS,
        "generation": GENERATIONS["v1"],
        "statuses": reached,
        "storage": reached,
        "patience": patience,
    }
    return Context(**{**usual, **changes})


def on_service(settings: Settings, client: BatchClient, patience: Patience, **changes: Any) -> Context:
    """Those of an operation on this service through this client: nothing is remembered from before.

    Args:
        settings: where the service is.
        client: of that service; all calls end with the patience.
        patience: clock, cancellation and deadline of the operation.
        **changes: of :class:`Context`; without ``storage`` it is a failure to look into a bucket.
    """
    bound = client.bound(patience)
    reader = Reader(StatusBoard(patience.clock), lambda _: bound, patience)
    usual: dict[str, Any] = {
        "deployment": settings.deployment,
        "connect": lambda _: bound,
        "statuses": lambda: reader,
        "service": settings.base_url,
        "account": bound.account_id,
        "is_account": lambda recorded: recorded == bound.account_id(),
    }
    return without_service(patience, no_call_is_due, **{**usual, **changes})


def no_call_is_due(*_: object) -> Any:
    """Fail the test."""
    raise AssertionError("no call is due")
