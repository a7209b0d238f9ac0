"""`pulumi package add` of the plugin's folder: a language host runs it, and an SDK comes of its schema."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from tests.e2e.jobs import changes
from tests.e2e.notebook import Notebook
from tests.e2e.plugin import plugin_stack
from tests.support import seed
from tests.support.cli import MakeStack
from tests.support.clients import installed
from tests.support.patience import eventually
from tests.support.sandbox import ROOT, Controls
from tools.engine import ensure_sdk_writer

BUCKET: Final = "somebody-elses"
#: What pip builds the SDK with; by itself it would fetch one for each build.
BUILDER: Final = "setuptools==80.9.0"
OUT: Final = ("--out", "imported.py")
PROGRAM: Final = """
import pulumi
from pulumi.runtime import invoke

grids = invoke("sentinelhub:index:listTilingGrids", {}).value["grids"]
pulumi.export("grids", [grid["name"] for grid in grids])
"""


def test_the_folder_is_added(make_stack: MakeStack, sandbox: Controls) -> None:
    """The host for Python runs the folder, an SDK is written from its schema, and programs find both."""
    ensure_sdk_writer(os.environ, print)
    stack = make_stack(PROGRAM)
    stack.environ["PULUMI_IGNORE_AMBIENT_PLUGINS"] = "true"
    assert "sentinelhub" in stack.preview(expect_failure=True).output, "it is installed nowhere"
    folder = stack.folder.parent / "plugin"
    shutil.copytree(ROOT / "plugin", folder)
    # the host's own Python has the package already, and pip is called for the program's requirements
    (folder / "requirements.txt").unlink()
    (folder / "PulumiPlugin.yaml").write_text("runtime: python\n")
    packages = stack.folder.parent / "packages"
    stack.environ |= pip_settings(packages)
    stack.environ["PYTHONPATH"] += f"{os.pathsep}{installed(BUILDER)}"
    stack.run("package", "add", str(folder))
    assert (packages / "pulumi_sentinelhub_plugin" / "batch_request.py").is_file()
    sdk = stack.folder / "sdks" / "sentinelhub"
    assert (sdk / "pulumi_sentinelhub_plugin" / "batch_request.py").is_file()
    assert "sdks/sentinelhub" in (stack.folder / "requirements.txt").read_text()
    assert str(folder) in (stack.folder / "Pulumi.yaml").read_text()
    stack.up()
    assert "20km grid" in " ".join(stack.outputs()["grids"])
    assert changes(sandbox) == []
    eventually(lambda: stack.processes() == [], "no helper is left")


def pip_settings(packages: Path) -> dict[str, str]:
    """Variables that have pip fetch nothing, and install into this folder, not into the tests' Python."""
    # "false" is how this one is switched on: the variable sets what the option switches off
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "false"}
    return {**offline, "PIP_TARGET": str(packages), "PIP_NO_COMPILE": "1"}


def test_code_of_an_import(make_stack: MakeStack, sandbox: Controls) -> None:
    """`pulumi import` writes a declaration in Python, of the generated SDK's names."""
    ensure_sdk_writer(os.environ, print)
    stack = plugin_stack(make_stack, "")
    sandbox.make_bucket(BUCKET)
    request = Notebook(sandbox).post(seed.geotiff(BUCKET))
    stack.run("import", "--yes", "--protect=false", "sentinelhub:index:BatchRequest", "first", request, *OUT)
    assert stack.resources()["first"]["id"] == request
    code = (stack.folder / OUT[1]).read_text()
    assert "import pulumi_sentinelhub_plugin as sentinelhub" in code
    assert 'first = sentinelhub.BatchRequest("first",' in code
    assert '"max_cloud_coverage": float(70)' in code
    compile(code, "imported", "exec")
