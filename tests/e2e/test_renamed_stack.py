"""A stack gets another name, and a new one its old name: what the first one made stays its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.e2e import jobs, plugin
from tests.e2e.areas import BUCKET
from tests.e2e.jobs import buckets, keys, remote
from tests.e2e.notebook import Notebook
from tests.e2e.plugin import geopackage, plugin_stack
from tests.support import vault
from tests.support.cli import MakeStack, Stack
from tests.support.sandbox import PROCESS, Controls, runs

#: By both front ends: what is never started, what has ended, and what runs.
REQUESTS = f"""{plugin.PARTS.replace("def request(", "def plugin_request(")}
{jobs.PARTS}
from pulumi_sentinelhub import Features

for name in ("idle", "done", "busy"):
    request(name, "{BUCKET}", description=name)
    plugin_request("plugin-" + name, "{BUCKET}", description="plugin-" + name)
"""
#: What has one place, which the new stack would need as well.
PLACES = f"""
OutputBucket("empty")
made("OutputBucket", "plugin-empty", {{}})
Features("valleys", source="areas.gpkg", bucket="{BUCKET}")
"""


def kept(sandbox: Controls, ids: Mapping[str, str]) -> Any:
    """What is there of the first stack: its jobs, whether they run, its buckets, its features."""
    jobs = {one["id"]: runs(one) for one in remote(sandbox) if one["id"] in ids.values()}
    return jobs, buckets(sandbox), keys(sandbox, BUCKET, ".gpkg")


def held(stack: Stack) -> set[str]:
    """Ids in the state of what is in the program."""
    return {one["id"] for one in stack.resources().values()}


def test_the_old_name_of_a_stack(make_stack: MakeStack, slow: Controls) -> None:
    """The new stack of that name takes over only what it is told to; its end touches nothing of the first."""
    stack = plugin_stack(make_stack, REQUESTS + PLACES, name="dev")
    (stack.folder / "areas.gpkg").write_bytes(geopackage("asco"))
    stack.up()
    first = {one["description"]: one["id"] for one in remote(slow)}
    for name, id in first.items():
        if not name.endswith("idle"):
            Notebook(slow).ask("POST", f"{PROCESS}/{id}/start")
        if name.endswith("done"):
            slow.force(id, status="DONE")
            slow.s3().put_object(Bucket=BUCKET, Key=f"{id}/default.tif", Body=b"a result")
    before = kept(slow, first)
    stack.run("stack", "rename", "old")
    stack.run("stack", "init", "dev", "--secrets-provider", vault.PROVIDER)

    adopting = f'request("adopted", "{BUCKET}", adopt_id="{first["plugin-idle"]}", description="plugin-idle")'
    stack.program(f"{REQUESTS}{PLACES}{adopting}\n")
    refused = stack.up("--continue-on-error", expect_failure=True).output
    for name, id in first.items():
        holder = f"BatchRequest {name} of stack old, project inline"
        assert f"batch request {id} (" in refused
        # the adopting one holds it as well, by the time of the look
        left = f"another resource holds it: {holder}. It is left to that one"
        assert left in refused or name == "plugin-idle"
    for bucket in buckets(slow):
        if bucket != BUCKET:
            name = bucket.rpartition("-")[0]
            holder = f"OutputBucket {name} of stack old, project inline holds it"
            assert f"cannot take over bucket {bucket}: {holder}" in refused
    (features,) = keys(slow, BUCKET, ".gpkg")
    holder = "Features valleys of stack old, project inline holds it"
    taken = f"cannot upload features s3://{BUCKET}/{features}: another object is there already, and {holder}"
    assert taken in refused
    warned = f"names batch request {first['plugin-idle']}, which BatchRequest plugin-idle of stack old"
    assert warned in refused
    own = held(stack) - {first["plugin-idle"]}
    assert {one["id"] for one in remote(slow)} - {*first.values()} == own
    assert len(own) == len(first)
    stack.destroy()
    assert kept(slow, first) == before
    stack.program(REQUESTS + PLACES)
    stack.run("preview", "--stack", "old", "--expect-no-changes")
