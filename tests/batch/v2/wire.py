"""Answers of API v2, and a bucket that holds what a test puts into it."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

from pulumi_sentinelhub.batch.v2.client import BatchClient
from pulumi_sentinelhub.config.settings import ENVIRONMENT, STACK_CONFIG, Credentials, DeliveryKeys, Settings
from tests.support.clock import HandClock
from tests.support.wire import ID, SECRET, Wire
from tests.support.wire import settings as settings_of

KEY_ID = "AKIACANARYKEY0000001"
KEY_SECRET = "canary-delivery-key-77aa"
KEYS = DeliveryKeys(KEY_ID, KEY_SECRET, STACK_CONFIG)
ROLE = "arn:aws:iam::123456789012:role/results"
OLDER, NEWER = ("/api/v2/batch", "/api/v1/byoc"), ("/batch/v2", "/byoc/v1")

PROCESS: dict[str, Any] = {
    "input": {
        "bounds": {"geometry": {"type": "Polygon", "coordinates": [[[8, 41], [9, 41], [9, 42], [8, 41]]]}},
        "data": [{"type": "sentinel-1-grd", "dataFilter": {"timeRange": {"from": "a", "to": "b"}}}],
    },
    "output": {"responses": [{"identifier": "default", "format": {"type": "image/tiff"}}]},
    "evalscript": "//VERSION=3",
}
INPUTS: dict[str, Any] = {
    "process_request": PROCESS,
    "tiling_grid": {"id": 0, "resolution": 60.0},
    "bucket_name": "bucket",
    "description": "text",
}


class WireV2(Wire):
    """The scripted wire, with every path of a v2 client told from the token endpoint's."""

    def on(self, method: str, path: str, *outcomes: Any) -> WireV2:
        """Answer ``method`` on the whole path (a regular expression)."""
        import re

        self._routes.append((method, re.compile(path), list(outcomes)))
        return self

    def calls(self) -> list[str]:
        """All calls but those for a token."""
        return [f"{sent.method} {sent.path}" for sent in self.sent if sent.path != "/token"]

    def token_calls(self) -> list[Any]:
        return [sent for sent in self.sent if sent.path == "/token"]

    def _outcomes(self, sent: Any) -> list[Any]:
        if sent.path == "/token":
            return self.tokens
        for method, pattern, outcomes in self._routes:
            if method == sent.method and pattern.fullmatch(sent.path):
                return outcomes
        raise AssertionError(f"unexpected call: {sent.method} {sent.path}")


def settings(**changes: Any) -> Settings:
    credentials = Credentials("client-id-1234", SECRET, ENVIRONMENT)
    return settings_of(**{"api_version": "v2", "credentials": credentials, **changes})


def client(wire: Wire, **changes: Any) -> BatchClient:
    return BatchClient(settings(**changes), clock=HandClock(), adapter=wire.adapter)


def task(id: str = ID, status: str = "CREATED", request: Any = None, **more: Any) -> dict[str, Any]:
    """A task as it is answered."""
    return {"id": id, "status": status, "request": {} if request is None else request, **more}


def delivered(url: str = "s3://bucket/out", **output: Any) -> dict[str, Any]:
    """A request whose results go to ``url``."""
    return {"output": {"type": "raster", "delivery": {"s3": {"url": url}}, **output}}


class Bucket:
    """Files by URL; what was looked for is remembered, and the modes of files that it was written into."""

    def __init__(self, **files: bytes) -> None:
        self.files: dict[str, bytes] = dict(files)
        self.asked: list[str] = []
        self.modes: list[int] = []

    def save(self, url: str, into: BinaryIO) -> bool:
        self.asked.append(url)
        self.modes.append(stat.S_IMODE(os.fstat(into.fileno()).st_mode))
        content = self.files.get(url)
        if content is not None:
            into.write(content)
        return content is not None

    def exists(self, url: str) -> bool:
        return url in self.files


def sqlite_file(
    statements: Iterable[str], rows: Mapping[str, Sequence[Sequence[Any]]] | None = None
) -> bytes:
    """An SQLite file of these tables and rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        with closing(sqlite3.connect(path)) as connection:
            for statement in statements:
                connection.execute(statement)
            for table, values in (rows or {}).items():
                marks = ", ".join("?" * len(values[0])) if values else ""
                connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', values) if values else None
            connection.commit()
        return path.read_bytes()


MANIFEST = (
    'CREATE TABLE "{}" (fid INTEGER PRIMARY KEY, outputId TEXT, identifier TEXT, path TEXT, width INTEGER, '
    "height INTEGER, geometry BLOB)"
)
DATABASE = (
    "CREATE TABLE features (id INTEGER PRIMARY KEY, name TEXT, status TEXT, error TEXT, delivered BOOLEAN)"
)


def manifest(
    layers: Mapping[str, Iterable[tuple[str, Any, Any]]], outputs: Sequence[str] = ("default",)
) -> bytes:
    """A feature manifest: name, width and height of each feature, by layer."""
    rows = {
        layer: [
            (None, output, name, f"s3://b/{name}", width, height, b"GP")
            for name, width, height in features
            for output in outputs
        ]
        for layer, features in layers.items()
    }
    return sqlite_file([MANIFEST.format(layer) for layer in layers], rows)


def database(*rows: tuple[str, str, str | None]) -> bytes:
    """An execution database: name, status and error of each feature."""
    numbered = [
        (number, name, status, error, status == "DONE")
        for number, (name, status, error) in enumerate(rows, 1)
    ]
    return sqlite_file([DATABASE], {"features": numbered})


def as_json(value: Any) -> Any:
    """A value as it comes over the wire."""
    return json.loads(json.dumps(value))
