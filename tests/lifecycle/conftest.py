"""The real lifecycles and the real client against an in-process sandbox, all on one clock turned by hand."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_sentinelhub.batch.generations import GENERATIONS
from pulumi_sentinelhub.batch.statuses import Reader, StatusBoard
from pulumi_sentinelhub.batch.v1.client import BatchClient
from pulumi_sentinelhub.config.settings import Settings, resolve_settings
from pulumi_sentinelhub.errors import BucketError
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.waiting.patience import Patience
from sentinelhub_sandbox import Sandbox, SandboxOptions
from tests.e2e.harness import Sandbox as Controls

if TYPE_CHECKING:
    from pulumi_sentinelhub.s3.buckets import BucketClient


class HandClock:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0
        self.naps: list[float] = []
        self.during_sleep: list[Any] = []

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float, cancel: threading.Event | None = None) -> bool:
        self.naps.append(seconds)
        self.seconds += max(seconds, 0.0)
        if self.during_sleep:
            self.during_sleep.pop(0)()
        return cancel is not None and cancel.is_set()


@dataclass
class World:
    """One sandbox, one client, one clock; the contexts that operations are given."""

    clock: HandClock
    controls: Controls
    settings: Settings
    said: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    buckets: BucketClient | None = None

    def context(
        self, deadline: float = 86_400.0, cancel: threading.Event | None = None, **changes: Any
    ) -> Context:
        """A fresh process: nothing is remembered but what the state and the service hold."""
        client = BatchClient(self.settings, clock=self.clock)
        patience = Patience.lasting(self.clock, deadline, cancel or threading.Event())
        reader = Reader(StatusBoard(self.clock), lambda _: client.bound(patience), patience)
        here = Context(
            deployment=self.settings.deployment,
            connect=lambda _: client,
            generations=GENERATIONS,
            generation=GENERATIONS["v1"],
            statuses=lambda: reader,
            storage=self._storage,
            patience=patience,
            progress=self.said.append,
            warn=self.warned.append,
            service=self.settings.base_url,
            account=client.account_id,
            is_account=lambda recorded: recorded == client.account_id(),
        )
        return replace(here, **changes)

    def _storage(self) -> BucketClient:
        assert self.buckets is not None, "no bucket is looked at in this test"
        return self.buckets

    def results(self, found: bool | None) -> None:
        """Let every bucket hold results, or none; None: no bucket can be looked into."""
        self.buckets = Results(found)  # type: ignore[assignment] # only this question is asked

    def calls(self, method: str, path: str = "/api/v1/batch") -> list[str]:
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


def settings_of(endpoints: dict[str, Any]) -> Settings:
    """Settings as a stack configured for this sandbox has them."""
    environ = {
        "SH_CLIENT_ID": endpoints["client_id"],
        "SH_CLIENT_SECRET": endpoints["client_secret"],
        "SH_BASE_URL": endpoints["base_url"],
        "SH_TOKEN_URL": endpoints["token_url"],
    }
    return resolve_settings(lambda _: None, environ)


@pytest.fixture(scope="session")
def hand_clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def state_sandbox(hand_clock: HandClock) -> Iterator[Sandbox]:
    """A sandbox that keeps states only, so that a job of hours takes no time."""
    options = SandboxOptions(
        render=False, clock=hand_clock.now, analysis_seconds=40, processing_seconds=600, token_seconds=86_400
    )
    with Sandbox(options) as sandbox:
        yield sandbox


@pytest.fixture
def world(hand_clock: HandClock, state_sandbox: Sandbox) -> World:
    """The sandbox, empty."""
    controls = Controls(state_sandbox)  # type: ignore[arg-type] # it has endpoints, which is all that is used
    controls.reset()
    hand_clock.naps.clear()
    hand_clock.during_sleep.clear()
    return World(hand_clock, controls, settings_of(state_sandbox.endpoints))


def key(name: str) -> str:
    """A declaration's key, as the program makes it."""
    return hashlib.sha256(name.encode()).hexdigest()[:20]


EVALSCRIPT = """//VERSION=3
function setup() {
  return {input: ["B04"], output: {id: "default", bands: 1, sampleType: "UINT16"}};
}
function evaluatePixel(sample) { return [sample.B04]; }
"""


@pytest.fixture
def declared() -> dict[str, Any]:
    """A small valid declaration of a batch request."""
    return {
        "process_request": {
            "input": {
                "bounds": {"bbox": [8.7, 41.9, 9.1, 42.2]},
                "data": [
                    {
                        "type": "sentinel-2-l2a",
                        "dataFilter": {
                            "timeRange": {"from": "2019-06-10T00:00:00Z", "to": "2019-06-20T00:00:00Z"}
                        },
                    }
                ],
            },
            "output": {"responses": [{"identifier": "default", "format": {"type": "image/tiff"}}]},
            "evalscript": EVALSCRIPT,
        },
        "tiling_grid": {"id": 0, "resolution": 60},
        "bucket_name": "results",
        "description": "a job",
        "on_delete": "cancel",
        "deployment": "aws-eu-central-1",
        "declaration": key("declared"),
    }
