"""Pixels by evalscript; long because each documented rule of evaluation is one small test."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from rasterio.io import MemoryFile

from sentinelhub_sandbox.processing import plan_tiles, read_samples, render_tile
from sentinelhub_sandbox.processing.datasets import DATASETS
from sentinelhub_sandbox.processing.evaluate import convert

from .requests import COLOURED_NDVI, NDVI_AND_BANDS, option_1, script, small

RAMP = [
    (-0.2, (0xBF, 0xBF, 0xBF)),
    (0.0, (0xEB, 0xEB, 0xEB)),
    (0.1, (0xC8, 0xC6, 0x82)),
    (0.2, (0x91, 0xBF, 0x52)),
    (0.4, (0x4F, 0x8A, 0x2E)),
    (0.6, (0x0F, 0x54, 0x0C)),
]


def pixels(body: bytes) -> NDArray[Any]:
    with MemoryFile(body) as memory, memory.open() as file:
        return np.asarray(file.read())


def render(request: dict[str, Any]) -> dict[str, NDArray[Any]]:
    """The rasters of a request's first tile by output id."""
    files = render_tile(request, "id", plan_tiles(request)[0])
    return {file.key.split("/")[-1].removesuffix(".tif"): pixels(file.body) for file in files}


def user_data(request: dict[str, Any]) -> Any:
    (file,) = render_tile(request, "id", plan_tiles(request)[0])
    assert file.key.endswith("userdata.json")
    return json.loads(file.body)


def greatest_ndvi(red: NDArray[np.float64], infrared: NDArray[np.float64]) -> NDArray[np.float64]:
    total = red + infrared
    ndvi = np.divide(infrared - red, total, out=np.zeros_like(total), where=total != 0)
    return np.asarray(np.maximum(ndvi.max(axis=0), 0.0))


def test_coloured_ndvi_of_a_corsican_tile_equals_numpy() -> None:
    """Option 1: the maximum over all orbits, through the ramp, stretched to bytes; every pixel."""
    request = option_1()
    plan = plan_tiles(request)[40]
    samples = read_samples(request, plan, ["B04", "B08"], mosaicking="ORBIT").values
    value = greatest_ndvi(samples["B04"], samples["B08"])
    colour = np.zeros((3, *value.shape))
    colour[:] = np.array(RAMP[-1][1], float)[:, None, None]
    for (low, first), (high, second) in reversed(list(pairwise(RAMP))):
        share = (value - low) / (high - low)
        mixed = np.array(second)[:, None, None] * share + np.array(first)[:, None, None] * (1 - share)
        colour = np.where(value <= high, np.floor(mixed + 0.5), colour)
    (file,) = render_tile(request, "id", plan)
    found = pixels(file.body)
    assert found.dtype == np.uint8
    assert len(np.unique(found[0])) > 50
    assert np.array_equal(found, colour.astype(np.uint8))


def test_ndvi_and_bands_of_a_tile_equal_numpy() -> None:
    """Option 2: float and integer outputs of one evaluation, each in its own type, exactly."""
    request = small(NDVI_AND_BANDS, responses=["maxNDVI", "band04", "band08"])
    plan = plan_tiles(request)[0]
    samples = read_samples(request, plan, ["B04", "B08"], mosaicking="ORBIT").values
    total = samples["B04"] + samples["B08"]
    ndvi = np.divide(samples["B08"] - samples["B04"], total, out=np.zeros_like(total), where=total != 0)
    best = ndvi.argmax(axis=0)[None]
    value = greatest_ndvi(samples["B04"], samples["B08"])
    expected = {
        name: np.floor(np.where(value > 0, np.take_along_axis(samples[band], best, 0)[0], 0) + 0.5)
        for name, band in (("band04", "B04"), ("band08", "B08"))
    }
    found = render(request)
    assert found["maxNDVI"].dtype == np.float32
    assert found["band04"].dtype == np.uint16
    assert np.array_equal(found["maxNDVI"][0], value.astype(np.float32))
    assert all(np.array_equal(found[name][0], expected[name]) for name in expected)


