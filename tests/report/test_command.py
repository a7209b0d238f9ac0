"""The command: what it writes, what it refuses in one line, and how it ends when it is interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulumi_sentinelhub.plain_json import SIGNATURE, UNKNOWNS
from pulumi_sentinelhub.report.command import main
from pulumi_sentinelhub.report.state import planned_of, state_of
from pulumi_sentinelhub.report.texts import SECRET
from tests.support import inputs
from tests.support.source import PROVIDER

from .stacks import URN, Bench

Benches = Callable[[str], Bench]
#: What makes the smallest payload one of v2.
NEWER: dict[str, Any] = {
    "bucketName": None,
    "tilingGrid": None,
    "input": {"type": "tiling-grid", "id": 0, "resolution": 60},
    "output": {"type": "raster", "delivery": {"s3": {"url": "s3://b"}}},
}
PNG = b"\x89PNG\r\n\x1a\n"


def written(folder: Path, document: Any) -> str:
    file = folder / "document.json"
    file.write_text(json.dumps(document), "utf-8")
    return str(file)


def step(name: str, op: str = "create", **changes: Any) -> dict[str, Any]:
    """A step of ``pulumi preview --json``."""
    declared = inputs.declared(name, **changes)
    kind = "pulumi-python:dynamic/sentinelhub:BatchRequest"
    new = {"urn": f"{URN}:BatchRequest::{name}", "type": kind, "inputs": declared}
    return {"op": op, "urn": new["urn"], "newState": new}


@pytest.mark.parametrize("generation", ["v1", "v2"])
def test_page_and_picture(
    bench: Benches, generation: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a state's file and the environment's credentials, both are written, and told."""
    stack = bench(generation)
    stack.run(stack.order("one"))
    page, picture = tmp_path / "page.html", tmp_path / "picture.png"
    assert main([written(tmp_path, stack.document()), "--out", str(page), "--png", str(picture)]) == 0
    assert capsys.readouterr().out.split() == [str(page), str(picture)]
    assert "maps / dev" in page.read_text("utf-8")
    assert picture.read_bytes().startswith(PNG)
    assert stack.controls.endpoints["client_secret"] not in page.read_text("utf-8")
    assert stack.controls.endpoints["aws_secret_access_key"] not in page.read_text("utf-8")


def test_a_preview(tmp_path: Path) -> None:
    """What would be made, with tiles and price; what stays as it is, is left out. No call is made."""
    unknown = next(iter(sorted(UNKNOWNS)))
    steps = [step("new", bucket_name=unknown), step("kept", op="same"), step("changed", op="replace")]
    page = tmp_path / "page.html"
    assert main(["--preview", written(tmp_path, {"steps": steps}), "--out", str(page)]) == 0
    html = page.read_text("utf-8")
    assert "What would be computed" in html
    assert "changed</h2>" in html
    assert "kept</h2>" not in html
    assert unknown not in html
    assert "our own: 334 x 334 pixels a tile" in html
    assert '"kinds"' in html


@pytest.mark.parametrize("change", [{}, NEWER])
def test_a_payload(change: dict[str, Any], tmp_path: Path) -> None:
    """Of either generation: the tiles that it would compute."""
    given = {name: value for name, value in inputs.payload(**change).items() if value is not None}
    picture = tmp_path / "picture.png"
    assert main(["--preview", written(tmp_path, given), "--png", str(picture)]) == 0
    assert picture.read_bytes().startswith(PNG)
    (request,) = planned_of(given, "payload.json").requests
    assert request.generation == ("v2" if change else "v1")


def test_secrets_of_the_state_are_not_read(tmp_path: Path) -> None:
    """Encrypted or exported in plain: what the program marked as a secret is shown as one."""
    secret = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"canary"'}
    outputs = {**inputs.declared("one"), "request_id": "an-id", "description": secret}
    resource = {"urn": f"{URN}:BatchRequest::one", "type": "pulumi-python:dynamic/sentinelhub:BatchRequest"}
    state = state_of({"deployment": {"resources": [{**resource, "outputs": outputs}]}})
    assert state.requests[0].inputs["description"] == SECRET
    assert "canary" not in repr(state)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["/nowhere/state.json"], "cannot read /nowhere/state.json: No such file or directory."),
        (["EMPTY"], "cannot read EMPTY: it is no JSON."),
        (["LIST"], "this is no stack's state: it has no deployment.resources."),
        (["--preview", "LIST"], "this is neither a preview nor a payload LIST"),
        (["STATE", "--out", "/nowhere/x.html"], "cannot write /nowhere/x.html: No such file or directory."),
        ([], "cannot find the Pulumi CLI: there is no pulumi on PATH."),
    ],
)
def test_errors_are_one_line(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What, why, and what to do; no traceback."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "EMPTY").write_text("")
    (tmp_path / "LIST").write_text("[1]")
    (tmp_path / "STATE").write_text('{"deployment": {"resources": []}}')
    assert main(arguments) == 1
    errors = capsys.readouterr().err
    assert errors.startswith(f"error: {said}")
    assert errors.count("\n") == 1


def test_a_cli_that_says_no(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own words, on one line."""
    cli = tmp_path / "pulumi"
    cli.write_text("#!/bin/sh\nprintf 'error: no stack\\nselected\\n' >&2\nexit 255\n")
    cli.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert main([]) == 1
    assert capsys.readouterr().err.startswith("error: pulumi stack export failed: no stack selected.")


def test_ctrl_c_ends_it(tmp_path: Path) -> None:
    """While a CLI hangs: one line, and exit code 130."""
    cli = tmp_path / "pulumi"
    cli.write_text(
        f"#!{sys.executable}\nimport pathlib, time\npathlib.Path('begun').touch()\ntime.sleep(600)\n"
    )
    cli.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    environ = {**os.environ, "PATH": path, "PYTHONPATH": str(PROVIDER)}
    command = [sys.executable, "-m", "pulumi_sentinelhub.report.command"]
    with subprocess.Popen(command, cwd=tmp_path, env=environ, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 120
        while not (tmp_path / "begun").exists():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert errors.startswith("error: interrupted")
    assert errors.count("\n") == 1


def test_the_deadline_ends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no time there is no report, and it is said why."""
    resource = {"urn": f"{URN}:BatchRequest::one", "type": "pulumi-python:dynamic/sentinelhub:BatchRequest"}
    outputs = {**inputs.declared("one"), "request_id": "an-id", "service": "http://127.0.0.1:9"}
    document = {"deployment": {"resources": [{**resource, "outputs": outputs}]}}
    for name in ("SH_CLIENT_ID", "SH_CLIENT_SECRET"):
        monkeypatch.setenv(name, "made-up-words")
    assert main([written(tmp_path, document), "--timeout", "0", "--out", str(tmp_path / "x.html")]) == 1
    assert "deadline" in capsys.readouterr().err
