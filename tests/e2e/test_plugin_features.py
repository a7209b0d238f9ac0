"""A file of areas in a program without Python, on version 2 of the batch API."""

from __future__ import annotations

import os
from typing import Final

from tests.e2e.jobs import SCRIPT, buckets, changes, keys, look_often
from tests.e2e.plugin import geopackage, with_plugin
from tests.support.cli import MakeStack
from tests.support.sandbox import Controls
from tools.engine import Engine, ensure_yaml

PROGRAM: Final = """
name: inline
runtime: yaml
resources:
  results:
    type: sentinelhub:OutputBucket
    properties: {forceDestroy: true}
  valleys:
    type: sentinelhub:Features
    properties: {source: areas.gpkg, bucket: "${results.bucket}", defaults: {resolution: 0.0005}}
  area:
    type: sentinelhub:BatchRequest
    properties:
      processRequest:
        input:
          data:
            - type: sentinel-2-l2a
              dataFilter: {timeRange: {from: "2019-06-01T00:00:00Z", to: "2019-06-30T00:00:00Z"}}
        output: {responses: [{identifier: default, format: {type: image/tiff}}]}
      evalscript: {fn::readFile: ./script.js}
      features: ${valleys.features}
      output: {defaultTilePath: "s3://${results.bucket}/<requestId>/<tileName>.tif"}
  run:
    type: sentinelhub:BatchRun
    properties: {requests: ["${area.id}"], until: finished}
outputs:
  bucket: ${results.bucket}
  status: ${run.status}
  url: ${valleys.url}
"""


def test_areas_of_ones_own_in_yaml(make_stack: MakeStack, sandbox: Controls, engine: Engine) -> None:
    """A file beside the program is uploaded and processed; another one makes another job, then all goes."""
    stack = make_stack("")
    stack.environ["PATH"] = ensure_yaml(engine, os.environ, print).path(stack.environ["PATH"])
    with_plugin(stack)
    (stack.folder / "Pulumi.yaml").write_text(PROGRAM)
    (stack.folder / "script.js").write_text(SCRIPT)
    look_often(stack, api="v2")
    assert "source: areas.gpkg cannot be read" in stack.preview(expect_failure=True).output
    assert changes(sandbox) == []
    urls, outputs = [], dict[str, str]()
    for identifier in ("asco", "tavignano"):
        (stack.folder / "areas.gpkg").write_bytes(geopackage(identifier))
        stack.up()
        outputs = stack.outputs()
        assert outputs["status"] == "DONE"
        assert f"/{identifier}.tif" in " ".join(keys(sandbox, outputs["bucket"], ".tif"))
        urls.append(outputs["url"].removeprefix(f"s3://{outputs['bucket']}/"))
    assert keys(sandbox, outputs["bucket"], urls[1])
    assert keys(sandbox, outputs["bucket"], urls[0]) == [], "the file goes with its declaration"
    stack.refresh("--expect-no-changes")
    stack.preview(expect_no_changes=True)
    stack.destroy()
    assert (buckets(sandbox), stack.resources()) == ([], {})
