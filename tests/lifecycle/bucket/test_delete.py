"""OutputBucket's end, and the buckets of others that it leaves alone."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

import pytest

from pulumi_sentinelhub.config.deployments import DEPLOYMENTS
from pulumi_sentinelhub.errors import BucketError, Interrupted
from pulumi_sentinelhub.lifecycle.bucket import OUTPUT_BUCKET
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.s3.buckets import BucketClient
from pulumi_sentinelhub.s3.tags import OWNER_TAG
from pulumi_sentinelhub.waiting.patience import Patience
from tests.lifecycle.bucket.world import URN, World, put
from tests.support.clock import HandClock
from tests.support.s3 import DEPLOYMENT, Wire, make


class TestOthers:
    """Buckets that a create finds in its place."""

    @pytest.mark.parametrize("news", [{"bucket": "results"}, {}], ids=["chosen name", "made name"])
    def test_contents_are_never_taken_over(
        self, world: World, other: Any, wire: Wire, news: dict[str, Any]
    ) -> None:
        """A second stack with the same key, and force_destroy, does not get a bucket that holds something."""
        made = world.create(**news)
        put(made.id)
        wire.calls.clear()
        with pytest.raises(BucketError, match="it is there already, and it holds 1 object"):
            world.create(**news, force_destroy=True)
        assert wire.writes() == []

    def test_a_chosen_name_is_not_taken_without_the_tag(self, world: World, other: Any, wire: Wire) -> None:
        """An empty bucket that somebody made by hand under the name that the program gives is left alone."""
        make(other, "results")
        with pytest.raises(BucketError, match=f"has no tag {OWNER_TAG}"):
            world.create(bucket="results")
        assert wire.writes() == []

    def test_a_made_name_is_of_one_declaration(self, world: World, other: Any, wire: Wire) -> None:
        """A name that was made for another key is like any other, even when the resource is called alike."""
        name = world.inputs(declaration="another")["bucket"]
        assert name.startswith("max-ndvi-results-")
        make(other, name)
        with pytest.raises(BucketError, match=f"has no tag {OWNER_TAG}"):
            world.create(bucket=name)
        assert wire.writes() == []

    def test_a_made_name_outlives_the_resources_name(self, world: World, other: Any) -> None:
        """What a killed create left under the resource's earlier name is still known by its key."""
        name = world.inputs()["bucket"].replace("max-ndvi", "min-ndvi")
        make(other, name)
        assert world.create(bucket=name).id == name
        assert "taken over" in world.warned[-1]


class TestDelete:
    def test_results_are_not_lost_by_accident(self, world: World, other: Any, wire: Wire) -> None:
        """Destroying refuses while objects remain, says how many and what to do, and removes nothing."""
        made = world.create()
        for key in "abc":
            put(made.id, key)
        wire.calls.clear()
        with pytest.raises(BucketError, match="still holds 3 objects") as caught:
            world.delete(made)
        ways_out = (
            "by hand",
            f"force_destroy=True and run `pulumi up --target '{URN}'`",
            f"state delete '{URN}'",
        )
        for way_out in (*ways_out, "pending deletion"):
            assert way_out in str(caught.value)
        assert wire.writes() == []

    def test_force_destroy_empties_and_deletes(self, world: World, other: Any, buckets: BucketClient) -> None:
        """With force_destroy in the state everything goes, with progress."""
        made = world.create(force_destroy=True)
        put(made.id)
        world.delete(made)
        assert buckets.describe(made.id) is None
        assert world.said == [f"emptying bucket {made.id}: 1 removed"]
        world.delete(made)

    def test_an_empty_bucket_needs_no_force(self, world: World, buckets: BucketClient) -> None:
        """Nothing is lost with it."""
        made = world.create()
        world.delete(made)
        assert buckets.describe(made.id) is None

    def test_what_is_written_meanwhile_goes_too(
        self, world: World, other: Any, wire: Wire, clock: HandClock, buckets: BucketClient
    ) -> None:
        """A cancelled request may write a little longer, so the bucket is emptied again."""
        made = world.create(force_destroy=True)
        late = [partial(put, made.id, key) for key in "ab"]
        wire.before("DeleteBucket", *late)
        world.delete(made)
        assert buckets.describe(made.id) is None
        assert len(clock.naps) == 2

    def test_something_that_never_stops_writing_is_reported(
        self, world: World, other: Any, wire: Wire, clock: HandClock
    ) -> None:
        """Patience is bounded."""
        made = world.create(force_destroy=True)

        wire.before("DeleteBucket", *[partial(put, made.id)] * 50)
        with pytest.raises(BucketError, match="still writing"):
            world.delete(made)
        assert sum(clock.naps) < 60

    def test_an_interruption_is_prompt(
        self, world: World, other: Any, wire: Wire, cancel: threading.Event
    ) -> None:
        """Interrupted while emptying, the bucket stays in the state and the next destroy continues."""
        made = world.create(force_destroy=True)
        put(made.id)
        wire.before("DeleteObjects", cancel.set)
        with pytest.raises(Interrupted, match=made.id):
            world.delete(made)
        cancel.clear()
        world.delete(made)

    def test_another_deployments_bucket_is_deleted_there(self, world: World) -> None:
        """After the stack has turned to another deployment, the old bucket is reached through the old one."""
        made = world.create()
        bound: list[Any] = []

        class Storage:
            def bound(self, patience: Patience, deployment: Any) -> Any:
                bound.append(deployment)
                return world.context.storage().bound(patience)

        elsewhere = Context(**{**vars(world.context), "deployment": DEPLOYMENTS["cdse"], "storage": Storage})
        OUTPUT_BUCKET.delete(elsewhere, made.id, made.outputs)
        OUTPUT_BUCKET.delete(world.context, made.id, made.outputs)
        assert bound == [DEPLOYMENT]


def test_a_foreign_bucket_is_refused_by_create(world: World, other: Any, wire: Wire) -> None:
    """A name that belongs to something else in the same account fails at create, with nothing written."""
    make(other, "results")
    other.put_object(Bucket="results", Key="k", Body=b"1")
    with pytest.raises(BucketError, match="Nothing in it was touched"):
        world.create(bucket="results", force_destroy=True)
    assert wire.writes() == []


def test_what_a_renamed_declaration_keeps_is_left(world: World, buckets: BucketClient) -> None:
    """Renamed, its old name used again, and both hold the bucket: one's end is not the bucket's."""
    made = world.create(force_destroy=True)
    put(made.id)
    renamed = Context(**{**vars(world.context), "urn": f"{URN}-renamed"})
    OUTPUT_BUCKET.diff(renamed, made.id, made.outputs, world.inputs(force_destroy=True))
    world.delete(made)
    assert buckets.describe(made.id) is not None
    assert world.warned == [f"bucket {made.id} is left as it is: another declaration of this stack holds it"]


def test_renamed_and_replaced_at_once(world: World, buckets: BucketClient) -> None:
    """What the renamed declaration replaces goes, though the engine has it deleted under the old name."""
    made = world.create(force_destroy=True)
    renamed = Context(**{**vars(world.context), "urn": f"{URN}-renamed"})
    news = world.inputs(bucket="another", force_destroy=True)
    assert OUTPUT_BUCKET.diff(renamed, made.id, made.outputs, news).replaces
    world.delete(made)
    assert buckets.describe(made.id) is None
