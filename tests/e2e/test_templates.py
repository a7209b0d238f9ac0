"""The templates for `pulumi new` and for users' repositories."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.jobs import creations, remote
from tests.e2e.notebook import download, only_bucket
from tests.support.cli import MakeStack, Stack
from tests.support.sandbox import ROOT, Controls
from tools.engine import Engine

TEMPLATES = ROOT / "templates"
WORKFLOW = TEMPLATES / "github-actions.yml"
Generate = Callable[[str], Stack]


def answers(template: str) -> dict[str, str]:
    """What `pulumi new --yes` would answer to the questions of a template: its defaults."""
    project = yaml.safe_load((TEMPLATES / template / "Pulumi.yaml").read_text())
    return {key: str(question["default"]) for key, question in project["template"]["config"].items()}


@pytest.fixture
def generate(
    make_stack: MakeStack, tmp_path: Path, engine: Engine, sandbox: Controls, environ: Mapping[str, str]
) -> Generate:
    """Makes a project with the real `pulumi new`, and a stack of it with the template's answers as config."""

    def make(template: str) -> Stack:
        folder = tmp_path / "mine"
        named = ("--name", "mine", "--description", "Of the coast", "--dir", str(folder))
        make_stack("").run("new", str(TEMPLATES / template), "--yes", "--generate-only", *named)
        file = folder / "Pulumi.yaml"
        project = yaml.safe_load(file.read_text())
        assert (project["name"], project["description"]) == ("mine", "Of the coast")
        assert (folder / "README.md").read_text().startswith("# mine\n\nOf the coast\n")
        assert (folder / "requirements.txt").read_text() == "pulumi-sentinelhub\n"
        file.write_text(yaml.safe_dump({**project, "runtime": "python"}))  # with the packages of the tests
        stack = Stack(tmp_path / "home-mine", folder, engine, sandbox, environ=environ)
        for key, answer in {**answers(template), "sentinelhub:pollInterval": "0.2"}.items():
            stack.config(key, answer)
        return stack

    return make


@pytest.mark.pixels
def test_geotiff(generate: Generate, sandbox: Controls, tmp_path: Path) -> None:
    """One project that it generates: previewed as by the workflow, over its budget, and with its defaults."""
    stack = generate("sentinelhub-geotiff")
    check_the_workflows_commands(stack, sandbox)
    check_a_budget_is_asked_for(stack, sandbox)
    check_the_default_answers(stack, sandbox, tmp_path)


def check_the_workflows_commands(stack: Stack, sandbox: Controls) -> None:
    """What it runs on pull requests needs no credentials and makes nothing; secrets are in `up` alone."""
    workflow = yaml.safe_load(WORKFLOW.read_text())
    events = workflow[True]  # YAML's own reading of `on`
    assert set(events) == {"pull_request", "push"}
    assert events["push"] == {"branches": ["main"]}
    jobs = workflow["jobs"]
    assert {name: job["if"].partition("== ")[2] for name, job in jobs.items()} == {
        "preview": "'pull_request'",
        "up": "'push'",
    }
    assert "secrets." not in yaml.safe_dump(jobs["preview"])
    assert "pulumi up --yes" in jobs["up"]["steps"][-1]["run"]

    own = stack.environ
    keys = ("SH_CLIENT", "AWS_ACCESS", "AWS_SECRET")
    stack.environ = {name: value for name, value in own.items() if not name.startswith(keys)}
    assert len(stack.environ) < len(own)
    (*_, step) = jobs["preview"]["steps"]
    for line in step["run"].splitlines():
        program, *words = line.replace('"$PULUMI_STACK"', stack.name).split()
        assert program == "pulumi"
        stack.run(*words)
    stack.environ = own
    assert creations(sandbox) == []


def check_a_budget_is_asked_for(stack: Stack, sandbox: Controls) -> None:
    """The answer to the question for the budget is what keeps a job from starting."""
    stack.config("maxCost", "0.5")
    assert "max_cost: is 0.5 PU, and" in stack.up(expect_failure=True).output
    assert [one["userAction"] for one in remote(sandbox)] == ["NONE"]


def check_the_default_answers(stack: Stack, sandbox: Controls, tmp_path: Path) -> None:
    """What it generates runs with the default answers, within the budget, and gives a COG a tile."""
    import rasterio

    stack.config("maxCost", answers("sentinelhub-geotiff")["maxCost"])
    stack.up()
    outputs = stack.outputs()
    assert outputs["status"] == "DONE"
    files = download(sandbox, only_bucket(sandbox), tmp_path / "results")
    rasters = [file for key, file in files.items() if key.endswith("ndvi.tif")]
    assert len(rasters) == outputs["tiles"] > 0
    with rasterio.open(rasters[0]) as raster:
        assert (raster.count, raster.dtypes[0]) == (1, "float32")
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.read(1).max() > 0.3
    stack.preview(expect_no_changes=True)


@pytest.mark.pixels
def test_zarr(generate: Generate, sandbox: Controls, tmp_path: Path) -> None:
    """What it generates runs with the default answers, and gives one group with its array."""
    import zarr

    stack = generate("sentinelhub-zarr")
    stack.up()
    assert stack.outputs()["status"] == "DONE"
    files = download(sandbox, only_bucket(sandbox), tmp_path / "results")
    (group,) = [file.parent for key, file in files.items() if key.endswith("/.zgroup")]
    ndvi: Any = zarr.open_group(group, mode="r", zarr_format=2)["ndvi"]
    assert ndvi[:].max() > 0.3
    stack.preview(expect_no_changes=True)
