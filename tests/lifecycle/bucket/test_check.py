"""OutputBucket at preview: what check fills in, refuses and warns about, and what a change means."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_sentinelhub.lifecycle.bucket import OUTPUT_BUCKET
from pulumi_sentinelhub.lifecycle.fields import Change
from pulumi_sentinelhub.lifecycle.tables.bucket import FIELDS
from pulumi_sentinelhub.s3.buckets import BucketClient
from pulumi_sentinelhub.s3.tags import OWNER_TAG
from pulumi_sentinelhub.values import UNKNOWN
from tests.lifecycle.bucket.world import URN, World, pure, put
from tests.support.s3 import DEPLOYMENT, OURS, Wire


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
