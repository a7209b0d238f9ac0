"""OutputBucket over the real boto3 and an S3 in this process: check, diff, create, read, update, delete."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from pulumi_sentinelhub.batch.generations import GENERATIONS
from pulumi_sentinelhub.config.deployments import DEPLOYMENTS
from pulumi_sentinelhub.errors import BucketError, Interrupted, Unfinished
from pulumi_sentinelhub.lifecycle.bucket import OUTPUT_BUCKET
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.lifecycle.contract import CheckReport, Remote
from pulumi_sentinelhub.lifecycle.fields import Change
from pulumi_sentinelhub.lifecycle.tables.bucket import FIELDS, OUTPUTS
from pulumi_sentinelhub.s3.buckets import BucketClient
from pulumi_sentinelhub.s3.tags import OWNER_TAG
from pulumi_sentinelhub.values import UNKNOWN
from pulumi_sentinelhub.waiting.patience import Patience
from tests.s3.conftest import (
    DEPLOYMENT,
    OURS,
    FakeClock,
    Killed,
    Wire,
    aws,
    buckets,
    cancel,
    clock,
    make,
    moto_url,
    other,
    s3,
    wire,
)

__all__ = ["aws", "buckets", "cancel", "clock", "moto_url", "other", "s3", "wire"]

URN = "urn:pulumi:dev::corsica::pulumi-python:dynamic/sentinelhub:OutputBucket::Max NDVI_results"


def nothing(*_: object) -> Any:
    raise AssertionError("no call is due")


def pure(urn: str = URN, deployment: str = DEPLOYMENT.name) -> Context:
    """A context in which any call is a failure."""
    return Context(
        deployment=DEPLOYMENTS[deployment],
        connect=nothing,
        generations=GENERATIONS,
        generation=GENERATIONS["v1"],
        statuses=nothing,
        storage=nothing,
        patience=Patience(FakeClock()),
        urn=urn,
    )


class World:
    """The contexts of operations on one S3, and what was said in them."""

    def __init__(self, storage: BucketClient, clock: FakeClock, cancel: threading.Event) -> None:
        self.warned: list[str] = []
        self.said: list[str] = []
        self.context = Context(
            deployment=DEPLOYMENT,
            connect=nothing,
            generations=GENERATIONS,
            generation=GENERATIONS["v1"],
            statuses=nothing,
            storage=lambda: storage,
            patience=Patience(clock, cancel),
            warn=self.warned.append,
            progress=self.said.append,
            urn=URN,
        )

    def inputs(self, olds: dict[str, Any] | None = None, **news: Any) -> dict[str, Any]:
        """What check makes of a declaration."""
        report = OUTPUT_BUCKET.check(self.context, olds or {}, {"declaration": OURS, **news})
        assert report.failures == ()
        return report.inputs

    def check(self, olds: Mapping[str, Any], **news: Any) -> CheckReport:
        return OUTPUT_BUCKET.check(self.context, olds, {"declaration": OURS, **news})

    def create(self, **news: Any) -> Remote:
        return OUTPUT_BUCKET.create(self.context, self.inputs(**news))

    def refresh(self, remote: Remote) -> Remote:
        found = OUTPUT_BUCKET.read(self.context, remote.id, remote.outputs)
        assert found is not None
        return found

    def changed(self, remote: Remote, **news: Any) -> set[str]:
        """What preview says of a declaration."""
        inputs = self.inputs(remote.inputs or remote.outputs, **news)
        return set(OUTPUT_BUCKET.diff(self.context, remote.id, remote.outputs, inputs).changed)

    def update(self, remote: Remote, **news: Any) -> Remote:
        inputs = self.inputs(remote.outputs, **news)
        outputs = OUTPUT_BUCKET.update(self.context, remote.id, remote.outputs, inputs)
        return Remote(remote.id, outputs)

    def delete(self, remote: Remote) -> None:
        OUTPUT_BUCKET.delete(self.context, remote.id, remote.outputs)


@pytest.fixture
def world(buckets: BucketClient, clock: FakeClock, cancel: threading.Event) -> World:
    return World(buckets, clock, cancel)


class TestCheck:
    def test_what_is_left_out_is_filled_in(self) -> None:
        """Name, region, deployment and defaults are known at preview."""
        report = OUTPUT_BUCKET.check(pure(), {}, {"declaration": OURS})
        assert report.failures == ()
        assert report.inputs == {
            "bucket": "max-ndvi-results-1bd8fd4",
            "region": "eu-central-1",
            "force_destroy": False,
            "policy": "narrow",
            "delivery_role": False,
            "deployment": "aws-eu-central-1",
            "declaration": OURS,
        }

    @given(st.text(max_size=90), st.text(min_size=1, max_size=30))
    def test_a_made_up_name_is_valid_and_always_the_same(self, name: str, declaration: str) -> None:
        """Whatever the resource is called, its bucket gets a valid name that the next run finds again."""
        urn = f"urn:pulumi:dev::p::t::{name}"
        first, second = (OUTPUT_BUCKET.check(pure(urn), {}, {"declaration": declaration}) for _ in range(2))
        assert first == second
        assert first.failures == ()
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", first.inputs["bucket"])

    def test_two_declarations_get_two_names(self) -> None:
        """The declaration's key is part of the name; without a urn there is a name all the same."""
        names = {
            OUTPUT_BUCKET.check(pure(urn), {}, {"declaration": key}).inputs["bucket"]
            for key in ("a", "b")
            for urn in (URN, "")
        }
        assert len(names) == 4

    def test_a_name_and_a_declaration_once_given_stay(self) -> None:
        """Taking the name out of the program, or renaming the resource, does not cost the results."""
        olds = {"bucket": "mine-1", "declaration": "first"}
        report = OUTPUT_BUCKET.check(pure(), olds, {"declaration": "second"})
        assert (report.inputs["bucket"], report.inputs["declaration"]) == ("mine-1", "first")

    @pytest.mark.parametrize(
        ("news", "path"),
        [
            ({"bucket": "ab"}, "bucket"),
            ({"bucket": "a" * 64}, "bucket"),
            ({"bucket": "Results"}, "bucket"),
            ({"bucket": "re_sults"}, "bucket"),
            ({"bucket": "-results"}, "bucket"),
            ({"bucket": "results."}, "bucket"),
            ({"bucket": "a..b"}, "bucket"),
            ({"bucket": "192.168.1.1"}, "bucket"),
            ({"bucket": "xn--results"}, "bucket"),
            ({"bucket": "results-s3alias"}, "bucket"),
            ({"bucket": 5}, "bucket"),
            ({"region": "us-west-2"}, "region"),
            ({"expire_days": 0}, "expire_days"),
            ({"expire_days": -3}, "expire_days"),
            ({"expire_days": 1.5}, "expire_days"),
            ({"expire_days": True}, "expire_days"),
            ({"expire_days": "7"}, "expire_days"),
            ({"force_destroy": "yes"}, "force_destroy"),
            ({"policy": "open"}, "policy"),
            ({"tags": ["a"]}, "tags"),
            ({"tags": {"aws:a": "b"}}, "tags['aws:a']"),
            ({"tags": {"a": 1}}, "tags['a']"),
            ({"tags": {OWNER_TAG: "b"}}, f"tags['{OWNER_TAG}']"),
        ],
    )
    def test_bad_input_is_found_at_preview(self, news: dict[str, Any], path: str) -> None:
        """Each failure names the property, the reason and the fix, and costs no call."""
        report = OUTPUT_BUCKET.check(pure(), {}, {"declaration": OURS, **news})
        (failure,) = report.failures
        assert failure.property == path
        assert re.search("choose|correct|remove|rename|quotes|mapping", failure.message())

    def test_a_wrong_region_names_the_right_one(self) -> None:
        """Results can only be written where the deployment is."""
        news = {"declaration": OURS, "region": "eu-central-1"}
        (failure,) = OUTPUT_BUCKET.check(pure(deployment="aws-us-west-2"), {}, news).failures
        assert "can only be written to buckets in us-west-2, not in 'eu-central-1'" in failure.reason

    def test_dots_in_a_name_are_warned_about(self) -> None:
        """They are allowed, and a nuisance."""
        report = OUTPUT_BUCKET.check(pure(), {}, {"declaration": OURS, "bucket": "a.b.c"})
        assert (len(report.failures), len(report.warnings)) == (0, 1)

    @pytest.mark.parametrize("name", [field.name for field in FIELDS])
    def test_unknown_values_are_skipped(self, name: str) -> None:
        """Each input may be unknown at preview: no complaint, no call, and it stays unknown."""
        news = {"declaration": OURS, name: UNKNOWN}
        report = OUTPUT_BUCKET.check(pure(), {}, news)
        assert report.failures == ()
        assert report.inputs[name] is UNKNOWN
        known = OUTPUT_BUCKET.check(pure(), {}, {"declaration": OURS}).inputs
        difference = OUTPUT_BUCKET.diff(pure(), "results", known, report.inputs)
        hidden = {field.name for field in FIELDS if field.change is Change.HIDDEN}
        assert (name in difference.changed) == (name not in hidden)

    def test_an_unknown_tag_is_skipped(self) -> None:
        """Nested values may be unknown, too."""
        assert OUTPUT_BUCKET.check(pure(), {}, {"declaration": OURS, "tags": {"a": UNKNOWN}}).failures == ()


