"""How many calls commands make that have many requests, and how few more as these grow in number."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from pulumi_sentinelhub.batch.http import session
from pulumi_sentinelhub.lifecycle.contract import Remote
from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from pulumi_sentinelhub.lifecycle.run.lifecycle import BATCH_RUN
from pulumi_sentinelhub.lifecycle.session import Operation, Session
from sentinelhub_sandbox import Sandbox
from tests.lifecycle.conftest import World
from tests.lifecycle.runs import run_of
from tests.support import inputs
from tests.support.clock_of_many import ClockOfMany
from tests.support.direct import Direct
from tests.support.moments import Moment
from tests.support.sandbox import running

#: Operations that the engine lets go on at once.
THREADS = 16
PAGE = 100
SIZES = [1, 10, 100]
#: Calls that a command may make once, whatever the number of requests.
FEW = 3


@dataclass
class Quiet:
    """A call and a log of which nothing is asked."""

    urn: str = "urn:pulumi:dev::p::t::n"
    cancel: threading.Event = field(default_factory=threading.Event)
    foretells: bool = False

    def timeout(self, _: Operation) -> float | None:
        return None

    def hush(self, text: str) -> str:
        return text

    def progress(self, _: str, __: str) -> None:
        return None

    info = warning = progress


@dataclass
class Command:
    """One command: one process of the provider, whose operations go on side by side."""

    world: World
    clock: ClockOfMany
    operation: Operation

    def __post_init__(self) -> None:
        there = self.world.sandbox.endpoints
        config = {
            "sentinelhub:clientId": there["client_id"],
            "sentinelhub:clientSecret": there["client_secret"],
            "sentinelhub:baseUrl": there["base_url"],
            "sentinelhub:tokenUrl": there["token_url"],
            "sentinelhub:apiVersion": self.world.generation,
            "sentinelhub:deliveryAccessKeyId": there["aws_access_key_id"],
            "sentinelhub:deliverySecretAccessKey": there["aws_secret_access_key"],
            "sentinelhub:callsPerMinute": "1e9",
        }
        self.session = Session(config.get, {}, Quiet(), self.clock)
        self._before = len(self.journal())

    def all(self, do: Callable[..., Any], *arguments: list[Any]) -> list[Any]:
        """Do it with each of the arguments; the engine begins each of them a moment later."""

        def one(*given: Any) -> Any:
            self.clock.move(0.05)
            return do(self.session.context(Quiet(), self.operation), *given)

        return self.clock.all(THREADS, [partial(one, *each) for each in zip(*arguments, strict=True)])

    def journal(self) -> list[dict[str, Any]]:
        return self.world.controls.journal(path="/batch/process")

    @property
    def calls(self) -> Counter[str]:
        """The calls so far, by method; a read of a page of the list is LIST."""
        calls = self.journal()[self._before :]
        assert not [call for call in calls if call["status"] == 429]
        return Counter("LIST" if _is_list(call) else str(call["method"]) for call in calls)


def _is_list(call: dict[str, Any]) -> bool:
    return call["method"] == "GET" and str(call["path"]).endswith("/process")


@pytest.fixture(scope="module")
def clock() -> ClockOfMany:
    return ClockOfMany()


@pytest.fixture(scope="module")
def sandbox(clock: ClockOfMany) -> Iterator[Sandbox]:
    with running(clock, analysis_seconds=40, processing_seconds=600) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def no_wire(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are counted, whatever carries them."""
    monkeypatch.setattr(session, "LineAdapter", lambda **_: Direct(sandbox))


@pytest.fixture(params=["v1", "v2"])
def world(request: pytest.FixtureRequest, sandbox: Sandbox, clock: ClockOfMany) -> World:
    return World.on(sandbox, clock, request.param)


def declared(number: int) -> dict[str, Any]:
    return inputs.declared(f"job {number}")


#: What was made for an earlier test, by generation and number, and what the service held then.
_made: dict[tuple[str, int], tuple[list[Remote], Moment]] = {}


def make(world: World, clock: ClockOfMany, number: int) -> list[Remote]:
    """So many requests, made by one command, once; later tests find the service as it was then."""
    wanted = (world.generation, number)
    if wanted in _made:
        _made[wanted][1].put_back(world.sandbox, clock)
    else:
        made = Command(world, clock, "create").all(
            BATCH_REQUEST.create, [declared(one) for one in range(number)]
        )
        _made[wanted] = made, Moment.of(world.sandbox, clock)
    return deepcopy(_made[wanted][0])


