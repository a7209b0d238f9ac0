"""BYOC services, with and without files, and a clock that the test turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.clock import HandClock

from ..cogs import Byoc
from ..conftest import Json, Make, grant, make_bucket, s3_of

NOBODY = "00000000-0000-4000-8000-000000000000"
SQUARE: Json = {"type": "Polygon", "coordinates": [[[9, 42], [10, 42], [10, 43], [9, 43], [9, 42]]]}


@pytest.fixture
def byoc(make: Make) -> Byoc:
    """A service in which tiles take ten seconds, and metadata a minute."""
    return Byoc(make(ingestion_seconds=10.0, metadata_seconds=60.0, accounts=("far:c:elsewhere",)))


def band(**members: Any) -> Json:
    return {"bitDepth": 16, "sampleFormat": "UINT", **members}


BUCKET = "own-data"
READ_ACTIONS = ["s3:GetBucketLocation", "s3:ListBucket", "s3:GetObject"]


@dataclass
class Files:
    """A BYOC service, its bucket and a clock that the test turns."""

    byoc: Byoc
    s3: Any
    clock: HandClock

    def put(self, **files: bytes) -> None:
        """Put files into the bucket; two underscores in a name become a slash, the extension is `.tif`."""
        for name, body in files.items():
            self.s3.put_object(Bucket=BUCKET, Key=f"{name.replace('__', '/')}.tif", Body=body)

    def ingested(self, collection: str, path: str, **members: Any) -> Json:
        """A new tile after its ingestion."""
        tile = self.byoc.tile(collection, path, **members)
        self.clock.move(1)
        return self.byoc.get_tile(collection, tile)

    def cause(self, path: str, collection: str | None = None) -> str:
        """Why a new tile fails."""
        tile = self.ingested(collection or self.byoc.collection(BUCKET), path)
        assert tile["status"] == "FAILED", tile
        assert tile.keys() == {"id", "created", "ingestionStart", "path", "status", "additionalData"}
        return str(tile["additionalData"]["failedIngestionCause"])


@pytest.fixture
def files(make: Make, clock: HandClock) -> Files:
    """Ingestion of a second by the clock, from a bucket that lets the service read it, and no more."""
    client = make(render=True, ingestion_seconds=1.0, metadata_seconds=10.0)
    s3 = s3_of(client.sandbox)
    make_bucket(s3, BUCKET, policy=grant(BUCKET, Action=READ_ACTIONS))
    return Files(Byoc(client), s3, clock)