def test_scenes_look_like_land_and_sea() -> None:
    """Clear land is green in June and clear water dark in the infrared."""
    request = small(COLOURED_NDVI, bbox=[8.6, 42.2, 8.7, 42.3])
    read = read_samples(request, plan_tiles(request)[0], ["B04", "B08", "SCL"], mosaicking="ORBIT")
    values = read.values
    ndvi = (values["B08"] - values["B04"]) / (values["B08"] + values["B04"] + 1e-9)
    assert ndvi[values["SCL"] == 4].mean() > 0.3
    assert values["B08"][values["SCL"] == 6].mean() < 0.03
    assert set(np.unique(values["SCL"])) <= {0.0, 4.0, 5.0, 6.0, 8.0, 9.0}


def test_tiles_across_the_antimeridian_are_whole() -> None:
    """A tile of zone 60 beyond 180 degrees has data everywhere, and neighbouring pixels are alike."""
    body = "return [samples.dataMask, samples.viewZenithMean, samples.sunZenithAngles]"
    request = small(
        script(
            body,
            bands='"dataMask", "viewZenithMean", "sunZenithAngles"',
            output="{bands: 3, sampleType: 'FLOAT32'}",
        ),
        bbox=[179.985, 10.0, 179.995, 10.05],
        grid={"id": 0, "resolution": 60.0},
    )
    plan = plan_tiles(request)[-1]
    assert any(x < 0 for x, _ in plan.geometry["coordinates"][0])
    mask, _, zenith = render(request)["default"]
    assert mask.min() == 1
    assert np.abs(np.diff(zenith, axis=1)).max() < 0.01


def test_the_same_place_and_day_look_the_same_from_another_tile() -> None:
    """With a buffer, the inner pixels are those of the tile without it."""
    plain = small(script("return [samples.B04]"), grid={"id": 0, "resolution": 60.0})
    buffered = {**plain, "tilingGrid": {"id": 0, "resolution": 60.0, "bufferX": 5, "bufferY": 10}}
    inner, outer = render(plain)["default"][0], render(buffered)["default"][0]
    assert outer.shape == (inner.shape[0] + 20, inner.shape[1] + 10)
    assert np.abs(outer[10:-10, 5:-5] - inner).max() < 0.001


def test_simple_mosaicking_gives_one_sample_object() -> None:
    """SIMPLE passes an object, and its values are those of the most recent scene."""
    request = small(script("return [samples.B04]"))
    plan = plan_tiles(request)[0]
    orbits = read_samples(request, plan, ["B04"], mosaicking="ORBIT")
    assert orbits.times[0] == max(orbits.times)
    assert np.array_equal(render(request)["default"][0], orbits.values["B04"][0].astype(np.float32))


@pytest.mark.parametrize("order", ["mostRecent", "leastRecent", "leastCC"])
def test_mosaicking_order_is_respected(order: str) -> None:
    """The first orbit is the latest, the earliest or the least cloudy one."""
    request = small(script("return [0]"))
    request["processRequest"]["input"]["data"][0]["dataFilter"]["mosaickingOrder"] = order
    read = read_samples(request, plan_tiles(request)[0], ["B04"], mosaicking="TILE")
    wanted = {"mostRecent": max(read.times), "leastRecent": min(read.times)}
    if order in wanted:
        assert read.times[0] == wanted[order]
    else:
        assert list(read.clouds) == sorted(read.clouds)


