"""The sandbox as an account in which calls go wrong, and operations that run on a clock turned by hand."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import requests
from urllib3 import HTTPResponse

from pulumi_sentinelhub.batch.api import Abilities
from pulumi_sentinelhub.batch.generations import GENERATIONS
from pulumi_sentinelhub.config.settings import Settings
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.waiting.patience import Patience
from sentinelhub_sandbox import Sandbox
from sentinelhub_sandbox.faults import Fault as Rule
from tests.support import service
from tests.support.clock import HandClock
from tests.support.contexts import Clients, no_call_is_due, on_service, without_service
from tests.support.direct import Direct
from tests.support.sandbox import runs

#: Seconds that each operation is given.
DEADLINE = 1200.0
#: Seconds between two looks; the default schedule has tests of its own.
POLL_INTERVAL = 15.0


@dataclass
class Meddling:
    """What happens on the client's side of the wire to calls that match.

    Attributes:
        effect: sends the call on, or not, and says what the client sees.
        times: calls that are still to be hit.
    """

    method: str
    path: re.Pattern[str]
    effect: Callable[[Callable[[], requests.Response]], requests.Response]
    times: int


class Wire(Direct):
    """The client's connections, all calls through the account's meddling."""

    def __init__(self, account: Account) -> None:
        super().__init__(account.sandbox)
        self._account = account

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        meddling = self._account.meddling
        if (
            meddling is not None
            and meddling.times > 0
            and request.method == meddling.method
            and meddling.path.search(request.path_url)
        ):
            meddling.times -= 1
            self._account.hits += 1
            return meddling.effect(lambda: super(Wire, self).send(request, *args, **kwargs))
        return super().send(request, *args, **kwargs)


@dataclass
class Account:
    """One sandbox, the client's side of it, and what was said.

    Attributes:
        hits: calls that were hit on the client's side.
        buckets: what v2 has left in the buckets since the last reset.
    """

    sandbox: Sandbox
    clock: HandClock
    settings: Settings
    meddling: Meddling | None = None
    hits: int = 0
    said: list[str] = field(default_factory=list)
    buckets: service.Buckets = field(init=False)
    _earlier: Clients | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.buckets = service.Buckets(self.sandbox)

    def context(self, clients: Clients | None = None, deadline: float = DEADLINE, **changes: Any) -> Context:
        """A fresh process, given so many seconds: it knows nothing but what state and service hold."""
        return on_service(
            self.settings,
            clients or self._clients(),
            Patience.lasting(self.clock, deadline),
            **{
                "storage": lambda: self.buckets,
                "poll_interval": POLL_INTERVAL,
                "progress": self.said.append,
                "warn": self.said.append,
                **changes,
            },
        )

    def with_a_token(self, deadline: float = DEADLINE) -> Context:
        """A process that has its token, and remembers nothing else."""
        return self.context(self._clients().given_a_token(self.sandbox), deadline)

    def offline(self) -> Context:
        """A process that is to make no call."""
        patience, generation = Patience(self.clock), GENERATIONS[self.settings.api_version]
        return without_service(
            patience, no_call_is_due, deployment=self.settings.deployment, generation=generation
        )

    def before(self) -> Context:
        """An earlier process, for what there is before an operation: it has its token."""
        if self._earlier is None:
            self._earlier = self._clients().given_a_token(self.sandbox)
        return self.context(self._earlier)

    def _clients(self) -> Clients:
        return Clients(self.settings, self.clock, lambda: Wire(self))

    def reset(self, generation: str) -> None:
        """An empty account, in which nothing goes wrong; new requests are made on this generation."""
        self.settings = replace(self.settings, api_version=generation)
        self.fix()
        self.sandbox.reset()
        self.buckets = service.Buckets(self.sandbox)
        self.hits, self._earlier = 0, None  # the sandbox forgets its tokens, too
        self.said.clear()
        self.clock.reset()

    def fix(self) -> None:
        """From now on nothing goes wrong."""
        self.sandbox.faults.clear()
        self.meddling = None

    def break_calls(
        self, method: str, path: str, then: Any, times: int, service: str = "sentinelhub"
    ) -> None:
        """Let calls go wrong: by the sandbox, or on the client's side where ``then`` is a function."""
        if callable(then):
            effect: Any = then
            self.meddling = Meddling(method, re.compile(path), lambda go_on: effect(self, go_on), times)
            return
        rule = {"service": service, "method": method, "path": path, "times": times, "then": then}
        self.sandbox.faults.add(Rule.parse(rule))

    def journal(self, method: str = "", path: str = "") -> list[Mapping[str, Any]]:
        """The calls so far that were carried out or refused, by method and pattern of the path."""
        found = self.sandbox.journal.entries()
        return [c for c in found if method in ("", c["method"]) and re.search(path, c["path"])]

    def carried_out(self, method: str, path: str) -> list[str]:
        """Paths of the calls that had an effect, whatever the client has seen of it."""
        calls = self.journal(method, path)
        real = [c for c in calls if c.get("fault") != "answer" and c["status"] is not None]
        return [c["path"] for c in real if 200 <= c["status"] < 300]

    @property
    def abilities(self) -> Abilities:
        """What the generation of the API can do that new requests are made in."""
        return GENERATIONS[self.settings.api_version].abilities

    def requests(self) -> dict[str, dict[str, Any]]:
        """All requests as they are, in v1's words, by id."""
        return {one["id"]: one for one in service.all_requests(self.sandbox)}

    def collections(self) -> list[dict[str, Any]]:
        """All collections."""
        account = self.before().account()
        return list(self.sandbox.v1.collections.all(account or ""))

    def active(self) -> list[str]:
        """Ids of the requests that run or are about to."""
        return [id for id, request in self.requests().items() if runs(request)]

    def force(self, request_id: str, **wish: Any) -> None:
        """Change a request behind everybody's back."""
        service.force(self.sandbox, request_id, wish)
        self.clock.seconds += 5

    def revoke_tokens(self) -> None:
        """Make all tokens bad."""
        self.sandbox._tokens.revoke_all()


def with_unknowns(response: requests.Response) -> requests.Response:
    """The answer as a later version of the service may give it: unknown members, an unknown status."""
    try:
        body = json.loads(response.content)
    except ValueError:
        return response
    strange = json.dumps(_strange(body)).encode()
    response.raw = HTTPResponse(io.BytesIO(strange), status=response.status_code, preload_content=False)
    response.headers.pop("Content-Encoding", None)
    return response


def _strange(value: Any) -> Any:
    if isinstance(value, list):
        return [_strange(item) for item in value]
    if isinstance(value, dict):
        told = {key: _strange(item) for key, item in value.items() if key not in ("processRequest", "error")}
        whole = {**value, **told, "addedLater": {"by": ["a", "later", "version"]}}
        return {**whole, "status": "ARCHIVED"} if "status" in value else whole
    return value
