"""State that a released version has written: this version loads it, sees no change, and destroys it.

``tests/compat/data/state-<version>.json`` is an export of the program below, with ids in angle brackets. A
new version adds its own, with ``RECORD_STATE=<version>`` in the environment, and never changes another's.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.jobs import PARTS, stack_of
from tests.support.cli import MakeStack, Stack
from tests.support.sandbox import Controls

DATA = Path(__file__).parents[1] / "compat" / "data"
PROGRAM = f"""{PARTS}
from pulumi_sentinelhub import BatchCollection

bucket = OutputBucket("results", force_destroy=True, expire_days=30, tags={{"team": "land"}})
collection = BatchCollection("ndvi", name="NDVI", bucket_name=bucket.bucket)
area = request("area", bucket.bucket, description="one area")
run = BatchRun("run", requests=area, until="finished", max_cost=1000, accept_partial=True)
"""
# resources of the program whose ids the service gives
GIVEN = {"<area>": "area", "<ndvi>": "ndvi"}


def given_ids(stack: Stack) -> dict[str, str]:
    """What stands for each id in the recorded state."""
    resources = stack.resources()
    return {mark: resources[name]["id"] for mark, name in GIVEN.items()}


def with_its_bucket(text: str, stack: Stack, sandbox: Controls) -> str:
    """The recorded state with the bucket that is there, which is marked as that version marked its own."""
    there = stack.resources()["results"]["id"]
    resources = json.loads(text)["deployment"]["resources"]
    (then,) = [one for one in resources if one["urn"].endswith("::results")]
    tags = {"team": "land", "pulumi-sentinelhub:declaration": then["outputs"]["declaration"]}
    tag_set = [{"Key": key, "Value": value} for key, value in tags.items()]
    sandbox.s3().put_bucket_tagging(Bucket=there, Tagging={"TagSet": tag_set})
    return text.replace(then["id"], there)


def record(stack: Stack, version: str) -> None:
    """Write the recorded state of this version."""
    text = json.dumps(without_paths(stack.export()), indent=1, sort_keys=True)
    for mark, id in given_ids(stack).items():
        text = text.replace(id, mark)
    (DATA / f"state-{version}.json").write_text(text + "\n")


def without_paths(value: Any) -> Any:
    """Without where in this machine's files a resource was declared."""
    if isinstance(value, dict):
        places = ("sourcePosition", "stackTrace")
        return {key: without_paths(member) for key, member in value.items() if key not in places}
    return [without_paths(member) for member in value] if isinstance(value, list) else value


def remote(sandbox: Controls) -> list[dict[str, Any]]:
    """Requests that are not at rest."""
    active = ("CREATED", "ANALYSING", "ANALYSIS_DONE", "PROCESSING")
    return [r for r in sandbox.control("GET", "requests") if r["status"] in active]


def with_time_outs(text: str) -> str:
    """The recorded state as of a run with ``custom_timeouts``, which 0.1.0 kept as an input in seconds."""
    state = json.loads(text)
    (run,) = [one for one in state["deployment"]["resources"] if one["urn"].endswith("::run")]
    for properties in (run["inputs"], run["outputs"]):
        properties["timeouts"] = {"create": 3600, "delete": 1800}
    return json.dumps(state)


def created(export: dict[str, Any]) -> dict[str, str]:
    """When each resource was made, as its state has it."""
    return {state["urn"]: state["created"] for state in export["deployment"]["resources"]}


@pytest.mark.parametrize("timed", [False, True], ids=["plain", "timeouts"])
@pytest.mark.parametrize("recorded", sorted(DATA.glob("state-*.json")), ids=lambda path: path.stem)
def test_a_recorded_state(make_stack: MakeStack, sandbox: Controls, recorded: Path, *, timed: bool) -> None:
    """A state file of that version previews without changes, refreshes without changes and is destroyed."""
    stack = stack_of(make_stack, PROGRAM)
    stack.up()
    if version := os.environ.get("RECORD_STATE"):
        record(stack, version)
    text = recorded.read_text()
    for mark, id in given_ids(stack).items():
        assert mark in text
        text = text.replace(mark, id)
    text = with_its_bucket(text, stack, sandbox)
    text = with_time_outs(text) if timed else text
    calls = len(sandbox.journal("POST", "/process"))
    stack.put(json.loads(text))
    stack.preview(expect_no_changes=True)
    # what is read is written into the state, and compared with the program
    stack.up("--refresh", "--expect-no-changes")
    assert len(sandbox.journal("POST", "/process")) == calls
    assert created(stack.export()) == created(json.loads(text)), "it is the recorded state"
    stack.destroy()
    assert remote(sandbox) == []
    assert sandbox.s3().list_buckets()["Buckets"] == []
