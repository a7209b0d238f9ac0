"""The Corsica job in TypeScript: types of a generated SDK, and the program itself on the published SDK."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from pulumi_sentinelhub.batch.mark import unmarked
from pulumi_sentinelhub.plugin.schema import schema_text
from tests.e2e.jobs import buckets, changes, creations, keys, look_often
from tests.e2e.plugin import with_plugin
from tests.support import node, seed
from tests.support.cli import MakeStack, copy_example
from tests.support.sandbox import Controls

pytestmark = pytest.mark.skipif(not node.has_node(), reason=node.NEEDED)

#: Mistakes, and what the compiler says of each.
WRONG: Final = {
    "maxCloudCoverage: 70.0": ("maxClouds: 70.0", "'maxClouds' does not exist in type 'DataFilterArgs"),
    "forceDestroy: true": ("forceDestroy: []", "is not assignable to type 'Input<boolean"),
    "run.status;": ("run.statusWord;", "Property 'statusWord' does not exist on type 'BatchRun'"),
    "{ id: 0, resolution: 60.0 }": ("{ id: 0 }", "Property 'resolution' is missing"),
}
#: The look-ups and the other resources, typed.
MORE: Final = """
const areas = new sentinelhub.Features("areas", { source: "areas.gpkg", bucket: results.bucket });
new sentinelhub.BatchRequest("of-areas", { features: areas.features, bucketName: results.bucket });
const other = new sentinelhub.Provider("other", { clientId: "a", clientSecret: "b", pollInterval: 0.5 });
export const phase = sentinelhub.getBatchRequestOutput({ id: request.id }, { provider: other }).phase;
const grids = sentinelhub.listTilingGrids();
export const doubled = grids.then(found => found.grids.map(grid => grid.resolutions[0] * 2));
export const first = run.results.apply(found => found[0].tileCount);
"""


@dataclass(frozen=True)
class Compiled:
    """The example with a compiled SDK, which both tests take, and what the compiler has said."""

    folder: Path
    said: str


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """The example, the same with more, and with all mistakes."""
    folder = tmp_path_factory.mktemp("typescript") / "project"
    copy_example("typescript", folder)
    right = wrong = (folder / "index.ts").read_text()
    for good, (bad, _) in WRONG.items():
        assert good in wrong
        wrong = wrong.replace(good, bad)
    others = {"more.ts": right + MORE, "wrong.ts": wrong}
    return Compiled(folder, node.with_sdk(folder, schema_text(), others))


def test_the_types(project: Compiled) -> None:
    """The SDK, the example and all else pass a strict compiler; each mistake is told where it stands."""
    said = project.said
    assert {line.partition("(")[0] for line in said.splitlines() if "error TS" in line} == {"wrong.ts"}
    assert [told for _, told in WRONG.values() if told not in said] == []


def test_the_whole_job_in_typescript(
    make_stack: MakeStack, project: Compiled, sandbox: Controls, tmp_path: Path
) -> None:
    """The same payload is posted as by the Python program, the results come, and all is taken away again."""
    stack = make_stack(example="typescript")
    shutil.copytree(project.folder / "node_modules", stack.folder / "node_modules", symlinks=True)
    # the compiler has its say in the test of the types
    stack.environ["PULUMI_NODEJS_TRANSPILE_ONLY"] = "true"
    node.with_host(stack.folder, tmp_path / "host", stack.environ["PULUMI_SENTINELHUB_PYTHON"])
    look_often(stack)
    with_plugin(stack, sys.executable)  # as users start it
    stack.up()
    outputs = stack.outputs()
    (creation,) = creations(sandbox)
    assert unmarked(creation["body"]) == seed.geotiff(outputs["bucket"])
    assert outputs["status"] == "DONE"
    assert len(keys(sandbox, outputs["bucket"], ".tif")) == outputs["tiles"]
    before = changes(sandbox)
    with_plugin(stack)
    stack.preview(expect_no_changes=True)
    assert changes(sandbox) == before
    stack.destroy()
    assert (buckets(sandbox), stack.resources()) == ([], {})
