"""The checks of each generation of the batch API in a room of its own."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from pulumi_sentinelhub.finding import Finding
from pulumi_sentinelhub.preview.checks import check
from pulumi_sentinelhub.preview.checks.check import check_request
from pulumi_sentinelhub.preview.checks.common.cog import check_cog
from pulumi_sentinelhub.preview.checks.common.dialect import Dialect
from pulumi_sentinelhub.preview.checks.common.file_path import check_files, check_zarr_path
from pulumi_sentinelhub.preview.checks.common.grid import check_grid
from pulumi_sentinelhub.preview.checks.common.node import Node
from pulumi_sentinelhub.preview.checks.common.responses import check_responses
from pulumi_sentinelhub.preview.checks.common.zarr import check_zarr
from pulumi_sentinelhub.preview.checks.room import Room
from pulumi_sentinelhub.preview.checks.rooms import ROOMS
from tests.support import requests
from tests.support.source import PACKAGE, edges

PREVIEW = f"{PACKAGE}.preview"


def test_shared_checks_know_no_generation() -> None:
    """Of all of preview only the rooms themselves, and the table of rooms, import a generation."""
    generations = (f"{PACKAGE}.batch.v", f"{PREVIEW}.checks.v")
    own = (f"{PREVIEW}.checks.v", f"{PREVIEW}.checks.rooms")
    wrong = [
        edge
        for edge in edges(PACKAGE)
        if edge[0].startswith(PREVIEW) and not edge[0].startswith(own) and edge[1].startswith(generations)
    ]
    assert wrong == []


def _output(kind: str) -> Any:
    """The output of inputs that say what it is by its member ``type``; absent when it is another."""

    def part(root: Node) -> Node:
        output = root["output"]
        return output if output["type"].text == kind else Node(output.path, None)

    return part


def _delivery(root: Node) -> Node:
    return root["output"]["delivery"]["s3"]["url"]


OTHER = Room(
    dialect=Dialect(
        grid=lambda root: root["input"],
        files=_output("raster"),
        file_path=_delivery,
        zarr=_output("zarr"),
        zarr_path=_delivery,
        grid_name="input",
        zarr_name="output of type zarr",
        placeholders=("requestId", "tileName", "outputId", "format"),
        tile_placeholders=("tileName",),
        zarr_placeholders=("requestId",),
        bare_zarr_path=False,
        collection="collection of another kind",
    ),
    checks=(check_grid, check_responses, check_files, check_cog, check_zarr_path, check_zarr),
    batch_factor=lambda width, height: 1.0,
)


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second generation, shaped like the service's next one."""
    monkeypatch.setattr(check, "ROOMS", MappingProxyType({**ROOMS, "other": OTHER}))


def moved(inputs: dict[str, Any], output: dict[str, Any], url: str) -> dict[str, Any]:
    """A request of v1 in the other generation's shape."""
    return {
        "process_request": inputs["process_request"],
        "input": {"type": "tiling-grid", **inputs["tiling_grid"]},
        "output": {**output, "delivery": {"s3": {"url": url}}},
    }


def found(inputs: dict[str, Any]) -> list[tuple[str, str]]:
    """Paths and messages in the other generation."""
    return [(finding.property, finding.message()) for finding in check_request(inputs, generation="other")]


def test_a_second_generation_is_one_row(other: None) -> None:
    """The shared checks find in its shape what they find in v1's, under its paths and names."""
    raster = moved(requests.geotiff(), {"type": "raster", "cogOutput": True}, "s3://results/<tileId>.tif")
    raster["input"]["bufferX"] = -1
    raster["output"]["cogParameters"] = {"blockxsize": 100}
    url = "output.delivery.s3.url"
    assert [(path, message.partition(";")[0]) for path, message in found(raster)] == [
        ("input.bufferX", "is the number -1"),
        (url, "has the placeholder <tileId>"),
        (url, "puts every tile at the same place"),
        ("output.cogParameters.blockxsize", "is the number 100"),
        (url, "is the same for every request"),
    ]
    fixes = [message.partition("; ")[2] for path, message in found(raster) if path == url]
    assert fixes[0] == "the service fills in <requestId>, <tileName>, <outputId>, <format>"
    assert fixes[1] == "add <tileName>, or leave out all placeholders"


def test_zarr_is_the_same_in_a_second_generation(other: None) -> None:
    """Rules of arrays and grids hold there, too, while v1's leniency with paths does not."""
    inputs = requests.zarr()
    parts = {key: value for key, value in inputs["zarr_output"].items() if key != "path"}
    good = moved(inputs, {"type": "zarr", **parts}, "s3://results/<requestId>")
    assert found(good) == []
    bad = moved(inputs, {"type": "zarr", **parts}, "results/<requestId>")
    bad["input"]["id"] = 0
    paths = dict(found(bad))
    assert "; for output of type zarr use 3 (WGS84 1 degree grid), 6 (LAEA" in paths["input.id"]
    assert "which has no scheme; write s3://results" in paths["output.delivery.s3.url"]


def test_each_request_is_checked_in_the_room_of_its_generation(other: None) -> None:
    """v1's own rules are not asked of another generation, nor the other way round."""
    assert found({"output": {"type": "neither"}, "bucket_name": "my-results"}) == []
    both = {**requests.geotiff(), "zarr_output": requests.zarr()["zarr_output"]}
    family = Finding(
        "zarr_output",
        "is given beside bucket_name",
        "give exactly one of bucket_name, output, zarr_output",
    )
    assert family in check_request(both, generation="v1")
    assert family not in check_request(both, generation="other")


def test_v1_counts_tiles_of_at_least_10_000_pixels() -> None:
    """The rule of v1's room; the one of v2 is another."""
    factor = ROOMS["v1"].batch_factor
    assert factor(100, 100) == pytest.approx(1 / 3)
    assert factor(99, 100) == 1
