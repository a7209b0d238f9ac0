"""Bad input is found at preview: property, reason and fix, and no call is made."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import Any

from pulumi_sentinelhub.config.deployments import DEPLOYMENTS
from pulumi_sentinelhub.preview.checks.check import check_request
from tests.e2e.jobs import PARTS
from tests.support.bad_inputs import BAD_INPUTS, REMOVED, Bad
from tests.support.cli import MakeStack
from tests.support.sandbox import Controls

DEPLOYMENT = DEPLOYMENTS["aws-eu-central-1"]

ONE_OF_EACH = """
from pulumi_sentinelhub import BatchRequest

BatchRequest(
    "area",
    process_request={
        "input": {
            "bounds": {
                "bbox": [9.12, 41.36, 9.22],
                "properties": {"crs": "http://www.opengis.net/def/crs/EPSG/0/9999"},
            },
            "data": [{
                "type": "sentinel-2-l2a",
                "dataFilter": {
                    "timeRange": {"from": "2019-06-30T00:00:00Z", "to": "2019-04-01T00:00:00Z"}
                },
            }],
        },
        "output": {"responses": [{"identifier": "ndvi", "format": {"type": "image/tiff"}}]},
        "evalscript": '''//VERSION=3
function setup() { return { input: ["B04"], output: { bands: 1 } } }
function evaluatePixel(sample) { return [sample.B04] }
''',
    },
    tiling_grid={"id": 0, "resolution": 60.0},
    bucket_name="my-results",
    output={"defaultTilePath": "s3://my-results/ndvi"},
)
"""

# property, reason, fix
MESSAGES = [
    ("output", "is given beside bucket_name", "give exactly one of bucket_name, output, zarr_output"),
    ("process_request.input.bounds.bbox", "has 3 numbers", "a bounding box needs 4"),
    ("process_request.input.bounds.properties.crs", "which the service does not know", "use "),
    ("process_request.input.data[0].dataFilter.timeRange", "runs backwards", "swap"),
    ("process_request.output.responses[0].identifier", "the evalscript has no such output", "default"),
]

FROM_FILE = """
import json
from pathlib import Path

import pulumi
from pulumi_sentinelhub import BatchRequest

given = {"process_request": None, "tiling_grid": None, **json.loads(Path("inputs.json").read_text())}
# as Outputs, so that nothing is refused before the engine has asked the provider
BatchRequest("area", **{key: pulumi.Output.from_input(value) for key, value in given.items()})
"""


def test_every_problem_of_a_request_is_named_at_once(make_stack: MakeStack, sandbox: Controls) -> None:
    """One preview names all that is wrong with a request: each property with reason and fix."""
    output = make_stack(ONE_OF_EACH).preview(expect_failure=True).output
    for path, reason, fix in MESSAGES:
        assert said(output, path, reason), f"{path}: {reason}\n{output}"
        assert said(output, path, fix), f"{path}: {fix}\n{output}"
    assert "Traceback" not in output
    assert sandbox.journal() == []


def test_a_bucket_in_the_wrong_region(make_stack: MakeStack, sandbox: Controls) -> None:
    """A bucket outside the deployment's region is refused, with the region that is needed.

    Of its secret name and tag, which are wrong as well, it is said that they are, and no letter more.
    """
    program = f"""{PARTS}
secret = pulumi.Output.secret
tags = {{"team": secret("Nobody's ☃ team"), "aws:own": "x"}}
OutputBucket("results", bucket=secret("Hidden_Results"), tags=tags, region="us-west-2")
"""
    output = make_stack(program).preview(expect_failure=True).output
    assert said(output, "region", "can only be written to buckets in eu-central-1, not in 'us-west-2'")
    assert said(output, "region", "remove `region`, or choose the deployment there")
    for place in ("bucket", "tags"):
        assert said(output, place, "is not right, and no more is shown of it, as it is secret"), output
    assert said(output, "tags['aws:own']", "")
    assert "Hidden" not in output
    assert "Nobody" not in output
    assert "Traceback" not in output
    assert sandbox.journal() == []


def test_an_argument_of_the_wrong_type(make_stack: MakeStack, sandbox: Controls) -> None:
    """What is wrong in the program itself is one line, too, without its traceback."""
    output = make_stack(f'{PARTS}\nrequest("area", 3)\n').preview(expect_failure=True).output
    assert 'BatchRequest("area").bucket_name must be a string, but it is the number 3' in output
    assert "Traceback" not in output
    assert sandbox.journal() == []


def test_every_known_mistake_is_found_at_preview(make_stack: MakeStack, sandbox: Controls) -> None:
    """Each row of the table of bad inputs fails the preview with its property, reason and fix."""
    stack = make_stack(FROM_FILE)
    batches = in_batches()
    assert sum(len(batch.rows) for batch in batches) == len(BAD_INPUTS)
    for batch in batches:
        (stack.folder / "inputs.json").write_text(json.dumps(batch.inputs))
        output = stack.run("preview", expect_failure=True).output
        assert "Traceback" not in output
        missed = [row.name for row in batch.rows if not said(output, row.property, row.words)]
        assert not missed, f"{missed}\n{output}"
    assert sandbox.journal() == []


def said(output: str, path: str, words: str) -> bool:
    """Whether one line names the property and has the words after it."""
    return any(
        words in line.partition(f"{path}: ")[2] for line in output.splitlines() if f" {path}: " in line
    )


@dataclass
class Batch:
    """Rows that spoil one request in different places, so that one preview shows them all."""

    rows: list[Bad]
    inputs: dict[str, Any]

    def take(self, row: Bad) -> bool:
        """Take one more row in, unless another one hides it or is hidden by it."""
        if row.base is not self.rows[0].base or any(overlap(row, other) for other in self.rows):
            return False
        inputs = copy.deepcopy(self.inputs)
        if not spoil(inputs, row):
            return False
        problems = list(check_request(inputs, DEPLOYMENT))
        for wanted in (*self.rows, row):
            if not any(p.property == wanted.property and wanted.words in p.message() for p in problems):
                return False
        self.rows.append(row)
        self.inputs = inputs
        return True


def in_batches() -> list[Batch]:
    """All rows, in few batches: the engine stops at the first resource with a problem."""
    batches: list[Batch] = []
    for row in BAD_INPUTS:
        if not any(batch.take(row) for batch in batches):
            batches.append(Batch([row], row.inputs()))
    return batches


def overlap(one: Bad, other: Bad) -> bool:
    """Whether one spoils a part of what the other spoils."""
    return all(a == b for a, b in zip(one.path, other.path, strict=False))


def spoil(inputs: dict[str, Any], row: Bad) -> bool:
    """Do to the inputs what the row says; False where another row has taken the place away."""
    target: Any = inputs
    try:
        for step in row.path[:-1]:
            target = target[step]
        if row.value is REMOVED:
            del target[row.path[-1]]
        else:
            target[row.path[-1]] = copy.deepcopy(row.value)
    except (KeyError, IndexError, TypeError):
        return False
    return True
