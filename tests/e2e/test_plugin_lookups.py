"""The plugin's look-ups and lists through the real CLI: in programs, by explicit providers, by command."""

from __future__ import annotations

import json
import os
from typing import Final

import pytest

from tests.e2e.jobs import changes, look_often
from tests.e2e.notebook import Notebook
from tests.e2e.plugin import job, plugin_stack, with_plugin
from tests.support import seed
from tests.support.cli import MakeStack
from tests.support.sandbox import COLLECTIONS, Controls
from tools.engine import Engine, ensure_yaml

BUCKET: Final = "somebody-elses"

#: Appended to a job: what it has made is looked up once it has run.
LATER: Final = """
from pulumi.runtime import invoke_output

def ask(name, **args):
    return invoke_output("sentinelhub:index:" + name, args)

done = run.status.apply(lambda _: area.id)
info = ask("getBatchRequest", id=done)
pulumi.export("status", info["status"])
pulumi.export("found", ask("listBatchRequests", sort=done.apply(lambda _: "created"))["requests"])
pulumi.export("processed", ask("getBatchRequestTiles", id=done, status="PROCESSED")["tiles"])
pulumi.export("grids", ask("listTilingGrids")["grids"])
"""

#: Looks through an account of its own and through that of an explicit provider, without any resource.
YAML: Final = """
name: inline
runtime: yaml
resources:
  stranger:
    type: pulumi:providers:sentinelhub
    properties: {clientId: stranger, clientSecret: secret}
variables:
  ours:
    fn::invoke: {function: "sentinelhub:index:listBatchRequests", arguments: {search: "ours"}}
  theirs:
    fn::invoke:
      function: sentinelhub:index:listBatchRequests
      options: {provider: "${stranger}"}
outputs:
  ours: ${ours.requests[0].id}
  theirs: ${theirs.requests}
"""


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_what_a_job_has_made_is_looked_up(make_stack: MakeStack, sandbox: Controls, api: str) -> None:
    """Ids that are known only during the update are waited for, and preview does without the answers."""
    stack = plugin_stack(make_stack, job(more=LATER))
    look_often(stack, api=api)
    stack.preview_and_up()
    outputs = stack.outputs()
    assert (outputs["status"], [one["status"] for one in outputs["found"]]) == ("DONE", ["DONE"])
    assert len(outputs["processed"]) == outputs["tiles"] > 0
    assert {tile["status"] for tile in outputs["processed"]} == {"PROCESSED"}
    assert 60.0 in next(grid["resolutions"] for grid in outputs["grids"] if grid["id"] == 0)
    stack.preview(expect_no_changes=True)


def test_in_yaml_and_by_an_explicit_provider(
    make_stack: MakeStack, sandbox: Controls, engine: Engine
) -> None:
    """A look-up is asked as whom its provider is; what is not there, or cannot be asked, is one line."""
    sandbox.make_bucket(BUCKET)
    payload = seed.geotiff(BUCKET)
    made = Notebook(sandbox).post({**payload, "description": "ours"})
    stack = make_stack("")
    stack.environ["PATH"] = ensure_yaml(engine, os.environ, print).path(stack.environ["PATH"])
    with_plugin(stack)
    program = stack.folder / "Pulumi.yaml"
    program.write_text(YAML)
    stack.up()
    assert stack.outputs() == {"ours": made, "theirs": []}
    asked = 'listBatchRequests", arguments: {search: "ours"'
    for id, said in (("not-there", "not-there"), ("a/b", "id: must be an id: letters")):
        changed = YAML.replace(asked, f'getBatchRequest", arguments: {{id: "{id}"')
        program.write_text(changed.replace("ours.requests[0].id", "ours.status"))
        output = stack.preview(expect_failure=True).output
        assert said in output
        assert "Traceback" not in output


def test_without_credentials_a_preview_says_so(make_stack: MakeStack, sandbox: Controls) -> None:
    """A look-up that cannot be asked for want of credentials says how to give them."""
    stack = plugin_stack(
        make_stack, "from pulumi.runtime import invoke\ninvoke('sentinelhub:index:listTilingGrids', {})\n"
    )
    for name in [name for name in stack.environ if name.startswith("SH_CLIENT")]:
        del stack.environ[name]
    said = stack.preview(expect_failure=True).output
    assert "sentinelhub:clientId" in said


def test_listed_by_command(make_stack: MakeStack, sandbox: Controls) -> None:
    """`pulumi do` lists requests and collections with ids that can be imported, and changes nothing."""
    sandbox.make_bucket(BUCKET)
    notebook, payload = Notebook(sandbox), seed.geotiff(BUCKET)
    made = [notebook.post({**payload, "description": f"area {number}"}) for number in range(3)]
    body = {"name": "shared", "s3Bucket": BUCKET}
    collection = str(notebook.ask("POST", COLLECTIONS, body)["data"]["id"])
    before = changes(sandbox)
    stack = make_stack("")
    launcher = with_plugin(stack)
    stack.environ["PULUMI_EXPERIMENTAL"] = "true"

    def listed(kind: str, *more: str) -> list[dict[str, str]]:
        said = stack.run("do", "--package", str(launcher), f"sentinelhub:{kind}", "list", *more).output
        found: list[dict[str, str]] = json.loads(said[said.index("[") :])
        return found

    assert {one["id"]: one["name"] for one in listed("BatchRequest")} == {
        id: f"area {number}" for number, id in enumerate(made)
    }
    assert len(listed("BatchRequest", "--count", "2")) == 2
    assert listed("BatchCollection") == [{"id": collection, "name": "shared"}]
    assert changes(sandbox) == before
