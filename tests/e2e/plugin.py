"""Programs of the plugin's types, and stacks that have the plugin installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from pulumi_sentinelhub.plugin.install import install
from pulumi_sentinelhub.resources.feature_source import feature_file
from tests.e2e.jobs import SCRIPT, look_often
from tests.support.cli import MakeStack, Stack
from tests.support.inputs import ONE_TILE

PARTS: Final = f'''
import pulumi
from pulumi import Alias, CustomResource, Output, ProviderResource, ResourceOptions

SCRIPT = """{SCRIPT}"""

def made(type_, name, props, opts=None, outputs=()):
    return CustomResource("sentinelhub:index:" + type_, name, {{**dict.fromkeys(outputs), **props}}, opts)

def request(name, bucket, bbox={ONE_TILE}, opts=None, **more):
    process_request = {{
        "input": {{
            "bounds": {{"bbox": list(bbox)}},
            "data": [{{
                "type": "sentinel-2-l2a",
                "dataFilter": {{
                    "timeRange": {{"from": "2019-04-01T00:00:00Z", "to": "2019-04-30T00:00:00Z"}}
                }},
            }}],
        }},
        "output": {{"responses": [{{"identifier": "default", "format": {{"type": "image/tiff"}}}}]}},
    }}
    props = {{
        "processRequest": process_request,
        "evalscript": SCRIPT,
        "tilingGrid": {{"id": 0, "resolution": 60.0}},
        "bucketName": bucket,
        **more,
    }}
    return made("BatchRequest", name, props, opts, ("status", "resultPath"))
'''

RUN: Final = """
outputs = ("status", "tiles", "results")
run = made("BatchRun", "run", {"requests": [area.id], "until": "finished"}, None, outputs)
pulumi.export("status", run.status)
pulumi.export("tiles", run.tiles)
pulumi.export("results", run.results)
"""


def job(
    bbox: tuple[float, ...] = ONE_TILE, *, force_destroy: bool = True, run: bool = True, more: str = ""
) -> str:
    """A program with a bucket ``results``, a request ``area`` and a ``run``; ``more`` is appended."""
    return f"""{PARTS}
bucket = made("OutputBucket", "results", {{"forceDestroy": {force_destroy}}}, None, ("bucket",))
area = request("area", bucket.bucket, {bbox})
pulumi.export("bucket", bucket.bucket)
{RUN if run else ""}
{more}
"""


#: A request in each of two accounts and deployments, both played by the sandbox, by explicit providers.
ACCOUNTS: Final = f"""{PARTS}
config = {{"clientId": "stranger", "clientSecret": "secret", "deployment": "aws-us-west-2"}}
theirs = ProviderResource("sentinelhub", "stranger", config)
request("ours", "somebody-elses")
request("theirs", "somebody-elses", opts=ResourceOptions(provider=theirs))
"""

#: A program that declares a request, and imports a collection and a bucket.
IMPORTED: Final = """
from pulumi import CustomResource, ResourceOptions

def taken(type_, name, id, props):
    CustomResource("sentinelhub:index:" + type_, name, props, ResourceOptions(import_=id))
CustomResource("sentinelhub:index:BatchRequest", "first", {request})
taken("BatchCollection", "shared", "{collection}", dict(name="shared", bucketName="somebody-elses"))
taken("OutputBucket", "results", "{bucket}", dict(bucket="{bucket}"))
"""


def geopackage(identifier: str) -> bytes:
    """A GeoPackage of one valley."""
    ring = [[8.98, 42.43], [9.05, 42.43], [9.05, 42.48], [8.98, 42.48], [8.98, 42.43]]
    area = {"type": "Polygon", "coordinates": [ring]}
    feature = {
        "type": "Feature",
        "properties": {"identifier": identifier, "resolution": 0.0005},
        "geometry": area,
    }
    return feature_file("source", {"type": "FeatureCollection", "features": [feature]}).path.read_bytes()


def with_plugin(stack: Stack, python: str | None = None) -> Path:
    """Install the plugin for the stack's CLI, which would take the script of a virtual environment first.

    Args:
        stack: whose CLI it is.
        python: what the plugin starts with; by itself with what the stack's programs do.
    """
    stack.environ["PULUMI_IGNORE_AMBIENT_PLUGINS"] = "true"
    return install(stack.environ, python or stack.environ["PULUMI_SENTINELHUB_PYTHON"])


def plugin_stack(make_stack: MakeStack, program: str, **more: Any) -> Stack:
    """A stack of this program that finds the plugin, and looks at its jobs several times a second."""
    stack = make_stack(program, **more)
    look_often(stack)
    with_plugin(stack)
    return stack
