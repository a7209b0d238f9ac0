"""What runs on version 2 of the batch API take for success, what they resume, what they refuse."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.e2e.areas import BUCKET, active, areas, ids
from tests.e2e.jobs import PARTS, changes, job, keys, remote, stack_of
from tests.e2e.notebook import Notebook, statuses
from tests.e2e.v2 import PROCESS_V2
from tests.support.cli import MakeStack, Stack
from tests.support.inputs import FOUR_TILES, ONE_TILE
from tests.support.patience import eventually
from tests.support.sandbox import Controls


def starts_v2(sandbox: Controls) -> list[str]:
    """The calls that started a request, or tried to."""
    return [line for line in changes(sandbox) if PROCESS_V2 in line and line.endswith("/start")]


def finishing(**how: Any) -> str:
    """A job of a few features that is waited for; ``how`` are further arguments of its run."""
    more = "".join(f", {name}={value}" for name, value in how.items())
    return job(FOUR_TILES).replace('until="finished"', f'until="finished"{more}')


def test_the_budget_and_what_failed(make_stack: MakeStack, sandbox: Controls) -> None:
    """Over the budget by our own estimate nothing is started; failed features are named, or accepted."""
    sandbox.control("PUT", "options", {"fail_tiles": 0.4})
    stack = stack_of(make_stack, finishing(max_cost=95), api="v2")
    refused = stack.preview(expect_failure=True).output
    assert re.search(
        r"max_cost: is 95 PU, and 0.\d+ PU estimated .* \(charged as 100 PU, the least\) are", refused
    )
    stack.program(job(FOUR_TILES, run=False))
    stack.up()
    (made,) = remote(sandbox)
    # another stack knows no price of its id before the analysis
    bare = f'BatchRun("run", requests="{made["id"]}", until="finished", max_cost=95)'
    refused = stack_of(make_stack, PARTS + bare, "other", api="v2").up(expect_failure=True).output
    assert "the estimate of 100 PU is over max_cost = 95 PU, so no request is started" in refused
    (made,) = remote(sandbox)
    assert made["status"] == "ANALYSIS_DONE"
    assert starts_v2(sandbox) == []

    stack.program(finishing(max_cost=500))
    said = stack.up(expect_failure=True).output
    failed = stack.resources()["run"]["outputs"]["failed_tiles"]
    assert failed
    for feature in failed:
        assert re.fullmatch(r"[\w-]+ \(Failed to process the feature\.\)", feature)
        assert feature in said
    assert "Set accept_partial=True to do without them" in said

    stack.program(finishing(max_cost=500, accept_partial=True))
    stack.up()
    outputs = stack.resources()["run"]["outputs"]
    assert (outputs["status"], outputs["failed_tiles"]) == ("PARTIAL", failed)
    written = keys(sandbox, stack.outputs()["bucket"], ".tif")
    assert len(written) == outputs["tiles"] - len(failed) > 0
    assert len(starts_v2(sandbox)) == 1
    stack.preview(expect_no_changes=True)


def up_until(stack: Stack, then: Callable[[], None]) -> str:
    """``pulumi up`` that fails after something has happened to the one job that it waits for."""
    with stack.start_up() as running:
        running.wait_until(lambda: "PROCESSING" in running.output())
        then()
        said, code = running.finish()
    assert code != 0, said
    return str(said)


def an_hour_passes(stack: Stack) -> None:
    """What the state has written down of the service's pause lies an hour back."""
    deployment = stack.export()
    for state in deployment["deployment"]["resources"]:
        for record in state.get("outputs", {}).get("results") or []:
            record["resume_at"] -= 3600
    stack.put(deployment)


def test_stopped(make_stack: MakeStack, slow: Controls) -> None:
    """What the service stops is resumed by a later update, what a user stops is drift and stays stopped."""
    stack = stack_of(make_stack, several(until="finished"), api="v2")

    def out_of_units() -> None:
        slow.force(remote(slow)[0]["id"], status="STOPPED", reason="OUT_OF_PU")

    said = up_until(stack, out_of_units)
    assert "was stopped by the service: OUT_OF_PU" in said
    moment = re.search(r"the next `pulumi up` resumes it, not before (\S+ \S+) UTC", said)
    assert moment, said
    due = datetime.strptime(moment[1], "%Y-%m-%d %H:%M").replace(tzinfo=timezone.utc)
    assert timedelta(minutes=50) < due - datetime.now(timezone.utc) < timedelta(minutes=70)
    assert moment[0] in stack.up(expect_failure=True).output
    assert len(starts_v2(slow)) == 1

    an_hour_passes(stack)
    slow.control("PUT", "options", {"restart_minutes_out_of_pu": 0})
    stack.program(several(until="started"))
    stack.up()
    assert len(starts_v2(slow)) == 2
    assert active(slow) == {ids(stack)["a"]}

    Notebook(slow).ask("POST", f"{PROCESS_V2}/{ids(stack)['a']}/stop")
    eventually(lambda: statuses(slow) == ["STOPPED"], "features in flight end")
    shown = stack.refresh("--diff").output
    assert re.search(r'~ status +: "\w+" => "CANCELED"', shown), shown
    assert "It is not started again by itself" in stack.up(expect_failure=True).output
    assert len(starts_v2(slow)) == 2
    stack.destroy()
    assert statuses(slow) == ["STOPPED"]


def several(until: str) -> str:
    """A request of more features than are computed at once."""
    return areas("a", until=until).replace(str(ONE_TILE), str(FOUR_TILES))


OLD_PATHS = f"""{PARTS}
own = {{"identifier": "default", "tilePath": "s3://{BUCKET}/own/<tileName>.tif"}}
request("area", None, output={{"defaultTilePath": "s3://{BUCKET}/<tileId>.tif", "responses": [own]}})
"""
RESTARTS = f"""{PARTS}
BatchRun("run", requests=request("area", "{BUCKET}"), restart_partial=2)
"""
FEATURES = (
    f"""{PARTS}
features = {{"s3": {{"url": "s3://{BUCKET}/areas.gpkg"}}, "defaults": {{"resolution": 60.0}}}}
"""
    + PARTS.replace('tiling_grid={"id": 0, "resolution": 60.0}', "features=features")
    + f"""
request("area", "{BUCKET}")
"""
)


def test_what_a_generation_lacks(make_stack: MakeStack, slow: Controls) -> None:
    """Is refused at preview, with the way out, and before any call."""
    stack = stack_of(make_stack, OLD_PATHS, api="v2")
    said = stack.preview(expect_failure=True).output
    assert "output.defaultTilePath: has the placeholder <tileId>; write <tileName> in its place" in said
    assert "give one path for all in defaultTilePath, with <outputId>" in said

    stack.program(RESTARTS)
    said = stack.preview(expect_failure=True).output
    assert "restart_partial: is 2, and API v2 cannot run failed tiles again; leave it out" in said
    assert "accept_partial=True does without them" in said

    stack.config("sentinelhub:deployment", "creodias")
    said = stack.preview(expect_failure=True).output
    assert re.search(r"does not serve batch API v2.*apiVersion.*creodias serves v1 alone", said), said
    assert "Set sentinelhub:apiVersion to v1, or sentinelhub:deployment to one of" in said

    stack.config("sentinelhub:deployment", "aws-eu-central-1")
    stack.config("sentinelhub:apiVersion", "v1")
    stack.program(FEATURES)
    said = stack.preview(expect_failure=True).output
    assert re.search(
        r"features: .*; run `pulumi config set sentinelhub:apiVersion v2`, or give tiling_grid in its place",
        said,
    )
    assert [call for call in changes(slow) if "/batch/" in call] == []
