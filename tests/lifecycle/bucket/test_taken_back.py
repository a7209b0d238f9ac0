"""A bucket that is to be replaced by one of its name, and a replacement that was taken back."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from pulumi_sentinelhub.errors import BucketError, SentinelHubError
from pulumi_sentinelhub.lifecycle.ownership.holders import Holder
from tests.lifecycle.bucket.world import World


def untold(_: str) -> Holder | None:
    raise SentinelHubError("pulumi stack ls failed", why="no network")


@pytest.mark.parametrize("full", [False, True])
def test_a_bucket_cannot_stand_beside_itself(world: World, other: Any, full: bool) -> None:
    """With --replace the engine makes the new one first; the refusal says so, and what to do instead."""
    name = world.create().id
    if full:
        other.put_object(Bucket=name, Key="a.tif", Body=b"a")
    world.context = replace(world.context, holder=lambda _: Holder(world.context.urn))
    with pytest.raises(BucketError, match=f"cannot replace bucket {name}: the new one") as refused:
        world.create()
    assert f"`pulumi destroy --target '{world.context.urn}' --target-dependents`" in str(refused.value)


@pytest.mark.parametrize(("owed", "stays"), [(True, True), (False, False), (None, True)])
def test_a_bucket_that_an_earlier_update_has_taken_back_stays(
    world: World, other: Any, owed: bool | None, stays: bool
) -> None:
    """Neither does the deletion that a failed replacement owes, in a later update that keeps the bucket.

    Where the states cannot be read nothing is deleted; where no deletion is owed it is the bucket's own.
    """
    made = world.create(force_destroy=True)
    other.put_object(Bucket=made.id, Key="a.tif", Body=b"a result")
    assert world.changed(made, force_destroy=True) == set()

    def holder(_: str) -> Holder | None:
        return untold(_) if owed is None else Holder(world.context.urn, is_owed_too=owed)

    world.context = replace(world.context, holder=holder)
    with pytest.raises(SentinelHubError, match="no network") if owed is None else nullcontext():
        world.delete(made)
    assert [bucket["Name"] for bucket in other.list_buckets()["Buckets"]] == ([made.id] if stays else [])
    assert any("taken it over again" in text for text in world.warned) == bool(owed)
