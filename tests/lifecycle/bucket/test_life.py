"""OutputBucket from create over drift to the next update, killed at any call in between."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pulumi_sentinelhub.errors import BucketError, SentinelHubError, Unfinished
from pulumi_sentinelhub.lifecycle.bucket import OUTPUT_BUCKET
from pulumi_sentinelhub.lifecycle.contract import Remote
from pulumi_sentinelhub.lifecycle.ownership.holders import Holder
from pulumi_sentinelhub.lifecycle.tables.bucket import FIELDS, OUTPUTS
from pulumi_sentinelhub.s3.buckets import BucketClient
from pulumi_sentinelhub.s3.tags import OWNER_TAG
from tests.lifecycle.bucket.world import FULL, World, put, put_tags
from tests.support.killed import Killed
from tests.support.s3 import OURS, Wire

HELD = "urn:pulumi:old::maps::sentinelhub:index:OutputBucket::results"


def untold(_: str) -> Holder | None:
    raise SentinelHubError("pulumi stack ls failed", why="no network")


class TestLife:
    @pytest.mark.parametrize("news", [{}, FULL, *({name: value} for name, value in FULL.items())], ids=str)
    def test_up_refresh_and_up_are_quiet(self, world: World, wire: Wire, news: dict[str, Any]) -> None:
        """After create and after refresh nothing is left to be done; refresh changes nothing."""
        made = world.create(**news)
        assert world.changed(made, **news) == set()
        wire.calls.clear()
        refreshed = world.refresh(made)
        assert wire.writes() == []
        assert refreshed.outputs == made.outputs
        assert refreshed.inputs == world.inputs(**news)
        assert world.changed(refreshed, **news) == set()

    def test_the_outputs_are_the_documented_ones(self, world: World) -> None:
        """Every input is echoed, every documented output is there, and there is nothing else."""
        made = world.create(**FULL, retained=True)
        of_a_role = {"role_arn", "delivery_trust"}
        assert set(made.outputs) == (set(OUTPUTS) | {field.name for field in FIELDS}) - of_a_role
        assert made.id == made.outputs["bucket"]
        assert made.outputs["arn"] == f"arn:aws:s3:::{made.id}"
        assert made.outputs["url"] == f"s3://{made.id}"
        assert made.outputs["policy_in_place"] is True

    def test_each_setting_is_updated_in_place(self, world: World, buckets: BucketClient) -> None:
        """Policy, expiry and tags change without a new bucket, and can be taken away again."""
        made = world.create(**FULL)
        changed = world.update(made, expire_days=9, tags={"team": "b", "x": "y"}, policy="narrow")
        info = buckets.describe(made.id)
        assert info is not None
        assert (info.expire_days, info.tags, info.policy) == (9, {"team": "b", "x": "y"}, "narrow")
        bare = world.update(changed)
        info = buckets.describe(made.id)
        assert info is not None
        assert (info.expire_days, info.tags, info.policy) == (None, {}, "narrow")
        assert world.changed(world.refresh(bare)) == set()

    def test_a_local_setting_makes_no_call(self, world: World, wire: Wire) -> None:
        """force_destroy is only kept for later."""
        made = world.create()
        wire.calls.clear()
        changed = world.update(made, force_destroy=True)
        assert wire.calls == []
        assert changed.outputs == {**made.outputs, "force_destroy": True}


class TestDrift:
    @pytest.mark.parametrize(
        ("kind", "field"),
        [
            ("policy removed", "policy"),
            ("policy altered", "policy"),
            ("tag changed", "tags"),
            ("tag removed", "tags"),
            ("rules removed", "expire_days"),
            ("made public", "public_access"),
        ],
    )
    def test_what_was_changed_behind_our_back_is_repaired(
        self, world: World, other: Any, kind: str, field: str
    ) -> None:
        """Refresh shows it, preview plans its repair, up repairs it, and then all is quiet."""
        made = world.create(expire_days=3, tags={"team": "a"})
        damage(other, made.id, kind)
        for _ in range(2):  # refreshing again forgets nothing
            made = world.refresh(made)
            assert world.changed(made, expire_days=3, tags={"team": "a"}) == {field}
        assert made.outputs["policy_in_place"] is not kind.startswith("policy")
        repaired = world.update(made, expire_days=3, tags={"team": "a"})
        again = world.refresh(repaired)
        assert again.outputs == repaired.outputs
        assert again.outputs["policy_in_place"] is True
        assert world.changed(again, expire_days=3, tags={"team": "a"}) == set()

    def test_tags_of_others_are_no_drift(self, world: World, other: Any) -> None:
        """What we did not set is not ours to show or remove."""
        made = world.create(tags={"team": "a"})
        put_tags(other, made.id, {OWNER_TAG: OURS, "team": "a", "cost": "7"})
        assert world.refresh(made).outputs == made.outputs

    def test_a_bucket_that_is_gone_is_gone(self, world: World, other: Any) -> None:
        """Read says so, delete is content, and update sends the user to refresh."""
        made = world.create()
        other.delete_bucket(Bucket=made.id)
        assert OUTPUT_BUCKET.read(world.context, made.id, made.outputs) is None
        with pytest.raises(BucketError, match=r"it is gone.*pulumi refresh"):
            world.update(made, policy="broad")
        world.delete(made)

    def test_a_bucket_that_is_another_declarations_now_is_gone(
        self, world: World, other: Any, wire: Wire
    ) -> None:
        """It is dropped from the state with a warning, and neither changed nor deleted."""
        made = world.create(force_destroy=True)
        put_tags(other, made.id, {OWNER_TAG: "another"})
        put(made.id)
        wire.calls.clear()
        with pytest.raises(BucketError, match="another declaration"):
            world.update(made, policy="broad")
        with pytest.raises(BucketError, match="another declaration"):
            world.delete(made)
        assert OUTPUT_BUCKET.read(world.context, made.id, made.outputs) is None
        assert "another declaration" in world.warned[-1]
        assert wire.writes() == []

    @pytest.mark.parametrize("full", [True, False])
    def test_a_lost_mark_is_told_and_refused(self, world: World, other: Any, wire: Wire, full: bool) -> None:
        """Without the mark nothing proves that the bucket is ours, so force_destroy empties it no more."""
        made = world.create(force_destroy=True)
        if full:
            put(made.id)
        put_tags(other, made.id, {"team": "b"})
        world.refresh(made)
        assert f"{OWNER_TAG}={OURS}" in world.warned[-1]
        wire.calls.clear()
        with pytest.raises(BucketError, match=f"put the tag {OWNER_TAG}={OURS} on it again"):
            world.delete(made)
        assert wire.writes() == []


class TestCrash:
    def test_killed_after_any_call(self, world: World, wire: Wire, buckets: BucketClient) -> None:
        """Killed at any call of create, the next create ends with the same single bucket, configured."""
        made = world.create(**FULL)
        calls = len(wire.calls)
        for number in range(calls):
            world.delete(made)
            wire.kill_at(number)
            with pytest.raises(Killed):
                world.create(**FULL)
            wire.kill_at(None)
            made = world.create(**FULL)
            info = buckets.describe(made.id)
            assert info is not None
            assert (info.policy, info.expire_days, info.owner) == ("broad", 3, OURS)
            assert world.refresh(made).outputs == made.outputs
        assert calls > 8

    def test_half_made_is_kept_and_finished(self, world: World, wire: Wire) -> None:
        """Where the bucket could not be configured, the state has it, and the next up configures it."""
        wire.fail("PutBucketPolicy", "AccessDenied", 403)
        with pytest.raises(Unfinished, match="s3:PutBucketPolicy") as caught:
            world.create(**FULL)
        kept = Remote(caught.value.id, dict(caught.value.outputs))
        assert kept.outputs["policy_in_place"] is False
        assert {"policy", "tags", "expire_days", "public_access"} <= world.changed(kept, **FULL)
        finished = world.update(kept, **FULL)
        assert world.changed(world.refresh(finished), **FULL) == set()

    def test_taking_over_is_told(self, world: World) -> None:
        """A second create of the same declaration takes the new, empty bucket over, and says so."""
        first = world.create()
        assert world.warned == []
        assert world.create().outputs == first.outputs
        assert "taken over" in world.warned[0]

    @pytest.mark.parametrize(
        ("holder", "why"),
        [
            (lambda _: Holder(HELD), "OutputBucket results of stack old, project maps holds it"),
            (untold, "cannot be told: pulumi stack ls failed: no network"),
        ],
    )
    def test_what_another_stack_may_hold_is_left(
        self, world: World, holder: Callable[[str], Holder | None], why: str
    ) -> None:
        """A new stack gets the name of a renamed one, whose bucket is as new, as empty and as tagged."""
        world.create()
        world.context = replace(world.context, holder=holder)
        with pytest.raises(BucketError, match="Choose another name") as refused:
            world.create()
        assert why in str(refused.value)

    def test_renamed_and_back_it_stays(self, world: World) -> None:
        """The deletion that an earlier rename still owes does not take what this update has taken over."""
        first = world.create()
        again = world.create()
        world.delete(first)
        assert world.refresh(again).id == first.id
        assert any("taken it over again" in text for text in world.warned)

    def test_a_store_without_public_access_blocks_is_told(self, world: World, wire: Wire) -> None:
        """It works, with a warning, and is no drift."""
        wire.fail("GetPublicAccessBlock", "NotImplemented", 501, times=10)
        made = world.create()
        assert made.outputs["public_access"] == "unsupported"
        assert "public access" in world.warned[0]
        assert world.changed(world.refresh(made)) == set()


def damage(client: Any, bucket: str, kind: str) -> None:
    """Change something behind the provider's back."""
    if kind == "policy removed":
        client.delete_bucket_policy(Bucket=bucket)
    elif kind == "policy altered":
        policy = json.loads(client.get_bucket_policy(Bucket=bucket)["Policy"])
        policy["Statement"][1]["Action"] = ["s3:GetObject"]
        client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    elif kind == "tag changed":
        put_tags(client, bucket, {OWNER_TAG: OURS, "team": "b"})
    elif kind == "tag removed":
        put_tags(client, bucket, {OWNER_TAG: OURS})
    elif kind == "rules removed":
        client.delete_bucket_lifecycle(Bucket=bucket)
    else:
        client.delete_public_access_block(Bucket=bucket)
