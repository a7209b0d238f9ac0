"""Small jobs for the tests: programs that take a second or two, and what they leave in the sandbox."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import yaml

from tests.support.cli import MakeStack, Stack
from tests.support.inputs import ONE_TILE
from tests.support.sandbox import PROCESS, Controls

SCRIPT: Final = """//VERSION=3
function setup() {
  return { input: ["B04", "B08"], output: { id: "default", bands: 1, sampleType: "UINT8" } }
}
function evaluatePixel(sample) { return [100 * sample.B04] }
"""

PARTS: Final = f'''
import pulumi
from pulumi_sentinelhub import BatchRequest, BatchRun, OutputBucket

SCRIPT = """{SCRIPT}"""

def request(name, bucket, bbox={ONE_TILE}, **more):
    return BatchRequest(
        name,
        process_request={{
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
        }},
        evalscript=SCRIPT,
        tiling_grid={{"id": 0, "resolution": 60.0}},
        bucket_name=bucket,
        **more,
    )
'''


def job(
    bbox: tuple[float, ...] = ONE_TILE, *, force_destroy: bool = True, run: bool = True, more: str = ""
) -> str:
    """A program with a bucket ``results``, a request ``area`` and a ``run``; ``more`` is appended."""
    running = RUN if run else ""
    return f"""{PARTS}
bucket = OutputBucket("results", force_destroy={force_destroy})
area = request("area", bucket.bucket, {bbox})
pulumi.export("bucket", bucket.bucket)
{running}
{more}
"""


RUN: Final = """
run = BatchRun("run", requests=area, until="finished")
pulumi.export("status", run.status)
pulumi.export("tiles", run.tiles)
"""


def stack_of(make_stack: MakeStack, program: str, name: str = "test", *, api: str | None = None) -> Stack:
    """A stack of this program that looks at its jobs several times a second.

    Args:
        make_stack: the fixture.
        program: text of ``__main__.py``.
        name: of the stack.
        api: generation of the batch API; None for the default one.
    """
    stack = make_stack(program, name=name)
    look_often(stack, api=api)
    return stack


def look_often(stack: Stack, *, api: str | None = None) -> None:
    """Have the stack look at its jobs several times a second, on this generation of the API."""
    file = stack.folder / "Pulumi.yaml"
    project = yaml.safe_load(file.read_text())
    values = {"pollInterval": "0.2", "readLag": "1", **({"apiVersion": api} if api else {})}
    settings = {f"sentinelhub:{key}": {"value": value} for key, value in values.items()}
    project["config"] = {**project.get("config", {}), **settings}
    file.write_text(yaml.safe_dump(project))


def just_below(said: str) -> float:
    """A budget a little below the price that a preview has told: the service alone can refuse it."""
    found = re.search(r"starts \d+ requests? of about ([\d.,]+) PU in all", said)
    assert found, said
    return round(0.95 * float(found.group(1).replace(",", "")), 3)


def planned(stack: Stack) -> list[dict[str, Any]]:
    """The steps of a preview."""
    said = stack.run("preview", "--json").output
    steps: list[dict[str, Any]] = json.JSONDecoder().raw_decode(said[said.index("{") :])[0]["steps"]
    return steps


def up_with_lost_answers(stack: Stack, sandbox: Controls, times: int) -> None:
    """Update while the answers to the first POSTs are lost, and what these made shows after seconds alone."""
    stack.config("sentinelhub:readLag", "30")
    sandbox.control("PUT", "options", {"stale_reads_seconds": 6})
    sandbox.fault("POST", "/process$", "commit-then-reset", times=times)
    try:
        stack.up()
    finally:
        sandbox.control("PUT", "options", {"stale_reads_seconds": 0})


def creations(sandbox: Controls) -> list[dict[str, Any]]:
    """The calls that made a request, or tried to."""
    return [call for call in sandbox.journal("POST", PROCESS) if call["path"] == PROCESS]


def starts(sandbox: Controls) -> list[dict[str, Any]]:
    """The calls that started a request, or tried to."""
    return [call for call in sandbox.journal("POST", PROCESS) if call["path"].endswith("/start")]


def changes(sandbox: Controls) -> list[str]:
    """The calls that change anything, in the service or in the buckets; token requests are none."""
    safe = {"GET", "HEAD", "OPTIONS"}
    calls = sandbox.journal()
    return [
        f"{call['method']} {call['path']}"
        for call in calls
        if call["method"] not in safe and "/oauth" not in call["path"] and "/token" not in call["path"]
    ]


def remote(sandbox: Controls) -> list[dict[str, Any]]:
    """All requests as the service has them, without lag."""
    return list(sandbox.control("GET", "requests"))


def buckets(sandbox: Controls) -> list[str]:
    """The names of all buckets."""
    return [bucket["Name"] for bucket in sandbox.s3().list_buckets()["Buckets"]]


def keys(sandbox: Controls, bucket: str, suffix: str = "") -> list[str]:
    """The keys in a bucket that end so."""
    found = sandbox.s3().list_objects_v2(Bucket=bucket).get("Contents", [])
    return [item["Key"] for item in found if item["Key"].endswith(suffix)]
