"""SDKs that Pulumi's own generators write from the schema."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pulumi_sentinelhub.plugin.schema import schema_text
from tools.engine import ensure_sdk_writer
from tools.engine.finder import cache_folder

#: The Corsica program, an explicit provider, look-ups and areas of one's own.
PROGRAM: Final = """
import pulumi
import pulumi_sentinelhub_plugin as sh

other = sh.Provider("other", client_id="a", client_secret="b", poll_interval=0.5)
bucket = sh.OutputBucket("results", force_destroy=True, tags={"a": "b"})
area = sh.BatchRequest(
    "max-ndvi",
    process_request={
        "input": {
            "bounds": {
                "bbox": [8.44, 41.31, 9.66, 43.1],
                "properties": {"crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"},
            },
            "data": [
                {
                    "data_filter": {
                        "time_range": {"from_": "2019-04-01T00:00:00Z", "to": "2019-06-30T00:00:00Z"},
                        "max_cloud_coverage": 70.0,
                    },
                    "type": "sentinel-2-l2a",
                }
            ],
        },
        "output": {"responses": [{"identifier": "default", "format": {"type": "image/tiff"}}]},
    },
    evalscript="//VERSION=3",
    tiling_grid={"id": 0, "resolution": 60.0},
    bucket_name=bucket.bucket,
    opts=pulumi.ResourceOptions(provider=other),
)
run = sh.BatchRun("run", requests=[area.id], until="finished")
status: pulumi.Output[str] = run.status
tiles: pulumi.Output[int | None] = run.results.apply(lambda found: found[0].tile_count)
valleys = sh.Features("valleys", source="areas.gpkg", bucket=bucket.bucket)
sh.BatchRequest("of-areas", features=valleys.features, bucket_name=bucket.bucket)
found: pulumi.Output[str] = sh.get_batch_request_output(id=area.id).phase
grids: list[str] = [grid.name for grid in sh.list_tiling_grids().grids]
"""
WRONG: Final = {
    "force_destroy=True": "force_destroy=[]",
    "pulumi.Output[str] = run.status": "pulumi.Output[int] = run.status",
    "found[0].tile_count": "found[0].no_such_member",
    '"max_cloud_coverage"': '"max_clouds"',
    "grid.name": "grid.title",
}


def mistakes(programs: Mapping[str, str], folder: Path, sdk: Path) -> Counter[str]:
    """How many mistakes mypy finds in programs that import the SDK, by their names; in one go."""
    for name, text in programs.items():
        (folder / name).write_text(text)
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"]
    # what mypy found of Pulumi's own SDK is kept; of what has changed since it looks again
    known = cache_folder(os.environ) / "mypy-of-generated"
    done = subprocess.run(
        [*command, f"--cache-dir={known}", *programs],
        cwd=folder,
        env={**os.environ, "MYPYPATH": str(sdk / "python")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return Counter(line.partition(":")[0] for line in done.stdout.splitlines() if " error: " in line)


def test_the_generated_sdks_are_typed(tmp_path: Path) -> None:
    """The generators take the schema as it is; a typed Python program passes, a wrong one does not."""
    sdk, told = tmp_path / "sdk", tmp_path / "schema.json"
    told.write_text(schema_text())
    done = subprocess.run(
        [ensure_sdk_writer(os.environ, print), told, sdk], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (sdk / "nodejs" / "batchRequest.ts").is_file()
    assert not (sdk / "python" / "pulumi_sentinelhub").exists(), "it would overwrite our own package"
    wrong = PROGRAM
    for right, mistake in WRONG.items():
        assert right in PROGRAM
        wrong = wrong.replace(right, mistake)
    found = mistakes({"right.py": PROGRAM, "wrong.py": wrong}, tmp_path, sdk)
    assert set(found) == {"wrong.py"}
    assert found["wrong.py"] >= len(WRONG)
