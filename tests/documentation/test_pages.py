"""Every block of code in README and docs runs, and the pages say what the tables say."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

import pulumi_sentinelhub as sentinelhub
from pulumi_sentinelhub.evalscript import run_setup
from pulumi_sentinelhub.report.command import parser_of_command
from sentinelhub_sandbox.__main__ import parse
from tests.support import inputs
from tests.support.notes import Notes
from tools import docs_reference, docs_site
from tools.engine import ensure_engine

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SCRIPT = (ROOT / "examples" / "geotiff" / "max-ndvi.js").read_text()
POLYGON = {
    "type": "Polygon",
    "coordinates": [[[8.5, 41.4], [9.0, 41.4], [9.0, 42.0], [8.5, 42.0], [8.5, 41.4]]],
}


def blocks(language: str) -> list[Any]:
    """The blocks in a language, each under the name of its page and its number there."""
    all_of_them = []
    for page in PAGES:
        found = re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
        for number, text in enumerate(found):
            all_of_them.append(pytest.param(text, id=f"{page.relative_to(ROOT)}-{number}"))
    return all_of_them


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the programs of the pages find beside themselves."""
    monkeypatch.chdir(tmp_path)
    for name in ("max-ndvi.js", "nbr.js"):
        (tmp_path / name).write_text(SCRIPT)
    feature = {"type": "Feature", "properties": {}, "geometry": POLYGON}
    (tmp_path / "area.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    (tmp_path / "payload.json").write_text(json.dumps(inputs.payload()))
    return tmp_path


@pytest.mark.parametrize("text", blocks("python"))
def test_programs_run(
    text: str, folder: Path, notes: Notes, program: Callable[[Callable[[], Any]], Any]
) -> None:
    """Each program declares something; what a part of one relies on is a request ``area`` and its payload."""
    request: Any = inputs.process_request()

    def body() -> None:
        given: dict[str, Any] = {"pulumi": pulumi, "request": request}
        if re.search(r"\barea\b", text):
            given["area"] = sentinelhub.BatchRequest(
                "area",
                process_request=request,
                tiling_grid={"id": 0, "resolution": 60.0},
                bucket_name="results",
            )
        exec(compile(text, "page", "exec"), given)

    program(body)
    assert [one for one in notes.registered if "sentinelhub" in one.typ]


@pytest.mark.parametrize("text", blocks("javascript"))
def test_evalscripts_run(text: str) -> None:
    """Each declares its outputs."""
    assert run_setup(text).outputs


@pytest.fixture(scope="module")
def helps() -> Callable[[tuple[str, ...]], str]:
    """The help of a command of Pulumi's."""
    engine = ensure_engine(os.environ, print)
    known: dict[tuple[str, ...], str] = {}

    def help_of(words: tuple[str, ...]) -> str:
        if words not in known:
            environ = {**os.environ, "PATH": engine.path(os.environ["PATH"]), "PULUMI_SKIP_UPDATE_CHECK": "1"}
            done = subprocess.run(
                ["pulumi", *words, "--help"], capture_output=True, text=True, env=environ, check=False
            )
            known[words] = done.stdout if done.returncode == 0 else ""
        return known[words]

    return help_of


@pytest.mark.parametrize("text", blocks("console"))
def test_commands_are_there(text: str, helps: Callable[[tuple[str, ...]], str]) -> None:
    """Each command exists, with the options that it is given."""
    for line in text.splitlines():
        if not line.startswith("$ "):
            continue
        for command in re.split(r"&&", line[2:].split(" #")[0]):
            _check(shlex.split(re.sub(r"<[^>]*>", "VALUE", command)), helps)


def _check(words: list[str], helps: Callable[[tuple[str, ...]], str]) -> None:
    name, *rest = words
    options = [word for word in rest if word.startswith("--")]
    match name:
        case "pulumi":
            plain = [word for word in rest if not word.startswith("-")]
            depth = 2 if plain[0] in {"config", "stack"} and len(plain) > 1 else 1
            told = helps(tuple(plain[:depth]))
            assert told, words
            assert [option for option in options if option not in told] == []
        case "make":
            assert re.search(rf"^{rest[0]}:", (ROOT / "Makefile").read_text(), re.MULTILINE), words
        case "sentinelhub-sandbox":
            parse(rest)
        case "pulumi-resource-sentinelhub":
            assert rest == ["install"]
        case "sentinelhub-report":
            parser_of_command().parse_args(rest)
        case _:
            assert name in {"pip", "mkdir", "cd", ".", "source"}, words


def test_the_reference_says_what_the_tables_say() -> None:
    """`make docs` would change no page."""
    assert docs_reference.stale_pages() == []


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    """Each page is in the navigation, and each link leads somewhere."""
    assert docs_site.build(tmp_path / "site") == 0
    for page in PAGES[1:]:
        made = page.relative_to(ROOT / "docs").with_suffix("")
        place = made if page.stem != "index" else made.parent
        assert (tmp_path / "site" / place / "index.html").exists()
    text = (tmp_path / "site" / "reference" / "configuration" / "index.html").read_text()
    assert "skipCredentialsCheck" in text