def test_filters_choose_scenes() -> None:
    """Acquisitions come every five days within the time range, none above maxCloudCoverage."""
    request = small(script("return [0]"))
    plan = plan_tiles(request)[0]
    everything = read_samples(request, plan, ["B04"], mosaicking="TILE")
    days = sorted({time.date() for time in everything.times})
    assert len(days) == 6
    assert {(later - earlier).days for earlier, later in pairwise(days)} == {5}
    assert all(datetime(2019, 6, 1, tzinfo=timezone.utc) <= time for time in everything.times)
    limit = sorted(everything.clouds)[len(everything.clouds) // 2]
    request["processRequest"]["input"]["data"][0]["dataFilter"]["maxCloudCoverage"] = limit
    clear = read_samples(request, plan, ["B04"], mosaicking="TILE")
    assert 0 < len(clear.times) < len(everything.times)
    assert max(clear.clouds) <= limit


def test_orbit_samples_have_their_scenes() -> None:
    """`scenes.orbits` is as long as `samples`; each orbit is one day with its tiles."""
    body = "outputMetadata.userData = {n: samples.length, orbits: scenes.orbits}; return [samples.length]"
    request = small(script(body, mosaicking="ORBIT"), responses=["userdata"])
    data = user_data(request)
    assert data["n"] == len(data["orbits"]) == 6
    first = data["orbits"][0]
    assert first["dateFrom"][10:] == "T00:00:00Z"
    assert first["dateTo"] == first["dateFrom"][:10] + "T23:59:59Z"
    assert set(first["tiles"][0]) >= {"date", "cloudCoverage", "dataPath", "shId"}


def test_tile_samples_cover_only_their_granule() -> None:
    """TILE gives one sample a granule and day; outside of it dataMask is 0."""
    update = "function updateOutput(output, collection) { output.default.bands = collection.scenes.length }"
    body = "return samples.map(s => s.dataMask)"
    request = small(
        script(body, bands='"B04", "dataMask"', mosaicking="TILE", extra=update),
        bbox=[8.995, 42.5, 9.005, 42.51],
        grid={"id": 0, "resolution": 60.0},
    )
    plan = plan_tiles(request)[0]
    masks = render(request)["default"]
    read = read_samples(request, plan, ["dataMask"], mosaicking="TILE")
    assert masks.shape[0] == len(read.times)
    assert np.array_equal(masks, read.values["dataMask"].astype(np.float32))
    assert {mask.mean() < 1 for mask in masks} == {True}
    orbits = read_samples(request, plan, ["dataMask"], mosaicking="ORBIT").values["dataMask"]
    assert orbits.min() == 1


def test_scene_metadata_with_bounds() -> None:
    """`metadata: ["bounds"]` adds dataGeometry and dataEnvelope to tiles."""
    plain = script("outputMetadata.userData = scenes.tiles[0]; return [0]", mosaicking="TILE")
    with_bounds = plain.replace('bands: ["B04"]', 'bands: ["B04"], metadata: ["bounds"]')
    assert "dataGeometry" not in user_data(small(plain, responses=["userdata"]))
    assert user_data(small(with_bounds, responses=["userdata"]))["dataEnvelope"]["type"] == "Polygon"


def test_scenes_are_filtered_by_pre_process_scenes() -> None:
    """Only what preProcessScenes returns is passed, in its order, for ORBIT and TILE."""
    for mosaicking, key, date in (("ORBIT", "orbits", "dateFrom"), ("TILE", "tiles", "date")):
        extra = (
            "function preProcessScenes(collections) {"
            f" collections.scenes.{key} = collections.scenes.{key}"
            f".filter(scene => new Date(scene.{date}) < new Date('2019-06-11T00:00:00Z'))"
            f".sort((a, b) => new Date(a.{date}) - new Date(b.{date}));"
            " return collections }"
        )
        body = f"outputMetadata.userData = scenes.{key}.map(s => s.{date}); return [0]"
        dates = user_data(small(script(body, mosaicking=mosaicking, extra=extra), responses=["userdata"]))
        assert dates == sorted(dates)
        assert dates
        assert all(date < "2019-06-11" for date in dates)


def test_pre_process_scenes_knows_the_time_range() -> None:
    """`from` and `to` are Dates of the request's time range."""
    extra = "let range; function preProcessScenes(c) { range = [c.from.getTime(), c.to.getTime()]; return c }"
    body = "outputMetadata.userData = range; return [0]"
    data = user_data(small(script(body, mosaicking="ORBIT", extra=extra), responses=["userdata"]))
    assert data == [1559347200000, 1561939199000]


def test_user_data_comes_from_the_last_hook_too() -> None:
    """The hook updateOutputMetadata runs at the end, with scenes and inputMetadata."""
    extra = (
        "function updateOutputMetadata(scenes, inputMetadata, outputMetadata) {"
        " outputMetadata.userData = {factor: inputMetadata.normalizationFactor, n: scenes.orbits.length} }"
    )
    request = small(script("return [0]", mosaicking="ORBIT", extra=extra), responses=["userdata"])
    assert user_data(request) == {"factor": 0.0001, "n": 6}


def test_a_script_for_user_data_alone_may_return_nothing() -> None:
    """Without an image response evaluatePixel need not return anything."""
    request = small(script("outputMetadata.userData = {seen: true}"), responses=["default", "userdata"])
    request["processRequest"]["output"]["responses"] = request["processRequest"]["output"]["responses"][1:]
    assert user_data(request) == {"seen": True}


def test_units_are_those_of_the_setup() -> None:
    """DN are ten thousand times reflectance, whole numbers."""
    reflectance = render(small(script("return [samples.B04]")))["default"]
    numbers = render(small(script("return [samples.B04]", units="DN")))["default"]
    assert np.array_equal(numbers, np.round(numbers))
    assert np.array_equal((numbers.astype(np.float64) / 10000).astype(np.float32), reflectance)


def test_no_data_is_zero_and_masked() -> None:
    """A time range without scenes: one empty sample for SIMPLE, none for ORBIT."""
    empty = [
        {
            "type": "sentinel-2-l2a",
            "dataFilter": {"timeRange": {"from": "2019-06-02T11:00:00Z", "to": "2019-06-02T12:00:00Z"}},
        }
    ]
    simple = script("return [samples.B04, samples.dataMask]", bands='"B04", "dataMask"', output="{bands: 2}")
    assert not render(small(simple, data=empty))["default"].any()
    orbit = script("return [samples.length === 0 ? 1 : 0]", mosaicking="ORBIT")
    assert render(small(orbit, data=empty))["default"].min() == 1


def test_sources_are_fused_by_name_or_position() -> None:
    """Several collections: lists of samples under the datasource's id, or its number."""
    june = {"timeRange": {"from": "2019-06-01T00:00:00Z", "to": "2019-06-10T00:00:00Z"}}
    data = [
        {"type": "sentinel-2-l2a", "id": "optical", "dataFilter": june},
        {"type": "sentinel-1-grd", "id": "radar", "dataFilter": june},
    ]
    named = (
        "//VERSION=3\nfunction setup() { return {input: [{datasource: 'radar', bands: ['VV']},"
        " {datasource: 'optical', bands: ['B04']}], output: {bands: 2, sampleType: 'FLOAT32'}} }\n"
        "function evaluatePixel(samples) { return [samples.optical[0].B04, samples.radar[0].VV] }"
    )
    numbered = (
        "//VERSION=3\nfunction setup() { return {input: [{bands: ['B04']}, {bands: ['VV']}],"
        " output: {bands: 2, sampleType: 'FLOAT32'}} }\n"
        "function evaluatePixel(samples) { return [samples['0'][0].B04, samples['1'][0].VV] }"
    )
    first, second = render(small(named, data=data)), render(small(numbered, data=data))
    assert np.array_equal(first["default"], second["default"])
    assert first["default"].min() > 0


@pytest.mark.parametrize("type_", sorted(DATASETS))
def test_every_public_collection_can_be_processed(type_: str) -> None:
    """Whatever collection of the API is asked for, its first band has finite, varying values."""
    band = next(iter(DATASETS[type_].bands))
    june = {"timeRange": {"from": "2019-06-01T00:00:00Z", "to": "2019-06-30T00:00:00Z"}}
    request = small(
        script(f"return [samples.{band}]", bands=f'"{band}"'), data=[{"type": type_, "dataFilter": june}]
    )
    values = render(request)["default"]
    assert np.isfinite(values).all()
    assert values.std() > 0


@pytest.mark.parametrize(
    ("sample_type", "values", "expected"),
    [
        ("AUTO", [-0.1, 0.0, 0.5, 1.0, 2.0, float("nan")], [0, 0, 128, 255, 255, 0]),
        ("UINT8", [40.6, 310.0, -3.0, 0.5], [41, 255, 0, 1]),
        ("INT8", [-200.0, 127.4, -0.5, 1.5], [-128, 127, 0, 2]),
        ("UINT16", [70000.0, 2.5], [65535, 3]),
        ("INT16", [-40000.0, 40000.0], [-32768, 32767]),
        ("FLOAT32", [0.1, -1e30], [np.float32(0.1), np.float32(-1e30)]),
    ],
)
def test_values_are_rounded_and_clamped(sample_type: str, values: list[float], expected: list[float]) -> None:
    """As documented: AUTO stretches 0..1 to bytes, integers round to nearest and stay in range."""
    assert convert(np.array(values), sample_type).tolist() == pytest.approx(expected, rel=1e-7)


def test_globals_do_not_leak_between_tiles() -> None:
    """A script that assigns undeclared globals runs (sloppy mode), and each tile starts afresh."""
    request = small(script("total = typeof total === 'undefined' ? 0 : total + 1; return [total]"))
    first, second = render(request)["default"], render(request)["default"]
    assert first.min() == 0
    assert first.max() == first.size - 1
    assert np.array_equal(first, second)