CHANGES: dict[str, tuple[Any, Any]] = {
    "bucket": ("results-1", "results-2"),
    "region": ("eu-central-1", "us-west-2"),
    "force_destroy": (False, True),
    "expire_days": (3, 4),
    "tags": ({"a": "1"}, {"a": "2"}),
    "policy": ("narrow", "broad"),
    "delivery_role": (False, True),
    "delivery_trust": ("one", "two"),
    "deployment": ("aws-eu-central-1", "aws-us-west-2"),
    "declaration": ("one", "two"),
    "retained": (False, True),
}


class TestDiff:
    @pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
    def test_each_field_does_what_the_table_says(self, field: Any) -> None:
        """In place, replaced, local or hidden; and what did not change is no difference."""
        old, new = CHANGES[field.name]
        olds = {name: pair[0] for name, pair in CHANGES.items()}
        assert not OUTPUT_BUCKET.diff(pure(), "results-1", olds, dict(olds))
        difference = OUTPUT_BUCKET.diff(pure(), "results-1", olds, {**olds, field.name: new})
        assert old != new
        assert difference.changed == (() if field.change is Change.HIDDEN else (field.name,))
        assert difference.replaces == ((field.name,) if field.change is Change.REPLACE else ())

    def test_one_name_is_never_two_buckets(self) -> None:
        """A replacement under the same name deletes first, or it would delete itself."""
        olds = {"bucket": "results-1", "region": "eu-central-1"}
        diff = OUTPUT_BUCKET.diff
        assert diff(pure(), "", olds, {**olds, "region": "us-west-2"}).delete_before_replace
        assert not diff(pure(), "", olds, {"bucket": "b", "region": "us-west-2"}).delete_before_replace
        assert not diff(pure(), "", olds, {**olds, "tags": {"a": "b"}}).delete_before_replace


