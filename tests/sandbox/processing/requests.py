"""Requests for the tests: both options of the service's workflow example, and a small configurable one."""

from __future__ import annotations

from typing import Any

from tests.support import seed

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CORSICA = [8.44, 41.31, 9.66, 43.1]

COLOURED_NDVI = seed.MAX_NDVI_COLOURED
NDVI_AND_BANDS = seed.MAX_NDVI_ARRAYS


def option_1() -> dict[str, Any]:
    """GeoTIFF output, as published."""
    return seed.geotiff("results")


def option_2() -> dict[str, Any]:
    """Zarr output, as published (the bucket's name has no scheme there)."""
    return seed.zarr("results")


def small(
    evalscript: str,
    *,
    bbox: list[float] | None = None,
    data: list[dict[str, Any]] | None = None,
    responses: list[str] | None = None,
    grid: dict[str, Any] | None = None,
    output: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """One tile of 125 x 125 pixels over the north of Corsica, June 2019, unless told otherwise."""
    june = {"from": "2019-06-01T00:00:00Z", "to": "2019-06-30T23:59:59Z"}
    return {
        "processRequest": {
            "input": {
                "bounds": {"bbox": bbox or [9.2, 42.2, 9.4, 42.4], "properties": {"crs": CRS84}},
                "data": data or [{"type": "sentinel-2-l2a", "dataFilter": {"timeRange": june}}],
            },
            "output": {
                "responses": [
                    {
                        "identifier": name,
                        "format": {"type": "application/json" if name == "userdata" else "image/tiff"},
                    }
                    for name in responses or ["default"]
                ]
            },
            "evalscript": evalscript,
        },
        "tilingGrid": grid or {"id": 3, "resolution": 0.008},
        "output": output or {"defaultTilePath": "s3://results/folder"},
    }


def script(
    body: str,
    *,
    bands: str = '"B04"',
    output: str = "{bands: 1, sampleType: 'FLOAT32'}",
    mosaicking: str = "SIMPLE",
    extra: str = "",
    units: str = "",
) -> str:
    """An evalscript whose evaluatePixel has this body, and the documented parameters' names."""
    units = f', units: "{units}"' if units else ""
    return (
        "//VERSION=3\n"
        f"function setup() {{ return {{input: [{{bands: [{bands}]{units}}}], output: {output}, "
        f'mosaicking: "{mosaicking}"}} }}\n'
        f"function evaluatePixel(samples, scenes, inputMetadata, customData, outputMetadata) {{ {body} }}\n"
        f"{extra}"
    )
