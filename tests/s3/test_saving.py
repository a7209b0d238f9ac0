"""Objects that are larger than memory, written to a file."""

from __future__ import annotations

import threading
import tracemalloc
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from botocore.response import StreamingBody

from pulumi_sentinelhub.errors import BucketError, DeadlineExceeded, SentinelHubError
from pulumi_sentinelhub.s3 import saving
from pulumi_sentinelhub.s3.buckets import BucketClient
from pulumi_sentinelhub.s3.saving import save
from pulumi_sentinelhub.waiting.clock import SystemClock
from pulumi_sentinelhub.waiting.patience import Patience
from tests.support.drip import ends


class Zeros:
    """A body of so many zeros; ``hung``: waited for after the first of them."""

    def __init__(self, size: int, hung: threading.Event | None = None) -> None:
        self.left, self.hung, self.read_to_end = size, hung, threading.Event()

    def read(self, most: int) -> bytes:
        if self.hung is not None and self.read_to_end.is_set():
            self.hung.wait(60)
        self.read_to_end.set()
        taken = min(most, self.left)
        self.left -= taken
        return b"\0" * taken


class Store:
    """A client whose every object is this one."""

    def __init__(self, body: Zeros) -> None:
        self.body, self.size = body, body.left

    def get_object(self, **_: Any) -> dict[str, Any]:
        return {"Body": StreamingBody(self.body, self.size)}  # type: ignore[arg-type]


PATIENCE = Patience(SystemClock())


def test_a_large_one_is_not_held(tmp_path: Path) -> None:
    """64 MiB are written by a few pieces."""
    file = tmp_path / "file"
    tracemalloc.start()
    try:
        with file.open("wb") as into:
            assert save(Store(Zeros(64 * 2**20)), "bucket", "key", into, PATIENCE)  # type: ignore[arg-type]
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()
    assert file.stat().st_size == 64 * 2**20


def test_what_is_too_large_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends at the limit, whatever else would come."""
    monkeypatch.setattr(saving, "MOST_BYTES", 2**20)
    file = tmp_path / "file"
    with file.open("wb") as into, pytest.raises(BucketError, match="more than 1048576 bytes"):
        save(Store(Zeros(10 * 2**20)), "bucket", "key", into, PATIENCE)  # type: ignore[arg-type]
    assert file.stat().st_size <= 2**20


def test_a_full_disk_is_an_error_of_ours() -> None:
    """It says what to make room for."""
    store = Store(Zeros(2**20))
    with Path("/dev/full").open("wb", buffering=0) as into, pytest.raises(SentinelHubError) as caught:
        save(store, "bucket", "key", into, PATIENCE)  # type: ignore[arg-type]
    assert "No space left" in str(caught.value)
    assert "TMPDIR" in str(caught.value)


def test_after_the_deadline_nothing_is_written(tmp_path: Path) -> None:
    """Whoever has stopped waiting finds the file as it was then."""
    hung = threading.Event()
    body = Zeros(2**20, hung)
    file = tmp_path / "file"
    with file.open("wb", buffering=0) as into:
        deadline = SystemClock().monotonic() + 0.3
        with pytest.raises(DeadlineExceeded):
            save(Store(body), "bucket", "key", into, Patience(SystemClock(), deadline=deadline))  # type: ignore[arg-type]
        written = file.stat().st_size
        hung.set()
        assert ends()
        assert file.stat().st_size == written


def test_what_is_not_there(buckets: BucketClient, bucket: str, other: Any, tmp_path: Path) -> None:
    """No such object and no such bucket are told from what is there, also when that is empty."""

    def saved(name: str, key: str) -> bytes | None:
        with (tmp_path / "file").open("w+b") as into:
            return _content(into) if buckets.save_object(name, key, into) else None

    other.put_object(Bucket=bucket, Key="there", Body=b"content")
    other.put_object(Bucket=bucket, Key="empty", Body=b"")
    assert [saved(bucket, key) for key in ("there", "empty", "gone")] == [b"content", b"", None]
    assert saved("no-such-bucket", "there") is None


def _content(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()
