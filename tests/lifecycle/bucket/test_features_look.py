"""What is where features are to go: seen by a preview, and what of it stays when they are replaced."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any, Final

import pytest

from pulumi_sentinelhub.errors import BucketError, DeadlineExceeded
from pulumi_sentinelhub.lifecycle.features import FEATURES
from pulumi_sentinelhub.lifecycle.ownership.holders import Holder
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


def test_features_cannot_stand_beside_themselves(world: World) -> None:
    """With --replace the engine makes the new one first; the refusal says so."""
    FEATURES.create(world.context, inputs())
    world.context = replace(world.context, holder=lambda _: Holder(world.context.urn))
    with pytest.raises(BucketError, match=r"cannot replace features s3://results/.* is made anew when"):
        FEATURES.create(world.context, inputs())


def test_other_content_and_back_they_stay(world: World) -> None:
    """The deletion that a failed replacement still owes does not take what this update has taken over."""
    first = FEATURES.create(world.context, inputs())
    # a replacement by other content has failed since, and is taken back
    again = FEATURES.create(world.context, inputs())
    FEATURES.delete(world.context, first.id, first.outputs)
    assert FEATURES.read(world.context, again.id, again.outputs) is not None
    assert any("taken it over again" in text for text in world.warned)


def test_features_that_an_earlier_update_has_taken_back_stay(world: World) -> None:
    """The same in a later update, which keeps the object; without such a deletion it is its own."""
    made = FEATURES.create(world.context, inputs())
    assert FEATURES.diff(world.context, made.id, made.outputs, inputs()).replaces == ()
    for owed in (True, False):
        held = Holder(world.context.urn, is_owed_too=owed)
        context = replace(world.context, holder={made.id: held}.get)
        FEATURES.delete(context, made.id, made.outputs)
        assert (FEATURES.read(world.context, made.id, made.outputs) is not None) == owed
