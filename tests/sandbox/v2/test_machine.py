"""The v2 state machine under any sequence of actions, waits and shortages."""

from __future__ import annotations

import contextlib
import itertools
import os
from typing import Any, NoReturn

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sentinelhub_sandbox import SandboxOptions
from sentinelhub_sandbox.accounts import Caller
from sentinelhub_sandbox.byoc.collections import ByocCollections
from sentinelhub_sandbox.byoc.ingest import Ingested
from sentinelhub_sandbox.byoc.results import ResultCollections
from sentinelhub_sandbox.settings import LiveOptions
from sentinelhub_sandbox.v2.echo import normalise
from sentinelhub_sandbox.v2.service import BatchV2
from sentinelhub_sandbox.wire import ApiError
from tests.support.clock import HandClock

from ..conftest import PAYLOAD
from ..stand_in import StandIn

# [v2 docs: state machine; client evidence: DONE straight from the analysis]
EDGES = {
    ("CREATED", "ANALYSING"),
    ("ANALYSING", "ANALYSIS_DONE"),
    ("ANALYSING", "STOPPED"),
    ("ANALYSIS_DONE", "PROCESSING"),
    ("ANALYSIS_DONE", "STOPPED"),
    ("PROCESSING", "DONE"),
    ("PROCESSING", "STOPPED"),
    ("STOPPED", "ANALYSIS_DONE"),
}
ORDER: dict[str, Any] = {
    "processRequest": PAYLOAD["processRequest"],
    "input": {"type": "tiling-grid", "id": 0, "resolution": 60.0},
    "output": {"type": "raster", "delivery": {"s3": {"url": "s3://results"}}},
}
LONGER = os.environ.get("V2_STATE_MACHINE_EXAMPLES")  # so many, at random
EXAMPLES = int(LONGER or 80)
ACTIONS = ("analyse", "start", "stop")
WAITS = (0.1, 0.3, 1.0, 3.0, 10.0, 60.0)
ACCOUNT = Caller("client", "account", "user")


class NoBuckets:
    """Without files no bucket is opened."""

    def open(self, s3: Any, bucket: str, *, needs: Any = (), key: str = "") -> NoReturn:
        raise AssertionError(bucket)


def no_files(*_: Any) -> Ingested:
    raise AssertionError("no tile is ingested")


class Life(RuleBasedStateMachine):
    """One task and its user, who does anything at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = HandClock()
        options = SandboxOptions(
            render=False,
            clock=self.clock,
            analysis_seconds=2,
            processing_seconds=30,
            fail_tiles=0.2,
            restart_minutes=0.1,
            restart_minutes_out_of_pu=0.2,
        )
        self.live = LiveOptions(options)
        collections = ResultCollections(ByocCollections(lambda: self.live.now, no_files))
        self.batch = BatchV2(self.live, StandIn(tiles=10), NoBuckets(), collections)
        self.before: dict[str, Any] = {}
        self.task = ""

    @initialize()
    def create(self) -> None:
        self.task = self.batch.actions.create(ACCOUNT, normalise(ORDER))["id"]

    def view(self) -> dict[str, Any]:
        return self.batch.store.view(ACCOUNT, self.task)

    @rule(action=st.sampled_from(ACTIONS))
    def act(self, action: str) -> None:
        before = self.view()
        try:
            getattr(self.batch.actions, action)(ACCOUNT, self.task)
        except ApiError:
            assert self.view() == before
        else:
            assert self.view()["userAction"] == action.upper()

    @rule(seconds=st.sampled_from(WAITS))
    def watch(self, seconds: float) -> None:
        """Wait, and look now and then."""
        for _ in range(10):
            self.clock.move(seconds / 10)
            self.what_is_seen_makes_sense()

    @rule(seconds=st.sampled_from(WAITS))
    def wait(self, seconds: float) -> None:
        self.clock.move(seconds)

    @rule(before=st.sampled_from(WAITS), after=st.sampled_from(WAITS))
    def run_for_a_while(self, before: float, after: float) -> None:
        """What users do, who stop and think, and go on."""
        for action, seconds in (("start", before), ("stop", after), ("start", before)):
            self.act(action)
            self.watch(seconds)

    @rule(given=st.sampled_from((None, None, None, 999.0, 1003.0)))
    def pay(self, given: float | None) -> None:
        self.live.change({"account_pu": given})

    @precondition(lambda self: self.task)
    @rule()
    def in_the_end(self) -> None:
        """Whatever goes on comes to an end by itself; what was started and not stopped, to the good one."""
        self.clock.move(1000)
        view = self.view()
        assert view["status"] not in {"ANALYSING", "PROCESSING"}
        if view["userAction"] == "START" and view.get("stoppedStatusReason") is None:
            assert view["status"] == "DONE"
        if view["userAction"] == "STOP":
            assert view["status"] in {"STOPPED", "DONE"}

    @invariant()
    def what_is_seen_makes_sense(self) -> None:
        if not self.task:
            return
        view = self.view()
        assert (view["status"] == "STOPPED") == ("stoppedStatusReason" in view)
        for member in ("completionPercentage", "costPU", "lastUpdated"):
            if member in self.before:
                assert view[member] >= self.before[member]
        assert view["completionPercentage"] == 100 or view["status"] != "DONE"
        self.before = view

    @invariant()
    def states_follow_the_diagram(self) -> None:
        with contextlib.suppress(StopIteration):
            job = next(job for job in self.batch.store.jobs())
            states = [changes["status"] for _, _, changes in job._changes if "status" in changes]
            assert set(itertools.pairwise(states)) <= EDGES
            ended = [tile for run in job.runs for tile in run.settled]
            assert len(ended) == len(set(ended)), "a feature was processed twice"


Life.TestCase.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=30, derandomize=not LONGER, deadline=None, database=None
)
TestLife = Life.TestCase
