"""Members and words that no payload has are found by mypy, before anything is run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.support.source import PROVIDER
from tools.engine.finder import cache_folder

PROGRAM: Final = """\
from collections.abc import Mapping
from typing import Any
import pulumi
import pulumi_sentinelhub as sentinelhub
from pulumi_sentinelhub.types import ProcessRequest, TilingGrid
request: ProcessRequest = {
    "input": {"bounds": {"bbox": [8.5, 41.3, 8.6, 41.4]}, "data": [{"type": "sentinel-2-l2a"}]},
    "output": {"responses": [{"identifier": "default", "format": {"type": "image/tiff"}}]},
}
grid: TilingGrid = {"id": 0, "resolution": 60.0}
loose: Mapping[str, Any] = {}
sentinelhub.BatchJob("right", process_request=request, tiling_grid=grid, output={"cogOutput": True})
sentinelhub.BatchJob("later", process_request=pulumi.Output.from_input(loose), tiling_grid=grid)
sentinelhub.BatchRequest.from_payload("loose", loose)
sentinelhub.BatchJob("res", process_request=request, tiling_grid={"id": 0, "res": 60.0})  # wrong
sentinelhub.BatchJob("cog", process_request=request, tiling_grid=grid, output={"cog_output": True})  # wrong
sentinelhub.BatchJob("input", process_request={"inputt": {}}, tiling_grid=grid)  # wrong
sentinelhub.BatchJob("until", process_request=request, tiling_grid=grid, until="done")  # wrong
sentinelhub.BatchRun("run", requests="an-id", until="done")  # wrong
"""


def test_mypy_finds_what_no_payload_has(tmp_path: Path) -> None:
    """Each wrong line of a program, and none of the right ones."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"]
    # what mypy found of the SDK is kept; of what has changed since it looks again
    known = cache_folder(os.environ) / "mypy"
    done = subprocess.run(
        [*command, f"--cache-dir={known}", "program.py"],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(PROVIDER), "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    found = {int(line) for line in re.findall(r"^program\.py:(\d+): error", done.stdout, re.MULTILINE)}
    wrong = {n for n, line in enumerate(PROGRAM.splitlines(), 1) if line.endswith("# wrong")}
    assert found == wrong, done.stdout + done.stderr
