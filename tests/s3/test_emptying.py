"""Emptying a large bucket: side by side, but bounded, each version once, and stopped at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

import pytest

from pulumi_sentinelhub.errors import BucketError, Interrupted
from pulumi_sentinelhub.s3.contents import PAGE
from pulumi_sentinelhub.s3.emptying import AHEAD, WORKERS, Emptying
from pulumi_sentinelhub.waiting.patience import Patience
from tests.support.clock import HandClock

OBJECTS = 20_000
AT = {"Bucket": "results"}


class Store:
    """A bucket of many objects of two versions each, and what its calls saw of one another.

    Attributes:
        at_once: the most deletions that ran at the same time.
        ahead: the most pages that were listed and not yet removed.
        deleted: how often each version was asked to be deleted.
    """

    def __init__(self, objects: int, *, together: int = 1) -> None:
        self._lock = threading.Lock()
        self._all = [(f"{number:05}", version) for number in range(objects) for version in "ab"]
        self._gone: set[tuple[str, str]] = set()
        self._listed = self._answered = self._running = 0
        # no deletion ends before so many were under way, which proves that so many can be
        self._together, self._enough = together, threading.Event()
        self.at_once = self.ahead = 0
        self.sizes: list[int] = []
        self.deleted: Counter[tuple[str, str]] = Counter()

    def list_object_versions(self, *, Bucket: str, MaxKeys: int, **markers: str) -> Mapping[str, Any]:  # noqa: N803 - S3's own names
        after = (markers.get("KeyMarker", ""), markers.get("VersionIdMarker", ""))
        with self._lock:
            left = [one for one in self._all if one > after and one not in self._gone]
            self._listed += bool(left)
            self.ahead = max(self.ahead, self._listed - self._answered)
        page = left[:MaxKeys]
        entries = [{"Key": key, "VersionId": version} for key, version in page]
        key, version = page[-1] if page else ("", "")
        more = {"IsTruncated": len(left) > MaxKeys, "NextKeyMarker": key, "NextVersionIdMarker": version}
        return {"Versions": entries, **more}

    def delete_objects(self, *, Bucket: str, Delete: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: N803 - S3's own names
        keys = [(one["Key"], one["VersionId"]) for one in Delete["Objects"]]
        with self._lock:
            self._running += 1
            self.at_once = max(self.at_once, self._running)
            self.sizes.append(len(keys))
            if self._running == self._together:
                self._enough.set()
        assert self._enough.wait(timeout=300)
        with self._lock:
            self.deleted.update(keys)
            self._gone.update(keys)
            self._running -= 1
            self._answered += 1
        return {}

    def get_paginator(self, _: str) -> Any:
        return type("NoUploads", (), {"paginate": lambda self, **_: iter(())})()


def emptying(store: Any, cancel: threading.Event | None = None, progress: Any = print) -> Emptying:
    return Emptying(cast("Any", store), AT, Patience(HandClock(), cancel), progress)


def test_many_versions_go_side_by_side_and_bounded() -> None:
    """Each version of 20,000 objects goes once, in calls of a thousand keys, eight at a time."""
    store = Store(OBJECTS, together=WORKERS)
    assert emptying(store, progress=lambda _: None).run() == 2 * OBJECTS
    assert len(store.deleted) == 2 * OBJECTS
    assert set(store.deleted.values()) == {1}
    assert store.at_once == WORKERS
    assert set(store.sizes) == {PAGE}
    # one more is listed when the queue is full
    assert store.ahead <= AHEAD + 1


def test_an_interruption_begins_nothing_more() -> None:
    """Interrupted in the middle, what runs is finished and what waits is not begun."""
    cancel = threading.Event()
    store = Store(OBJECTS, together=WORKERS)
    with pytest.raises(Interrupted, match="results"):
        emptying(store, cancel, progress=lambda _: cancel.set()).run()
    calls = len(store.sizes)
    assert WORKERS <= calls <= AHEAD + 1
    assert len(store.deleted) == calls * PAGE


def test_a_refusal_ends_it() -> None:
    """After the first refused key no further page is listed, and what was begun is waited for."""

    class Refusing(Store):
        def delete_objects(self, *, Bucket: str, Delete: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: N803 - S3's own names
            super().delete_objects(Bucket=Bucket, Delete=Delete)
            return {"Errors": [{**Delete["Objects"][0], "Code": "AccessDenied", "Message": "locked"}]}

    store = Refusing(OBJECTS, together=WORKERS)
    with pytest.raises(BucketError, match="AccessDenied locked"):
        emptying(store, progress=lambda _: None).run()
    assert len(store.sizes) <= AHEAD + 1
