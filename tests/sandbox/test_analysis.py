"""What an analysis says of real requests, through the whole service: estimates, and reasons for failures."""

from __future__ import annotations

from typing import Any

import pytest

from sentinelhub_sandbox import Sandbox, SandboxOptions
from tests.support.clock import HandClock
from tests.support.contract import Contract

from .changes import INPUT
from .conftest import Client, payload
from .processing.requests import script

LIMOUSIN = [1.0, 45.0, 3.0, 46.5]


@pytest.fixture(scope="module")
def real(contract: Contract | None) -> Any:
    """A sandbox with the real pixel side, without files, and its clock."""
    clock = HandClock()
    with Sandbox(SandboxOptions(render=False, clock=clock, token_seconds=1e6)) as sandbox:
        yield Client(sandbox, contract), clock


def analysed(real: tuple[Client, HandClock], evalscript: str, **changes: Any) -> dict[str, Any]:
    """A request after its analysis."""
    client, clock = real
    changes = {"processRequest__evalscript": evalscript, f"{INPUT}bounds__bbox": LIMOUSIN, **changes}
    request_id = client.create(**changes)
    client.act(request_id, "analyse")
    clock.move(10)
    return client.get(request_id)


def radar(bands: str = '"VV"', **source: Any) -> dict[str, Any]:
    """An evalscript of radar bands, and the data source that it reads."""
    spring = {"from": "2019-04-01T00:00:00Z", "to": "2019-06-30T00:00:00Z"}
    source["dataFilter"] = {"timeRange": spring, **source.get("dataFilter", {})}
    return {
        "evalscript": script("return [0]", bands=bands, output="{bands: 1}", mosaicking="ORBIT"),
        f"{INPUT}data": [{"type": "sentinel-1-grd", **source}],
    }


@pytest.mark.parametrize(
    ("processing", "factor"),
    [
        ({"orthorectify": True}, 2),
        ({"backCoeff": "GAMMA0_TERRAIN", "orthorectify": True}, 2.5),
        ({"speckleFilter": {"type": "LEE", "windowSizeX": 3, "windowSizeY": 3}}, 2),
    ],
)
def test_sentinel_1_factors_reach_the_estimate_and_the_cost(
    real: tuple[Client, HandClock], processing: dict[str, Any], factor: float
) -> None:
    """The echoed name of the collection changes no price: of the estimate, and of each tile."""
    client, clock = real
    views = [analysed(real, **radar()), analysed(real, **radar(processing=processing))]
    assert views[1]["processRequest"]["input"]["data"][0]["type"] == "S1GRD"
    assert views[0]["valueEstimate"] > 100
    assert views[1]["valueEstimate"] == pytest.approx(views[0]["valueEstimate"] * factor)
    costs = []
    for view in views:
        client.act(view["id"], "start")
        clock.move(100)
        tiles = client.call("GET", f"/process/{view['id']}/tiles").json()["data"]
        costs.append(sum(tile["cost"] for tile in tiles))
    assert costs[1] == pytest.approx(costs[0] * factor)


@pytest.mark.parametrize(
    ("polarization", "good", "lacking"),
    [
        ("DV", '"VV", "VH"', "HH"),
        ("DH", '"HH", "HV"', "VV"),
        ("SV", '"VV", "dataMask"', "VH"),
        ("SH", '"HH", "localIncidenceAngle"', "HV"),
        ("HV", '"HV"', "HH"),
    ],
)
def test_a_polarization_has_its_bands_alone(
    real: tuple[Client, HandClock], polarization: str, good: str, lacking: str
) -> None:
    """Another polarized band fails the analysis in the service's words; without the filter all are there."""
    filters = {"polarization": polarization}
    assert analysed(real, **radar(good, dataFilter=filters))["status"] == "ANALYSIS_DONE"
    view = analysed(real, **radar(f'{good}, "{lacking}"', dataFilter=filters))
    assert view["status"] == "FAILED"
    assert f"Requested band '{lacking}' is not present in Sentinel 1 tile" in view["error"]
    assert "RENDERER_S1_MISSING_POLARIZATION" in view["error"]
    assert analysed(real, **radar(f'{good}, "{lacking}"'))["status"] == "ANALYSIS_DONE"


def test_an_unknown_dem_fails_the_analysis(real: tuple[Client, HandClock]) -> None:
    """POST takes it, the analysis names it; COPERNICUS is known to Sentinel-1 alone."""
    dem = script("return [0]", bands='"DEM"', output="{bands: 1}")
    for place, known in (("MAPZEN", True), ("COPERNICUS_90", True), ("COPERNICUS", False), ("MOON", False)):
        data = [{"type": "dem", "dataFilter": {"demInstance": place}}]
        view = analysed(real, dem, **{f"{INPUT}data": data})
        assert view["status"] == ("ANALYSIS_DONE" if known else "FAILED")
        assert known or f"demInstance {place}" in view["error"]
    for place, known in (("COPERNICUS", True), ("MOON", False)):
        view = analysed(real, **radar(processing={"orthorectify": True, "demInstance": place}))
        assert view["status"] == ("ANALYSIS_DONE" if known else "FAILED")


def test_an_area_outside_the_grid_fails_the_analysis(real: tuple[Client, HandClock]) -> None:
    """A request of no tile does not end DONE."""
    north = {f"{INPUT}bounds__bbox": [9.0, 82.0, 10.0, 83.0]}
    view = analysed(real, script("return [0]"), **north)
    assert (view["status"], "coverage of tiling grid 0" in view["error"]) == ("FAILED", True)
    assert "data" not in real[0].call("GET", f"/process/{view['id']}/tiles").json()


def test_an_evalscript_is_not_looked_at_before(real: tuple[Client, HandClock]) -> None:
    """POST takes any text; the analysis fails with its fault."""
    made = real[0].call("POST", "/process", payload(processRequest__evalscript="function setup( {"))
    assert made.status_code == 201
    assert analysed(real, "function setup( {")["status"] == "FAILED"