FULL = {"expire_days": 3, "tags": {"team": "a"}, "policy": "broad", "force_destroy": True}


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


class TestReplaced:
    """A bucket that a change would replace, looked at by check."""

    @pytest.mark.parametrize("change", [{"bucket": "second"}, {"region": "eu-central-1"}, {}], ids=str)
    def test_a_full_bucket_is_not_left_to_be_stuck(
        self, world: World, wire: Wire, change: dict[str, Any]
    ) -> None:
        """A change that would replace a bucket which holds something fails at preview, with the ways out."""
        made = world.create(bucket="first")
        put(made.id)
        olds = dict(made.outputs)
        if "region" in change:
            olds["region"] = "elsewhere"  # as after the stack has turned to another deployment
        wire.calls.clear()
        report = world.check(olds, **{"bucket": "first", **change})
        assert len(report.failures) == bool(change)
        for failure in report.failures:
            assert failure.property == next(iter(change))
            assert "replaces bucket first, which still holds 1 object" in failure.reason
            for way_out in ("by hand", "force_destroy=True", "retain_on_delete=True", "run `pulumi up`"):
                assert way_out in failure.fix
        assert set(wire.names()) == ({"ListObjectVersions", "ListMultipartUploads"} if change else set())

    @pytest.mark.parametrize("kind", ["empty", "gone", "force_destroy", "retained", "unknown", "wrong"])
    def test_no_other_change_is_held_up(self, world: World, other: Any, wire: Wire, kind: str) -> None:
        """A rename is fine where the old bucket will go without loss, or where nothing is known yet."""
        made = world.create(bucket="first", **{kind: True} if kind in ("force_destroy", "retained") else {})
        if kind != "empty":
            put(made.id)
        if kind == "gone":
            other.delete_object(Bucket="first", Key="k")
            other.delete_bucket(Bucket="first")
        wire.calls.clear()
        name = {"unknown": UNKNOWN, "wrong": "x"}.get(kind, "second")
        report = world.check(made.outputs, bucket=name)
        assert [failure.property for failure in report.failures] == (["bucket"] if kind == "wrong" else [])
        assert report.warnings == ()
        assert bool(wire.calls) == (kind in ("empty", "gone"))

    def test_the_new_settings_do_not_count(self, world: World) -> None:
        """The engine deletes by the old state: force_destroy set together with the new name is too late."""
        made = world.create(bucket="first")
        put(made.id)
        report = world.check(made.outputs, bucket="second", force_destroy=True, retained=True)
        assert [failure.property for failure in report.failures] == ["bucket"]

    @pytest.mark.parametrize("code", ["AccessDenied", "ExpiredToken", "InternalError"])
    def test_what_cannot_be_seen_is_a_warning(self, world: World, wire: Wire, code: str) -> None:
        """A preview without the permission to look goes on, and says what may come."""
        made = world.create(bucket="first")
        wire.fail("ListObjectVersions", code, 403, times=10)
        report = world.check(made.outputs, bucket="second")
        assert report.failures == ()
        (warning,) = report.warnings
        assert re.search(rf"bucket first, and whether that is empty cannot be seen.*{code}", str(warning))

    def test_without_credentials_it_is_a_warning(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """A preview in CI has no AWS credentials, and goes on."""
        made = world.create(bucket="first")
        put(made.id)
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        storage = BucketClient(DEPLOYMENT)
        world.context = replace(world.context, storage=lambda: storage)
        report = world.check(made.outputs, bucket="second")
        assert report.failures == ()
        assert "credentials" in str(report.warnings[0])


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
        self, world: World, other: Any, wire: Wire, clock: FakeClock, buckets: BucketClient
    ) -> None:
        """A cancelled request may write a little longer, so the bucket is emptied again."""
        made = world.create(force_destroy=True)
        late = [partial(put, made.id, key) for key in "ab"]
        wire.before("DeleteBucket", *late)
        world.delete(made)
        assert buckets.describe(made.id) is None
        assert len(clock.naps) == 2

    def test_something_that_never_stops_writing_is_reported(
        self, world: World, other: Any, wire: Wire, clock: FakeClock
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

        elsewhere = Context(
            **{
                **vars(world.context),
                "deployment": DEPLOYMENTS["cdse"],
                "storage": Storage,
            }
        )
        OUTPUT_BUCKET.delete(elsewhere, made.id, made.outputs)
        OUTPUT_BUCKET.delete(world.context, made.id, made.outputs)
        assert bound == [DEPLOYMENT]


def put_tags(client: Any, bucket: str, tags: dict[str, str]) -> None:
    tag_set = [{"Key": key, "Value": value} for key, value in tags.items()]
    client.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tag_set})


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


def put(bucket: str, key: str = "k") -> None:
    """Write an object, as the service does."""
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object(bucket, key, b"1")


def test_a_foreign_bucket_is_refused_by_create(world: World, other: Any, wire: Wire) -> None:
    """A name that belongs to something else in the same account fails at create, with nothing written."""
    make(other, "results")
    other.put_object(Bucket="results", Key="k", Body=b"1")
    with pytest.raises(BucketError, match="Nothing in it was touched"):
        world.create(bucket="results", force_destroy=True)
    assert wire.writes() == []
