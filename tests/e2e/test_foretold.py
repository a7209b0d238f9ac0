"""What only a preview tells is told once: the update of `pulumi up` checks all again, and repeats nothing."""

from __future__ import annotations

import os
import re
from typing import Final

import pytest

from tests.e2e.fronts import DYNAMIC, PLUGIN, program
from tests.e2e.jobs import SCRIPT, creations, job, look_often, stack_of
from tests.e2e.plugin import plugin_stack, with_plugin
from tests.support.cli import MakeStack, Stack
from tests.support.inputs import ONE_TILE
from tests.support.sandbox import Controls
from tools.engine import Engine, ensure_yaml

PRICES: Final = (r"about \d+ tiles? and [\d.]+ PU", r"starts 1 request of about [\d.]+ PU in all")

YAML: Final = f"""
resources:
  results:
    type: sentinelhub:OutputBucket
    properties: {{forceDestroy: true}}
  area:
    type: sentinelhub:BatchRequest
    properties:
      bucketName: ${{results.bucket}}
      tilingGrid: {{id: 0, resolution: 60}}
      processRequest:
        input:
          bounds: {{bbox: {list(ONE_TILE)}}}
          data:
            - type: sentinel-2-l2a
              dataFilter: {{timeRange: {{from: "2019-04-01T00:00:00Z", to: "2019-04-30T00:00:00Z"}}}}
        output: {{responses: [{{identifier: default, format: {{type: image/tiff}}}}]}}
        evalscript: |
          {SCRIPT.replace(chr(10), chr(10) + " " * 10)}
"""
YAML_RUN: Final = """
  run:
    type: sentinelhub:BatchRun
    properties: {requests: ["${area.id}"], until: finished}
"""


def phases(stack: Stack, *, expect_failure: bool = False) -> tuple[str, str]:
    """What `pulumi up` says before and after its update has begun."""
    said = stack.run("up", "--yes", expect_failure=expect_failure).output
    before, _, after = re.sub(r"\x1b\[[0-9;]*m", "", said).partition("\nUpdating (")
    assert after, said
    return before, after


def diagnostics(said: str) -> str:
    """What stays at the end of a phase."""
    return said.partition("Diagnostics:")[2]


@pytest.mark.parametrize("plugin", [False, True], ids=["dynamic", "plugin"])
def test_a_price_is_told_before_the_update_alone(
    plugin: bool, make_stack: MakeStack, sandbox: Controls, engine: Engine
) -> None:
    """Of a new request, and of a run that alone is new; the update shows how far it is."""
    stack = stack_of(make_stack, "")
    if plugin:
        stack.environ["PATH"] = ensure_yaml(engine, os.environ, print).path(stack.environ["PATH"])
        with_plugin(stack)

    def write(*, run: bool) -> None:
        if plugin:
            program = f"name: inline\nruntime: yaml\n{YAML}{YAML_RUN if run else ''}"
            (stack.folder / "Pulumi.yaml").write_text(program)
            look_often(stack)
        else:
            stack.program(job(run=run))

    after = ""
    for run, price in enumerate(PRICES):
        write(run=bool(run))
        before, after = phases(stack)
        assert len(re.findall(price, diagnostics(before))) == 1
        assert [re.findall(one, after) for one in PRICES] == [[], []]
    assert "DONE 100%" in after
    assert len(creations(sandbox)) == 1
    assert "previewed" not in str(stack.export())
    stack.preview(expect_no_changes=True)


def test_refused_credentials_are_warned_of_or_refused(make_stack: MakeStack, sandbox: Controls) -> None:
    """The preview warns once; the update fails with the same cause, and has no warning beside it."""
    stack = stack_of(make_stack, job(run=False).replace("bucket.bucket", '"shared-results"', 1))
    stack.environ["SH_CLIENT_SECRET"] = "wrong"
    before, after = phases(stack, expect_failure=True)
    assert len(re.findall("warning: `pulumi up` may make nothing", diagnostics(before))) == 1
    assert "may make nothing" not in after
    assert "refused the OAuth client" in diagnostics(after)


def test_a_plan_of_a_preview_holds_in_the_update(make_stack: MakeStack, sandbox: Controls) -> None:
    """What a preview alone is told of makes no difference to what it has planned, by both front ends."""
    stack = plugin_stack(make_stack, program({"dynamic": DYNAMIC, "plugin": PLUGIN}))
    stack.environ["PULUMI_EXPERIMENTAL"] = "1"
    stack.run("preview", "--save-plan", "plan.json")
    stack.up("--plan", "plan.json")
    assert stack.outputs()["statuses"] == 2 * ["DONE"]
