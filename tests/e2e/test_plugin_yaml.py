"""The Corsica job without Python: a program in YAML, through the plugin and its schema."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

from pulumi_sentinelhub.batch.mark import unmarked
from pulumi_sentinelhub.plugin.schema import schema
from tests.e2e.jobs import SCRIPT, buckets, changes, creations, keys, look_often, starts
from tests.e2e.notebook import Notebook
from tests.e2e.plugin import job, plugin_stack, with_plugin
from tests.support import seed
from tests.support.cli import MakeStack
from tests.support.inputs import ONE_TILE
from tests.support.patience import eventually
from tests.support.sandbox import COLLECTIONS, Controls
from tools.engine import Engine, ensure_yaml

BUCKET: Final = "somebody-elses"


def test_the_whole_job_in_yaml(make_stack: MakeStack, sandbox: Controls, engine: Engine) -> None:
    """The same payload is posted as by the Python program, the results come, and all is taken away again."""
    stack = make_stack(example="yaml")
    stack.environ["PATH"] = ensure_yaml(engine, os.environ, print).path(stack.environ["PATH"])
    look_often(stack)
    with_plugin(stack)
    assert creations(sandbox) == []
    assert "warning" not in stack.up().output
    outputs = stack.outputs()
    (creation,) = creations(sandbox)
    assert unmarked(creation["body"]) == seed.geotiff(outputs["bucket"])
    assert (outputs["status"], len(starts(sandbox))) == ("DONE", 1)
    assert len(keys(sandbox, outputs["bucket"], ".tif")) == outputs["tiles"]
    assert outputs["resultPath"] == f"s3://{outputs['bucket']}/{outputs['requestId']}"
    before = changes(sandbox)
    stack.preview("--refresh", expect_no_changes=True)
    assert changes(sandbox) == before
    stack.destroy()
    assert (buckets(sandbox), stack.resources()) == ([], {})
    eventually(lambda: stack.processes() == [], "no helper process is left")


def test_imported_code_previews_clean(
    make_stack: MakeStack, sandbox: Controls, engine: Engine, tmp_path: Path
) -> None:
    """`pulumi import` writes a declaration that changes nothing; the CLI takes the schema as it is."""
    stack = make_stack("")
    stack.environ["PATH"] = ensure_yaml(engine, os.environ, print).path(stack.environ["PATH"])
    launcher = with_plugin(stack)
    (stack.folder / "Pulumi.yaml").write_text("name: inline\nruntime: yaml\n")
    told = json.loads(stack.run("package", "get-schema", str(launcher)).output)
    assert set(told["resources"]) == set(schema()["resources"])
    sandbox.make_bucket(BUCKET)
    asked = seed.geotiff(BUCKET)
    asked["processRequest"]["input"]["bounds"]["bbox"] = list(ONE_TILE)
    asked["processRequest"]["evalscript"] = SCRIPT
    made = Notebook(sandbox).post(asked)
    body = {"name": "shared", "s3Bucket": BUCKET}
    shared = str(Notebook(sandbox).ask("POST", COLLECTIONS, body)["data"]["id"])
    other = plugin_stack(make_stack, job(run=False), name="other")
    other.up("--target", "**OutputBucket::results")
    results = other.resources()["results"]["id"]
    before, code = changes(sandbox), tmp_path / "imported.yaml"
    program = stack.folder / "Pulumi.yaml"
    wanted = [
        {"type": "sentinelhub:index:BatchRequest", "name": "first", "id": made},
        {"type": "sentinelhub:index:BatchCollection", "name": "shared", "id": shared},
        {"type": "sentinelhub:index:OutputBucket", "name": "results", "id": results},
    ]
    (stack.folder / "wanted.json").write_text(json.dumps({"resources": wanted}))
    stack.run("import", "--yes", "--protect=false", "--file", "wanted.json", "--out", str(code))
    with program.open("a") as text:
        text.write(code.read_text())
    assert len(stack.resources()) == 3
    stack.up("--expect-no-changes")
    assert changes(sandbox) == before


def test_the_examples_of_other_languages_are_the_one_in_python() -> None:
    """All have the same evalscript."""
    root = Path(__file__).resolve().parents[2] / "examples"
    scripts = {(root / name / "max-ndvi.js").read_text() for name in ("geotiff", "typescript", "yaml")}
    assert len(scripts) == 1


def test_a_misspelt_member(make_stack: MakeStack, sandbox: Controls, engine: Engine) -> None:
    """What is written out is held against the schema's types, down to the payload's members."""
    stack = make_stack(example="yaml")
    stack.environ["PATH"] = ensure_yaml(engine, os.environ, print).path(stack.environ["PATH"])
    with_plugin(stack)
    program = stack.folder / "Pulumi.yaml"
    program.write_text(program.read_text().replace("maxCloudCoverage: 70.0", "maxClouds: 70.0"))
    said = stack.preview(expect_failure=True).output
    assert "dataFilter: Cannot assign" in said
    assert "Existing properties are: maxCloudCoverage" in said
    assert creations(sandbox) == []
