"""The surroundings of one operation, as a fresh process of the provider makes them."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from pulumi_sentinelhub.batch.generations import GENERATIONS
from pulumi_sentinelhub.batch.http.connection import Connection
from pulumi_sentinelhub.batch.statuses import Reader, StatusBoard
from pulumi_sentinelhub.batch.v1.client import BatchClient as V1Client
from pulumi_sentinelhub.batch.v2.client import BatchClient as V2Client
from pulumi_sentinelhub.config.deployments import DEPLOYMENTS
from pulumi_sentinelhub.config.settings import Settings
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.lifecycle.ownership.ledger import Ledger
from pulumi_sentinelhub.waiting.clock import Clock
from pulumi_sentinelhub.waiting.patience import Patience

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

    from pulumi_sentinelhub.batch.api import BatchService
    from sentinelhub_sandbox import Sandbox


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


class Clients:
    """The clients of one process, one a generation, on one connection.

    Attributes:
        connection: theirs, with its token.

    Args:
        settings: where the service is.
        clock: time.
        adapter: makes their transport adapter.
    """

    def __init__(
        self, settings: Settings, clock: Clock, adapter: Callable[[], BaseAdapter] | None = None
    ) -> None:
        self._settings = settings
        self.connection = Connection.to(settings, adapter)
        self._v1 = V1Client(settings, clock=clock, connection=self.connection)
        self._v2 = V2Client(settings, clock=clock, connection=self.connection)

    def given_a_token(self, sandbox: Sandbox) -> Clients:
        """The same, which have asked for their token already; it lasts."""
        credentials = self._settings.credentials
        assert credentials is not None
        issued = sandbox._tokens.issue(credentials.client_id, credentials.client_secret)
        tokens = self.connection.tokens
        tokens._token, tokens._renew_at = issued["access_token"], math.inf
        return self

    def of(self, generation: str, patience: Patience) -> BatchService:
        """That of a generation; all its calls end with the patience."""
        return self._v1.bound(patience) if generation == "v1" else self._v2.bound(patience)


def on_service(settings: Settings, clients: Clients | None, patience: Patience, **changes: Any) -> Context:
    """Those of an operation on this service: nothing is remembered from before.

    Args:
        settings: where the service is, and the generation of its API for what is new.
        clients: of that service; None where ``connect`` is among the changes.
        patience: clock, cancellation and deadline of the operation.
        **changes: of :class:`Context`; without ``storage`` it is a failure to look into a bucket.
    """
    ledger = changes.get("ledger") or Ledger()
    connect = changes.get("connect")
    if connect is None:
        assert clients is not None
        connect = partial(clients.of, patience=patience)
    reader = reader_of(connect, settings.api_version, ledger, patience)
    usual: dict[str, Any] = {
        "deployment": settings.deployment,
        "connect": connect,
        "generation": GENERATIONS[settings.api_version],
        "ledger": ledger,
        "statuses": lambda: reader,
        "service": settings.base_url,
        "account": lambda: connect(settings.api_version).account_id(),
        "is_account": lambda recorded: recorded == connect(settings.api_version).account_id(),
    }
    return without_service(patience, no_call_is_due, **{**usual, **changes})


def reader_of(
    connect: Callable[[str], BatchService], generation: str, ledger: Ledger, patience: Patience
) -> Reader:
    """Reads states as the session's reader does: each where its request lives."""

    def service_of(id: str) -> BatchService:
        return connect(ledger.generation_of(id) or generation)

    return Reader(StatusBoard(patience.clock), service_of, patience)


def no_call_is_due(*_: object) -> Any:
    """Fail the test."""
    raise AssertionError("no call is due")
