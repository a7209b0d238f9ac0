"""One job, written with what people have in hand: the engine sees one and the same declaration."""

from __future__ import annotations

import json
import re

from tests.e2e.jobs import planned
from tests.support.cli import MakeStack

PROGRAM = """
from datetime import date

import pulumi
import shapely

import pulumi_sentinelhub as sentinelhub

AREA = shapely.box(8.44, 41.31, 8.6, 41.5)
SCRIPT = '''//VERSION=3
function setup() { return { input: ["B04"], output: { bands: 1, sampleType: "UINT16" } }; }
function evaluatePixel(s) { return [s.B04 * 10000]; }
'''


def payload(bounds):
    time_range = {"from": date(2019, 4, 1), "to": date(2019, 6, 30)}
    return {
        "input": {
            "bounds": bounds,
            "data": [{"type": "sentinel-2-l2a", "dataFilter": {"timeRange": time_range}}],
        },
        "output": {"responses": [{"identifier": "default", "format": {"type": "image/tiff"}}]},
        "evalscript": SCRIPT,
    }


def with_payload():
    ring = [list(point) for point in AREA.exterior.coords]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    crs = "http://www.opengis.net/def/crs/EPSG/0/4326"
    return payload({"geometry": geometry, "properties": {"crs": crs}})


def with_request():
    from sentinelhub import CRS, Geometry, MimeType, SentinelHubRequest

    return SentinelHubRequest(
        evalscript=SCRIPT,
        input_data=payload(None)["input"]["data"],
        responses=[SentinelHubRequest.output_response("default", MimeType.TIFF)],
        geometry=Geometry(AREA, CRS.WGS84),
    )


def with_table():
    import geopandas

    return payload(geopandas.GeoDataFrame(geometry=[AREA], crs="EPSG:4326"))


def with_file():
    return payload("area.geojson")


for form in ("payload", "request", "table", "file"):
    sentinelhub.BatchJob(
        form,
        process_request=globals()[f"with_{form}"](),
        tiling_grid={"id": 0, "resolution": 60.0},
        force_destroy=True,
        until="analysed",
    )
"""
FILE = """{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry":
{"type": "Polygon", "coordinates": [[[8.6, 41.31], [8.6, 41.5], [8.44, 41.5], [8.44, 41.31], [8.6, 41.31]]]}}
],
"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}}"""


def test_four_ways_to_write_one_job(make_stack: MakeStack) -> None:
    """A payload, a SentinelHubRequest, a table of geopandas and a GeoJSON file give the same plan."""
    stack = make_stack(PROGRAM)
    (stack.folder / "area.geojson").write_text(FILE)
    plans: dict[str, set[str]] = {form: set() for form in ("payload", "request", "table", "file")}
    for step in planned(stack):
        form, type_ = step["urn"].rpartition("::")[2].partition("-")[0], step["newState"]["type"]
        if form in plans:
            given = json.dumps(step["newState"].get("inputs", {}), sort_keys=True)
            # what is made of the job's name alone: its bucket's, and the keys of declarations
            given = re.sub(rf'"{form}-[0-9a-f]+"|(?<=//){form}-[0-9a-f]+', "bucket", given)
            plans[form].add(re.sub('"[0-9a-f]{20}"', "key", f"{step['op']} {type_} {given}"))
    assert len(plans["payload"]) == 4
    assert [plan ^ plans["payload"] for plan in plans.values()] == 4 * [set()]
