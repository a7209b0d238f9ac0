"""Which objects beside results are the service's own."""

from __future__ import annotations

import pytest

from pulumi_sentinelhub.batch.inputs import is_own_file


@pytest.mark.parametrize(
    ("key", "own"),
    [
        ("out/r/request-r.json", True),
        ("out/r/featureManifest-r.gpkg", True),
        ("execution-r.sqlite", True),
        ("out/r/31UDS_7_2/default.tif", False),
        ("out/r/userdata.json", False),
        ("out/my-request-r.json", False),
    ],
)
def test_the_services_own_files_are_no_results(key: str, own: bool) -> None:
    """A request that was analysed and never started has left files, and no result."""
    assert is_own_file(key) is own
