"""The wheel, as users install it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.e2e.jobs import remote
from tests.support.cli import MakeStack
from tests.support.sandbox import ROOT, Controls

SECONDS = 300
PROGRAM = '''
import pulumi
import pulumi_sentinelhub
from pulumi_sentinelhub import BatchJob

SCRIPT = """//VERSION=3
function setup() {
  return { input: ["B04"], output: { id: "default", bands: 1, sampleType: "UINT8" } }
}
function evaluatePixel(sample) { return [100 * sample.B04] }
"""

job = BatchJob(
    "red",
    process_request={
        "input": {
            "bounds": {"bbox": [9.30, 42.30, 9.32, 42.32]},
            "data": [{
                "type": "sentinel-2-l2a",
                "dataFilter": {"timeRange": {"from": "2019-06-01T00:00:00Z", "to": "2019-06-30T00:00:00Z"}},
            }],
        },
        "output": {"responses": [{"identifier": "default", "format": {"type": "image/tiff"}}]},
    },
    tiling_grid={"id": 0, "resolution": 60.0},
    evalscript=SCRIPT,
    force_destroy=True,
)
pulumi.export("status", job.status)
pulumi.export("from", pulumi_sentinelhub.__file__)
'''


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that has the wheel, and beside it what the tests have installed."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    outside = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "provider", source / "provider", ignore=outside)
    pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(source))
    (wheel,) = folder.glob("pulumi_sentinelhub-*.whl")
    venv.create(folder / "venv")
    (packages,) = (folder / "venv").glob("lib/python*/site-packages")
    pip("install", "--no-deps", "--no-index", "--target", str(packages), str(wheel))
    # To save minutes, the dependencies are the tests' own; what is in the environment itself comes first.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "venv/bin/python"


def pip(*arguments: str) -> None:
    """Run pip to its end."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.network
def test_the_wheel_runs_the_smallest_program(
    python: Path, make_stack: MakeStack, sandbox: Controls, tmp_path: Path
) -> None:
    """Checks, job, report and clean-up need nothing of the repository: the wheel brings it all."""
    stack = make_stack(PROGRAM)
    del stack.environ["PYTHONPATH"]
    stack.environ |= {"PULUMI_SENTINELHUB_PYTHON": str(python), "PULUMI_PYTHON_CMD": str(python)}
    stack.preview()
    stack.up()
    outputs = stack.outputs()
    assert Path(outputs["from"]).is_relative_to(python.parents[1])
    assert outputs["status"] == "DONE"
    assert [one["status"] for one in remote(sandbox)] == ["DONE"]
    command = [str(python), "-m", "pulumi_sentinelhub.report.command", "--out", "page.html"]
    subprocess.run(command, cwd=stack.folder, env=stack.environ, timeout=SECONDS, check=True)
    assert "<canvas" in (stack.folder / "page.html").read_text()
    stack.destroy()
    assert stack.resources() == {}
