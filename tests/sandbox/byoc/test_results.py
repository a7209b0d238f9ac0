"""What batch v2 writes into collections."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sentinelhub_sandbox.byoc.results import ResultCollections, ResultPath, ResultsError, result_bands
from sentinelhub_sandbox.wire import ApiError

from ..cogs import cog, pixels
from .conftest import BUCKET, Files


@dataclass(frozen=True)
class Output:
    """An output that an evalscript declares."""

    id: str
    bands: int
    sample_type: str


def test_bands_of_results() -> None:
    """One band is the output itself, several are `result`, `result2` …; clashes and bad names are refused."""
    bands = result_bands([Output("result", 3, "UINT16"), Output("mask", 1, "AUTO")], {"mask": "m"})
    assert {name: (band.source, band.index, *band.format) for name, band in bands.items()} == {
        "result": ("result", 1, 16, "UINT"),
        "result2": ("result", 2, 16, "UINT"),
        "result3": ("result", 3, 16, "UINT"),
        "mask": ("m", 1, 8, "UINT"),
    }
    for wrong, said in (
        ([Output("a", 2, "UINT8"), Output("a2", 1, "UINT8")], "'a2' is made by more than one output"),
        ([Output("default", 1, "UINT8")], "'default' is a reserved word"),
        ([Output("a", 101, "UINT8")], "at most 100 bands"),
    ):
        with pytest.raises(ResultsError, match=said):
            result_bands(wrong)


def test_paths_of_results() -> None:
    """The output path with `(BAND)`; elsewhere it stands for the file's name, or nothing."""
    assert ResultPath.of("x/T1/(BAND).tif").path == "x/T1/(BAND).tif"
    assert ResultPath.of("x/T1/ndvi.tif", "ndvi").path == "x/T1/(BAND).tif"
    assert ResultPath.of("x/T1.tif", "").path == "x/T1(BAND).tif"


def test_results_in_a_collection(files: Files) -> None:
    """Made for a request, checked for another, and a tile a feature, ingested as any other."""
    byoc, results = files.byoc, ResultCollections(files.byoc.client.sandbox.byoc)
    owner = byoc.client.sandbox._clients[byoc.client.ends["client_id"]].caller
    bands = result_bands([Output("ndvi", 1, "UINT16")])
    collection = results.create(owner, "Max NDVI", BUCKET, bands)
    seen = byoc.get(collection)
    assert (seen["name"], seen["isConfigured"]) == ("Max NDVI", True)
    results.link(owner.account, collection, BUCKET, bands)
    for account, bucket, wanted, said in (
        ("another", BUCKET, bands, "does not exist"),
        (owner.account, "elsewhere", bands, "is of bucket own-data"),
        (owner.account, BUCKET, result_bands([Output("ndvi", 1, "UINT8")]), "not compatible"),
    ):
        with pytest.raises(ResultsError, match=said):
            results.link(account, collection, bucket, wanted)
    files.put(out__T1__ndvi=cog(pixels()))
    path = ResultPath.of("out/T1/(BAND).tif")
    tile = results.add(collection, path)
    assert byoc.get_tile(collection, tile)["status"] == "WAITING"
    files.clock.move(1)
    assert byoc.get_tile(collection, tile)["status"] == "INGESTED"
    assert results.add(collection, path) == tile
    assert byoc.get_tile(collection, tile)["status"] == "WAITING"
    byoc.call("DELETE", f"/collections/{collection}")
    with pytest.raises(ApiError, match=collection):
        results.add(collection, path)
