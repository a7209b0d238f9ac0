"""The report as text, for a terminal and for `grep`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from pulumi_sentinelhub.report.listing import listing
from pulumi_sentinelhub.report.model import Budget, MapTile
from tests.support.source import PROVIDER

from . import reports

WITHOUT: Final = """
import sys
for name in ("jinja2", "numcodecs", "numpy", "PIL", "rasterio"):
    sys.modules[name] = None
from pulumi_sentinelhub.report.command import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_line_a_fact_and_a_line_a_failed_tile() -> None:
    """Of each request; the sums come first where there are several."""
    tiles = [MapTile("b", "FAILED", None, "no data"), MapTile("a", "FAILED"), MapTile("c", "PROCESSED", 1.0)]
    one = reports.section(tiles=tiles, facts=[("Results", "s3://b/4b1c")], estimate=30.0, cost=15.0)
    run = Budget("all", "finished", "PARTIAL", 2, 500.0, 217.0, 116.0)
    text = listing(reports.report(one, reports.section("other"), budgets=[run]))
    assert re.sub(" +", " ", text).splitlines()[:17] == [
        "maps / dev: batch report, made 2026-01-01",
        "Tiles 23",
        "Estimate 217 PU, charged as 287 PU, at least 100 PU each",
        "Cost 116 PU",
        "Run all PARTIAL (2 requests), 116 PU spent of max_cost = 500 PU",
        "",
        "corsica: PARTIAL",
        " Tiles 2 failed, 1 processed",
        " Estimate 30 PU, charged as 100 PU, the least (the service's)",
        " Cost 15 PU (50 % of the estimate)",
        " Results s3://b/4b1c",
        " Failed tiles",
        " a the service tells no reason",
        " b no data",
        "",
        "other: PARTIAL",
        " Tiles 3 failed, 17 processed",
    ]


def test_what_would_be_computed_has_no_cost() -> None:
    """Neither in the sums nor of a request."""
    text = listing(reports.report(reports.section(cost=None), reports.section(cost=None), planned=True))
    assert "what would be computed" in text
    assert "Cost" not in text


def test_hostile_texts_keep_to_their_line() -> None:
    """Nothing of others can move a cursor, or write a line of its own."""
    text = listing(reports.hostile())
    assert re.findall("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2028\u2029\ud800-\udfff]", text) == []


def test_no_extra_package_is_needed(tmp_path: Path) -> None:
    """What draws a page may be missing."""
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"deployment": {"resources": []}}))
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(state), "--text"],
        env={"PYTHONPATH": str(PROVIDER), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert "There is no batch request in this stack" in done.stdout, done.stderr
    assert done.returncode == 0


def test_a_reader_may_leave(tmp_path: Path) -> None:
    """As `head` does: no traceback, no complaint."""
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"deployment": {"resources": []}}))
    command = [sys.executable, "-m", "pulumi_sentinelhub.report.command", str(state), "--text"]
    environ = {"PYTHONPATH": str(PROVIDER), "HOME": str(tmp_path)}
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(300) == 0
