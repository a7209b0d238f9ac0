"""What a preview sees where features are to go."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any, Final

import pytest

from pulumi_sentinelhub.errors import BucketError, DeadlineExceeded
from pulumi_sentinelhub.lifecycle.features import FEATURES
from pulumi_sentinelhub.resources.feature_source import feature_file
from pulumi_sentinelhub.s3.buckets import BucketClient
from pulumi_sentinelhub.values import UNKNOWN
from pulumi_sentinelhub.waiting.patience import Patience
from tests.support.clock import HandClock
from tests.support.s3 import OURS, make

from .world import World, pure

URL: Final = "s3://results/features/areas.gpkg"
AREA: Final = {"type": "Polygon", "coordinates": [[[8.0, 41.0], [9.0, 41.0], [9.0, 42.0], [8.0, 41.0]]]}


def inputs() -> dict[str, Any]:
    """What the resource hands on."""
    feature = {"type": "Feature", "geometry": AREA, "properties": {"identifier": "a", "resolution": 10.0}}
    file = feature_file("source", {"type": "FeatureCollection", "features": [feature]})
    given = {"bucket": "results", "key": "features/areas.gpkg", "url": URL, "features": {"s3": {"url": URL}}}
    return {**given, "content_hash": file.content_hash, "file": str(file.path), "declaration": OURS}


@pytest.fixture
def world(buckets: BucketClient, clock: HandClock, cancel: threading.Event, other: Any) -> World:
    make(other, "results")
    return World(buckets, clock, cancel)


@pytest.mark.parametrize(
    ("marks", "whose"),
    [({}, "without a mark"), ({"pulumi-sentinelhub-declaration": "another"}, "of another")],
)
def test_a_preview_tells_what_is_there_already(
    world: World, other: Any, marks: dict[str, str], whose: str
) -> None:
    """One look in a preview, at a place that is new: an update would be refused there."""
    given = inputs()
    assert FEATURES.check(world.context, {}, given).findings == ()
    other.put_object(Bucket="results", Key=given["key"], Body=b"theirs", Metadata=marks)
    (failure,) = FEATURES.check(world.context, {}, given).failures
    assert str(failure).startswith(f"key: leads to {URL}, where another object is already, {whose};")
    assert FEATURES.check(world.context, {**given, "etag": "x"}, given).findings == ()
    assert FEATURES.check(pure(), {}, {**given, "url": UNKNOWN}).findings == ()
    elsewhere = {**given, "url": "s3://nowhere/features/areas.gpkg"}
    assert FEATURES.check(world.context, {}, elsewhere).findings == (), "there is no such bucket"


def test_a_look_in_vain_says_nothing(buckets: BucketClient, clock: HandClock) -> None:
    """Without credentials, or where S3 does not answer, a preview goes on within seconds."""

    def refused() -> BucketClient:
        raise BucketError("no AWS credentials", subject="s3://results")

    def silent(*_: object, **__: object) -> BucketClient:
        clock.seconds += 11.0
        raise DeadlineExceeded("S3 does not answer")

    for storage in (refused, silent):
        ctx = replace(pure(), storage=storage, patience=Patience.lasting(clock, 600.0))
        assert FEATURES.check(ctx, {}, inputs()).findings == ()
    late = replace(pure(), storage=silent, patience=Patience.lasting(clock, 5.0))
    with pytest.raises(DeadlineExceeded):
        FEATURES.check(late, {}, inputs())
