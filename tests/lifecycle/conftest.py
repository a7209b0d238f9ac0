"""The real lifecycles and the real client against an in-process sandbox, all on one clock turned by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from requests.adapters import BaseAdapter

from pulumi_sentinelhub.batch.api import Abilities
from pulumi_sentinelhub.batch.generations import GENERATIONS
from pulumi_sentinelhub.config.settings import Credentials, Settings
from pulumi_sentinelhub.errors import BucketError
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.waiting.patience import Patience
from sentinelhub_sandbox import Sandbox
from tests.support import inputs, service
from tests.support.clock import HandClock
from tests.support.contexts import Clients, on_service
from tests.support.direct import Direct
from tests.support.sandbox import Controls, Near, running, settings_of


@dataclass
class World:
    """One sandbox, its clients, one clock; the contexts that operations are given.

    Attributes:
        files: what the service leaves in buckets by itself.
        buckets: which results there are; None: no test asks.
        adapter: makes the clients' transport.
    """

    sandbox: Sandbox
    clock: HandClock
    controls: Controls
    settings: Settings
    files: service.Buckets
    said: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    buckets: Any = None
    adapter: Callable[[], BaseAdapter] | None = None

    @classmethod
    def on(cls, sandbox: Sandbox, clock: HandClock, generation: str = "v1") -> World:
        """A world on this sandbox, emptied."""
        controls = Near(sandbox)
        controls.reset()
        clock.reset()
        settings = settings_of(sandbox.endpoints, generation)
        world = cls(sandbox, clock, controls, settings, service.Buckets(sandbox))
        world.files = service.Buckets(sandbox, world._has_objects)
        world.adapter = lambda: Direct(sandbox)
        return world

    @property
    def generation(self) -> str:
        """The generation of the API that new requests are made in."""
        return self.settings.api_version

    @property
    def abilities(self) -> Abilities:
        """What that generation can do."""
        return GENERATIONS[self.generation].abilities

    def moved_to(self, generation: str) -> World:
        """The same account and program with another ``apiVersion``."""
        moved = replace(self, settings=replace(self.settings, api_version=generation))
        moved.files = service.Buckets(self.sandbox, moved._has_objects)
        return moved

    def context(
        self,
        deadline: float = 86_400.0,
        cancel: threading.Event | None = None,
        credentials: Credentials | None = None,
        **changes: Any,
    ) -> Context:
        """A fresh process: nothing is remembered but what the state and the service hold.

        It has its token, how it got that is tried in ``tests/batch`` and ``tests/faults``.
        """
        settings = replace(self.settings, credentials=credentials or self.settings.credentials)
        clients = None
        if "connect" not in changes:
            clients = Clients(settings, self.clock, self.adapter).given_a_token(self.sandbox)
        return on_service(
            settings,
            clients,
            Patience.lasting(self.clock, deadline, cancel),
            **{
                "storage": lambda: self.files,
                "progress": self.said.append,
                "warn": self.warned.append,
                "note": self.noted.append,
                **changes,
            },
        )

    def _has_objects(self, bucket: str, prefix: str, *, ignoring: Any) -> bool:
        assert self.buckets is not None, "no bucket is looked at in this test"
        return bool(self.buckets.has_objects(bucket, prefix, ignoring=ignoring))

    def requests(self) -> list[dict[str, Any]]:
        """All requests, as the service itself sees them, in v1's words."""
        return service.all_requests(self.sandbox)

    def option(self, **options: float | None) -> None:
        """Change options of the sandbox, until it is emptied."""
        self.controls.control("PUT", "options", options)

    def force(self, request_id: str, **wish: Any) -> None:
        """Change a request behind everybody's back; in v1's words, and HALTED."""
        service.force(self.sandbox, request_id, wish)

    def results(self, found: bool | None) -> None:
        """Let every bucket hold results, or none; None: no bucket can be looked into."""
        self.buckets = Results(found)

    def made(self) -> list[str]:
        """Ids of all requests that the service holds."""
        return [info.id for info in self.context().batch().list_requests()]

    def calls(self, method: str, path: str = "/batch") -> list[str]:
        """Paths of the calls so far."""
        return [call["path"] for call in self.controls.journal(method, path)]


class Results:
    """A bucket service that knows only whether there are results."""

    def __init__(self, found: bool | None) -> None:
        self.found = found

    def has_objects(self, bucket: str, prefix: str, *, ignoring: Any) -> bool:
        if self.found is None:
            raise BucketError("cannot list the objects of bucket", subject=bucket)
        return self.found


@pytest.fixture(scope="session")
def hand_clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def state_sandbox(hand_clock: HandClock) -> Iterator[Sandbox]:
    """A sandbox that keeps states only, so that a job of hours takes no time."""
    with running(hand_clock, analysis_seconds=40, processing_seconds=600) as sandbox:
        yield sandbox


@pytest.fixture
def world(hand_clock: HandClock, state_sandbox: Sandbox) -> World:
    """The sandbox, empty."""
    return World.on(state_sandbox, hand_clock)


@pytest.fixture
def world_v2(world: World) -> World:
    """The same, where new requests are made on API v2."""
    return world.moved_to("v2")


@pytest.fixture
def declared() -> dict[str, Any]:
    """A small valid declaration of a batch request, away from the tiles of other tests."""
    return inputs.declared("a job", process_request=inputs.process_request(bbox=(8.7, 41.9, 9.1, 42.2)))
