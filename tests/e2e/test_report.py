"""`sentinelhub-report` in a user's own project: before anything is made, after a failure, and at the end."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import redirect_stdout
from html import unescape
from io import StringIO
from typing import Final
from unittest.mock import patch

import pytest

from pulumi_sentinelhub.report.command import main
from tests.e2e import plugin
from tests.e2e.jobs import changes, job, stack_of
from tests.e2e.v2 import canaries
from tests.support.cli import MakeStack, Stack
from tests.support.inputs import FOUR_TILES
from tests.support.sandbox import Controls

EXPORTS: Final = """
pulumi.export("path", area.result_path)
pulumi.export("failed", run.failed_tiles)
"""
ACCEPTING: Final = job(FOUR_TILES, more=EXPORTS).replace("until=", "accept_partial=True, until=")
PNG: Final = b"\x89PNG\r\n\x1a\n"


def report(stack: Stack, *arguments: str) -> str:
    """What the command prints, called in the project's folder as users call it."""
    done = subprocess.run(
        [sys.executable, "-m", "pulumi_sentinelhub.report.command", *arguments],
        cwd=stack.folder,
        env=stack.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def text(stack: Stack, *arguments: str) -> str:
    """What it prints with --text, without a process: what it does in that is what `main` does."""
    said = StringIO()
    with pytest.MonkeyPatch.context() as here, patch.dict(os.environ, stack.environ, clear=True):
        here.chdir(stack.folder)
        with redirect_stdout(said):
            assert main([*arguments, "--text"]) == 0
    return said.getvalue()


def words(page: str) -> str:
    """The text of a page, without its script and its markup."""
    body = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.mark.pixels
@pytest.mark.parametrize("api", ["v1", "v2"])
def test_before_and_after(api: str, make_stack: MakeStack, sandbox: Controls) -> None:
    """The tiles and the price that a preview tells; then what came out, where it lies, and what failed."""
    sandbox.control("PUT", "options", {"fail_tiles": 0.4})
    try:
        stack = stack_of(make_stack, ACCEPTING, api=api)
        told = re.search(r"about (\d+) tiles? and ([\d.]+) PU", stack.preview().output)
        assert told
        assert report(stack, "--preview", "--out", "planned.html", "--png", "planned.png").split() == [
            "planned.html",
            "planned.png",
        ]
        planned = words((stack.folder / "planned.html").read_text())
        assert "What would be computed" in planned
        assert f"Tiles {told[1]} Estimate" in planned
        estimated = re.search(r"Estimate ([\d.]+) PU charged as 100 PU, the least", planned)
        assert estimated
        assert estimated[1] == told[2]
        assert f"{estimated[1]} PU, charged as 100 PU, the least (our own: " in text(stack, "--preview")
        assert (stack.folder / "planned.png").read_bytes().startswith(PNG)
        assert changes(sandbox) == []

        stack.up()
    finally:
        sandbox.control("PUT", "options", {"fail_tiles": 0})
    outputs, before = stack.outputs(), changes(sandbox)
    assert report(stack, "--out", "page.html", "--png", "picture.png").split() == ["page.html", "picture.png"]
    html = (stack.folder / "page.html").read_text()
    page, listed = words(html), text(stack)
    failed = [name.partition(" ")[0] for name in outputs["failed"]]
    assert failed
    for said in (page, listed):
        assert said.startswith("inline / test")
        for fact in (
            outputs["path"],
            *failed,
            f"{len(failed)} failed",
            "PARTIAL",
        ):
            assert fact in said
    assert f"Tiles {outputs['tiles']} " in page
    assert '<img id="picture-0" src="data:image/webp;base64,' in html
    assert (stack.folder / "picture.png").read_bytes().startswith(PNG)
    assert canaries(sandbox, html + listed) == []
    assert changes(sandbox) == before
    stack.preview(expect_no_changes=True)


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_what_is_there_after_a_failure(api: str, make_stack: MakeStack, sandbox: Controls) -> None:
    """The error names the command that shows path and tiles; --continue-on-error exports the path."""
    sandbox.control("PUT", "options", {"fail_tiles": 0.4})
    try:
        stack = stack_of(make_stack, job(FOUR_TILES, more=EXPORTS), api=api)
        said = stack.up(expect_failure=True).output
    finally:
        sandbox.control("PUT", "options", {"fail_tiles": 0})
    assert "`sentinelhub-report --text` lists what is there and what failed" in said
    resources = stack.resources()
    path, lost = (
        resources[name]["outputs"][key] for name, key in (("area", "result_path"), ("run", "failed_tiles"))
    )
    assert lost
    listed = text(stack)
    assert path in listed
    assert [name for name in lost if name.partition(" ")[0] not in listed.partition("Failed tiles")[2]] == []

    assert stack.outputs() == {}
    stack.up("--continue-on-error", expect_failure=True)
    assert stack.outputs()["path"] == path
    stack.program(ACCEPTING)
    stack.up()
    outputs = stack.outputs()
    assert (outputs["path"], outputs["failed"], outputs["status"]) == (path, lost, "PARTIAL")


def test_a_program_of_another_language(make_stack: MakeStack, sandbox: Controls) -> None:
    """What the plugin has made, whose state is written otherwise, is reported alike."""
    stack = plugin.plugin_stack(make_stack, plugin.job())
    planned = text(stack, "--preview")
    assert "area: would be made" in planned
    assert "charged as 100 PU, the least (our own: 334 x 334 pixels a tile" in planned
    assert changes(sandbox) == [], "a preview makes nothing"
    stack.up()
    resources = stack.resources()
    listed = text(stack)
    assert "area: DONE" in listed
    assert resources["area"]["outputs"]["resultPath"] in listed
    assert f"{resources['run']['outputs']['tiles']} processed" in listed
    assert re.search(r"Run run +DONE \(1 request\), [\d.]+ PU spent", listed)
