"""A stack moves from the dynamic provider to the plugin and back by an alias: nothing runs again."""

from __future__ import annotations

from typing import Final

from tests.e2e.jobs import SCRIPT, changes, look_often
from tests.e2e.plugin import PARTS, geopackage, plugin_stack
from tests.support.cli import MakeStack, Stack
from tests.support.inputs import ONE_TILE
from tests.support.sandbox import Controls

COLLECTION: Final = '"somebody-elses"'

DYNAMIC: Final = f"""
import pulumi
from pulumi import Alias, ResourceOptions
from pulumi_sentinelhub import BatchCollection, BatchRequest, BatchRun, Features, OutputBucket

SCRIPT = '''{SCRIPT}'''

def was(name, **more):
    return ResourceOptions(aliases=[Alias(type_="sentinelhub:index:" + name)], **more)

settings = dict(force_destroy=True, tags={{"a_b": "c"}}, expire_days=9)
bucket = OutputBucket("results", **settings, opts=was("OutputBucket"))
shared = BatchCollection("shared", bucket_name={COLLECTION}, opts=was("BatchCollection"))
Features("valleys", source="areas.gpkg", bucket=bucket, opts=was("Features"))
area = BatchRequest(
    "area",
    process_request={{
        "input": {{
            "bounds": {{"bbox": list({ONE_TILE})}},
            "data": [{{
                "type": "sentinel-2-l2a",
                "dataFilter": {{
                    "timeRange": {{"from": "2019-04-01T00:00:00Z", "to": "2019-04-30T00:00:00Z"}}
                }},
            }}],
        }},
        "output": {{"responses": [{{"identifier": "default", "format": {{"type": "image/tiff"}}}}]}},
    }},
    evalscript=SCRIPT,
    tiling_grid={{"id": 0, "resolution": 60.0}},
    bucket_name=bucket.bucket,
    description="moved",
    opts=was("BatchRequest"),
)
limits = pulumi.CustomTimeouts(create="30m")
run = BatchRun("run", requests=area, until="finished", opts=was("BatchRun", custom_timeouts=limits))
pulumi.export("status", run.status)
pulumi.export("path", area.result_path)
pulumi.export("tiles", run.results.apply(lambda found: found[0]["tile_count"]))
"""

PLUGIN: Final = f"""{PARTS}
def was(name):
    return ResourceOptions(aliases=[Alias(type_="pulumi-python:dynamic/sentinelhub:" + name)])

props = {{"forceDestroy": True, "tags": {{"a_b": "c"}}, "expireDays": 9}}
bucket = made("OutputBucket", "results", props, was("OutputBucket"), ("bucket",))
made("BatchCollection", "shared", {{"bucketName": {COLLECTION}}}, was("BatchCollection"))
made("Features", "valleys", {{"source": "areas.gpkg", "bucket": bucket.bucket}}, was("Features"))
area = request("area", bucket.bucket, opts=was("BatchRequest"), description="moved")
props = {{"requests": [area.id], "until": "finished"}}
run = made("BatchRun", "run", props, was("BatchRun"), ("status", "results"))
pulumi.export("status", run.status)
pulumi.export("path", area.resultPath)
pulumi.export("tiles", run.results.apply(lambda found: found[0]["tileCount"]))
"""

#: What another stack of the same program has put where this one's is to go.
TAKEN: Final = """
from pulumi_sentinelhub import Features

Features("taken", source="areas.gpkg", bucket="{bucket}")
"""


def ids(stack: Stack) -> dict[str, str]:
    """The id of each resource."""
    return {name: str(state["id"]) for name, state in stack.resources().items()}


def keys_of(stack: Stack) -> dict[str, str]:
    """The key of each declaration."""
    return {name: str(state["outputs"]["declaration"]) for name, state in stack.resources().items()}


def test_there_and_back(make_stack: MakeStack, quick: Controls) -> None:
    """The ids, outputs and declarations' keys stay, nothing is replaced, and nothing but reads is called."""
    stack = plugin_stack(make_stack, DYNAMIC)
    (stack.folder / "areas.gpkg").write_bytes(geopackage("asco"))
    stack.up()
    look_often(stack)
    before = (ids(stack), keys_of(stack), stack.outputs(), changes(quick))
    for program, type_ in ((PLUGIN, "sentinelhub:index"), (DYNAMIC, "pulumi-python:dynamic/sentinelhub")):
        stack.program(program)
        moved = stack.up()
        assert "replaced" not in moved.output
        states = stack.resources()
        assert {state["type"].rpartition(":")[0] for state in states.values()} == {type_}
        assert (ids(stack), keys_of(stack), stack.outputs(), changes(quick)) == before
        stack.refresh()
        stack.preview(expect_no_changes=True)
        assert changes(quick) == before[3]
        names = {name for state in states.values() for name in state["outputs"]}
        assert ("processRequest" in names, "process_request" in names) == (
            program is PLUGIN,
            program is DYNAMIC,
        )
    stack.program(PLUGIN)
    stack.up()
    key, taken = before[0]["valleys"].removeprefix(f"s3://{before[0]['results']}/"), "taken"
    quick.s3().put_object(Bucket=before[0]["results"], Key=key.replace("valleys", taken), Body=b"theirs")
    stack.program(PLUGIN + TAKEN.format(bucket=before[0]["results"]))
    said = stack.preview(expect_failure=True).output
    assert (
        f"/features/{key.split('/')[-1].replace('valleys', taken)}, where another object is already" in said
    )
    stack.program(PLUGIN)
    stack.destroy()
    assert stack.resources() == {}
