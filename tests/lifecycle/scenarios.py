"""Commands that are killed in the crash tests, and how they are completed afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pulumi_sentinelhub.batch.api import Abilities
from tests.lifecycle.account import declaration
from tests.lifecycle.engine import DYNAMIC, Front
from tests.support.inputs import FOUR_TILES

Program = tuple[dict[str, dict[str, Any]], dict[str, Any]]

FINISHED: dict[str, Any] = {"until": "finished", "deployment": "aws-eu-central-1", "declaration": "d"}
ONE: Program = ({"a": declaration("a")}, FINISHED)
TWO: Program = ({"a": declaration("a"), "b": declaration("b")}, FINISHED)
FOUR: Program = ({name: declaration(name) for name in "abcd"}, FINISHED)
FINER: Program = ({"a": declaration("a", 20)}, FINISHED)
CHEAP: Program = ({"a": declaration("a")}, {**FINISHED, "max_cost": 1e6})
CHEAP_TWO: Program = ({name: declaration(name) for name in "ab"}, {**FINISHED, "max_cost": 1e6})
STARTED: Program = ({"a": declaration("a")}, {**FINISHED, "until": "started"})
# of several tiles: a stop lets those end that are in flight, and what had no others is DONE then
WIDE: Program = ({"a": declaration("a", bbox=FOUR_TILES)}, {**FINISHED, "until": "started"})
WIDE_FINER: Program = ({"a": declaration("a", 20, bbox=FOUR_TILES)}, FINISHED)
RESTARTED: Program = ({"a": declaration("a")}, {**FINISHED, "restart_partial": 2})
RENAMED: Program = ({"a": declaration("a", description="second")}, {**FINISHED, "until": "started"})


@dataclass(frozen=True)
class Scenario:
    """A command to be killed, what was there before it, and how it is completed afterwards.

    Attributes:
        before: a program that is brought up undisturbed first, or None.
        seconds: how long its job goes on by itself before the command.
        program: what the command brings up; None for a destroy.
        fail_tiles: whether tiles fail in the first run.
        failed: whether they fail before the command, whose run then keeps its place as a partial failure.
        statuses: of the requests which the service holds at the end.
        starts: accepted starts of each job over all attempts.
        kept: the statuses where the API deletes nothing; None: the same.
        repeats: whether another command is the same, but for the number of requests or a budget.
    """

    name: str
    before: Program | None
    seconds: float
    program: Program | None
    statuses: list[str]
    starts: dict[tuple[str, int], int]
    fail_tiles: bool = False
    failed: bool = False
    kept: list[str] | None = None
    repeats: bool = False

    def is_possible(self, abilities: Abilities) -> bool:
        """Whether a generation can do what the command asks for."""
        return abilities.restarts_failed or not (self.fail_tiles or self.failed)

    def is_tried(self, front: Front, *, committed: bool) -> bool:
        """Whether a front end is tried with it; every call and every command is seen through each of them.

        What runs do with many requests, or a budget, is the lifecycles' alone; and killed before a call is
        much the same as killed after the last one.
        """
        return front is DYNAMIC or (committed and not self.repeats)

    def left(self, abilities: Abilities) -> list[str]:
        """Sorted statuses of the requests that the service holds at the end."""
        return sorted(self.statuses if abilities.deletes or self.kept is None else self.kept)


SCENARIOS = [
    Scenario("up", None, 0, ONE, ["DONE"], {("a", 60): 1}),
    Scenario("up of two", None, 0, TWO, ["DONE"] * 2, {("a", 60): 1, ("b", 60): 1}, repeats=True),
    Scenario("up of four", None, 0, FOUR, ["DONE"] * 4, {(name, 60): 1 for name in "abcd"}, repeats=True),
    Scenario("up within a budget", None, 0, CHEAP, ["DONE"], {("a", 60): 1}, repeats=True),
    Scenario(
        "up of two within a budget",
        None,
        0,
        CHEAP_TWO,
        ["DONE"] * 2,
        {("a", 60): 1, ("b", 60): 1},
        repeats=True,
    ),
    Scenario("up until started", None, 0, STARTED, ["CREATED"], {("a", 60): 1}),
    Scenario("wait for what was started", STARTED, 3, ONE, ["DONE"], {("a", 60): 1}),
    Scenario("go on after failed tiles", ONE, 0, RESTARTED, ["DONE"], {("a", 60): 1}, failed=True),
    Scenario("restart of failed tiles", None, 0, RESTARTED, ["DONE"], {("a", 60): 1}, fail_tiles=True),
    Scenario(
        "replace what is processing",
        WIDE,
        15,
        WIDE_FINER,
        ["CANCELED", "DONE"],
        {("a", 60): 1, ("a", 20): 1},
    ),
    Scenario("replace what is done", ONE, 0, FINER, ["DONE", "DONE"], {("a", 60): 1, ("a", 20): 1}),
    Scenario("rename what is done", ONE, 0, RENAMED, ["DONE"], {("a", 60): 1}),
    Scenario("remove one of two", TWO, 0, ONE, ["DONE", "DONE"], {("a", 60): 1, ("b", 60): 1}),
    Scenario(
        "destroy what is idle",
        ({"a": declaration("a")}, {**FINISHED, "until": "analysed"}),
        0,
        None,
        [],
        {},
        kept=["ANALYSIS_DONE"],
    ),
    Scenario("destroy while analysing", STARTED, 3, None, [], {("a", 60): 1}, kept=["CANCELED"]),
    Scenario("destroy while processing", WIDE, 15, None, ["CANCELED"], {("a", 60): 1}),
    Scenario("destroy what is done", ONE, 0, None, ["DONE"], {("a", 60): 1}),
]