def run(world: World, clock: ClockOfMany, ids: list[str], **more: Any) -> Remote:
    """A run that has started them all."""
    news = run_of(*ids, until="started", **more)
    started: Remote = Command(world, clock, "create").all(BATCH_RUN.create, [news])[0]
    return started


def columns(made: list[Remote]) -> tuple[list[str], list[Any]]:
    return [one.id for one in made], [one.outputs for one in made]


@pytest.mark.parametrize("number", SIZES)
def test_one_look_for_all_creates(world: World, clock: ClockOfMany, number: int) -> None:
    """What may have been left behind is looked for once; each create is one call then."""
    up = Command(world, clock, "create")
    up.all(BATCH_REQUEST.create, [declared(one) for one in range(number)])
    assert up.calls == {"LIST": 1, "POST": number}


@pytest.mark.parametrize("number", SIZES)
def test_one_list_for_all_refreshes(world: World, clock: ClockOfMany, number: int) -> None:
    """Requests and the run that has them are shown by one list; two are read before it pays."""
    made = make(world, clock, number)
    job = run(world, clock, [one.id for one in made])
    refresh = Command(world, clock, "read")
    seen = refresh.all(BATCH_REQUEST.read, *columns(made))
    assert {one.outputs["user_action"] for one in seen} == {"START"}
    refresh.all(BATCH_RUN.read, [job.id], [job.outputs])
    assert refresh.calls["GET"] == min(number, 2)
    assert refresh.calls["LIST"] == (1 if number > 2 else 0)
    assert refresh.calls.total() <= 2 + -(-number // PAGE)


@pytest.mark.parametrize("number", SIZES)
def test_deletions_of_what_runs_wait_together(world: World, clock: ClockOfMany, number: int) -> None:
    """A cancellation, a deletion where there is one, and lists that all who wait have in common."""
    made = make(world, clock, number)
    run(world, clock, [one.id for one in made])
    clock.move(100)  # they are processed now
    destroy = Command(world, clock, "delete")
    destroy.all(BATCH_REQUEST.delete, *columns(made))
    assert not [one for one in world.requests() if one["status"] != "CANCELED"]
    calls = destroy.calls
    assert calls["POST"] == number
    assert calls["DELETE"] == (number if world.abilities.deletes else 0)
    waves = -(-number // THREADS)
    assert calls["LIST"] + calls["GET"] <= 2 + FEW * waves
    if number == SIZES[-1]:
        assert calls.total() <= 2.1 * number + 2 * waves


@pytest.mark.parametrize("number", [1, 40])
@pytest.mark.parametrize("state", ["idle", "done"])
def test_deletions_of_what_rests(world: World, clock: ClockOfMany, number: int, state: str) -> None:
    """One call each: the deletion, or where there is none the question whether it is idle."""
    made = make(world, clock, number)
    if state == "done":
        for one in made:
            world.force(one.id, status="DONE")
    destroy = Command(world, clock, "delete")
    destroy.all(BATCH_REQUEST.delete, *columns(made))
    each = {"DELETE": number} if world.abilities.deletes else {"PUT": number if state == "idle" else 0}
    calls = destroy.calls
    assert {name: calls[name] for name in each} == each
    assert calls["LIST"] + calls["GET"] <= FEW
    assert calls["POST"] == 0


@pytest.mark.parametrize("number", [1, 40])
def test_a_run_ends_what_it_has_by_bare_id(world: World, clock: ClockOfMany, number: int) -> None:
    """One cancellation each, and one list at each look for all."""
    notebook = world.context().batch()
    ids = [notebook.create_request(_unmarked(world, one)).id for one in range(number)]
    job = run(world, clock, ids, bare=ids)
    clock.move(100)
    destroy = Command(world, clock, "delete")
    destroy.all(BATCH_RUN.delete, [job.id], [job.outputs])
    assert destroy.calls["POST"] == number
    # whose mark each of them bears is asked before
    assert destroy.calls["LIST"] + destroy.calls["GET"] <= number + 2 * FEW


def _unmarked(world: World, number: int) -> dict[str, Any]:
    payload: dict[str, Any] = world.context().generation.payload(declared(number))
    return payload
