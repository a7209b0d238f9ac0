"""What people have in hand becomes plain payload: requests, shapes, tables, files, dates."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
import shapely

from pulumi_sentinelhub import BatchRequest
from pulumi_sentinelhub.resources.arguments import ArgumentError
from tests.resources.programs import Program, request
from tests.support.notes import Notes

WGS84 = "http://www.opengis.net/def/crs/EPSG/0/4326"
UTM = "http://www.opengis.net/def/crs/EPSG/0/32632"
RING = [[8.0, 41.0], [9.0, 41.0], [9.0, 42.0], [8.0, 42.0], [8.0, 41.0]]
POLYGON = {"type": "Polygon", "coordinates": [RING]}
SHAPE = shapely.geometry.shape(POLYGON)
EMPTY: Any = {"type": "FeatureCollection", "features": []}
AWAY = shapely.box(12, 41, 13, 42)
DATA = {
    "type": "sentinel-2-l2a",
    "dataFilter": {"timeRange": {"from": "2019-04-01T00:00:00Z", "to": "2019-06-30T23:59:59Z"}},
}
RESPONSES = [{"identifier": "default", "format": {"type": "image/tiff"}}]


def vendors() -> Any:
    """sentinelhub-py, which is slow to import, too."""
    import sentinelhub

    return sentinelhub


def in_wgs84(kind: str, area: Any) -> Any:
    """One of its areas."""
    return getattr(vendors(), kind)(area, vendors().CRS.WGS84)


def table(shapes: list[Any]) -> Any:
    """A table of geopandas, which is slow to import."""
    from geopandas import GeoDataFrame

    return GeoDataFrame({"a": range(len(shapes))}, geometry=shapes, crs="EPSG:4326")


def series(crs: str) -> Any:
    from geopandas import GeoSeries

    return GeoSeries([SHAPE], crs=crs)


def processed(bounds: Any, **more: Any) -> dict[str, Any]:
    return {
        "input": {"bounds": bounds, "data": [DATA]},
        "output": {"responses": RESPONSES},
        "evalscript": "//VERSION=3",
        **more,
    }


@pytest.fixture
def sent(program: Program, notes: Notes) -> Callable[[Any], Any]:
    """Declares a request, and gives what the engine is told to be its process request."""

    def declare(process_request: Any) -> Any:
        notes.registered.clear()
        program(lambda: BatchRequest("r", process_request=process_request, tiling_grid=GRID, bucket_name="b"))
        return notes.inputs("BatchRequest")["process_request"]

    return declare


GRID: Any = {"id": 0, "resolution": 60.0}


class TestRequest:
    def test_of_sentinelhub_py(self, sent: Callable[[Any], Any]) -> None:
        """A SentinelHubRequest is its payload, as that client would send it."""
        py = vendors()
        theirs = py.SentinelHubRequest(
            evalscript="//VERSION=3",
            input_data=[DATA],
            responses=[py.SentinelHubRequest.output_response("default", py.MimeType.TIFF)],
            geometry=py.Geometry(SHAPE, py.CRS.WGS84),
        )
        assert sent(theirs) == json.loads(json.dumps(theirs.payload))

    def test_dates_are_whole_days(self, sent: Callable[[Any], Any]) -> None:
        """A time range of dates begins with the first second and ends with the last one."""
        data = {**DATA, "dataFilter": {"timeRange": {"from": date(2019, 4, 1), "to": date(2019, 6, 30)}}}
        given = processed({"bbox": [8, 41, 9, 42]})
        given["input"]["data"] = [data]
        assert sent(given)["input"]["data"] == [DATA]

    def test_a_date_elsewhere_is_refused(self) -> None:
        """No other date has one meaning."""
        with pytest.raises(ArgumentError, match="is a date without time"):
            request(process_request=processed({"bbox": [8, 41, 9, date(2019, 1, 1)]}))


class TestArea:
    @pytest.mark.parametrize(
        ("made", "crs"),
        [
            (lambda: table([SHAPE]), WGS84),
            (lambda: series("EPSG:32632"), UTM),
            (lambda: in_wgs84("Geometry", SHAPE), WGS84),
            (lambda: vendors().Geometry(SHAPE, vendors().CRS("32632")), UTM),
            (lambda: in_wgs84("BBox", (8, 41, 9, 42)), WGS84),
            (lambda: SHAPE, None),
        ],
        ids=["table", "series", "geometry", "in metres", "box", "shape"],
    )
    def test_objects(self, made: Callable[[], Any], crs: str | None, sent: Callable[[Any], Any]) -> None:
        """As bounds and as their geometry, an object is its polygon, in its own CRS where it has one."""
        area = made()
        for bounds in (area, {"geometry": area}):
            found = sent(processed(bounds))["input"]["bounds"]
            assert shapely.geometry.shape(found["geometry"]).equals(SHAPE)
            assert found["geometry"]["type"] == "Polygon"
            assert found.get("properties") == (None if crs is None else {"crs": crs})

    def test_all_polygons_are_put_side_by_side(self, sent: Callable[[Any], Any]) -> None:
        """Several features are one MultiPolygon of theirs, in their order and without heights."""
        high = shapely.force_3d(SHAPE, 7.0)
        bounds = sent(processed(table([high, shapely.MultiPolygon([AWAY])])))["input"]["bounds"]
        assert bounds["geometry"]["type"] == "MultiPolygon"
        rings = [polygon[0] for polygon in bounds["geometry"]["coordinates"]]
        assert rings[0] == RING
        assert len(rings) == 2

    @pytest.mark.parametrize("kind", [str, Path])
    def test_a_file(
        self, kind: Any, sent: Callable[[Any], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The path of a GeoJSON file stands for its polygons, in the CRS that it names."""
        monkeypatch.chdir(tmp_path)
        crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32632"}}
        feature = {"type": "Feature", "properties": {}, "geometry": POLYGON}
        collection = {"type": "FeatureCollection", "features": [feature], "crs": crs}
        Path("area.geojson").write_text(json.dumps(collection))
        expected = {"geometry": POLYGON, "properties": {"crs": UTM}}
        assert sent(processed(kind("area.geojson")))["input"]["bounds"] == expected
        assert sent(processed({"geometry": kind("area.geojson")}))["input"]["bounds"] == expected

    def test_what_comes_later(self, sent: Callable[[Any], Any]) -> None:
        """Behind an Output it is the same, wherever the Output stands."""
        expected = {"geometry": POLYGON}

        def later(value: Any) -> Any:
            nothing: pulumi.Output[Any] = pulumi.Output.from_input(None)
            return nothing.apply(lambda _: value)

        for given in (
            later(processed(SHAPE)),
            processed(later(SHAPE)),
            processed(later({"geometry": SHAPE})),
            processed({"geometry": later(SHAPE)}),
        ):
            assert sent(given)["input"]["bounds"] == expected

    def test_a_crs_that_is_given_beside_it_counts(self, sent: Callable[[Any], Any]) -> None:
        """What the program says itself is not replaced."""
        bounds = {"geometry": series("EPSG:4326"), "properties": {"crs": UTM}}
        assert sent(processed(bounds))["input"]["bounds"]["properties"] == {"crs": UTM}

    @pytest.mark.parametrize(
        ("area", "reason"),
        [
            (shapely.Point(1, 2), "bounds must hold polygons, but holds 'Point'"),
            (
                SimpleNamespace(__geo_interface__={"type": "FeatureCollection", "features": []}),
                "holds no polygon",
            ),
            (SimpleNamespace(__geo_interface__=3), "has a __geo_interface__ that is no mapping"),
            (SimpleNamespace(__geo_interface__=POLYGON, crs=object()), "has a CRS without EPSG code"),
            ("../area.geojson", "cannot be read|leads out of the program's folder"),
            ("secret.json", "the file secret.json is no GeoJSON"),
        ],
    )
    def test_what_is_no_area(
        self, area: Any, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is refused in one line that quotes nothing of a file."""
        monkeypatch.chdir(tmp_path)
        Path("secret.json").write_text("token-canary-1")
        with pytest.raises(ArgumentError, match=reason) as refused:
            request(process_request=processed(area))
        assert "canary" not in str(refused.value)
        assert "\n" not in str(refused.value)
