"""Making a bucket: whose it is, and what is taken over."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from pulumi_sentinelhub.errors import BucketError, DeadlineExceeded, Interrupted
from pulumi_sentinelhub.s3.buckets import BucketClient
from pulumi_sentinelhub.s3.described import Wanted
from pulumi_sentinelhub.s3.policy import BROAD
from pulumi_sentinelhub.s3.tags import OWNER_TAG
from pulumi_sentinelhub.waiting.patience import Patience
from tests.s3.furnish import FOREIGN, furnish, leave_marker, make_elsewhere, put_policy, put_tags, tags_of
from tests.support.clock import HandClock
from tests.support.s3 import OURS, REGION, Wire, make


class TestCreate:
    def test_a_new_bucket_is_in_the_deployments_region_and_marked(
        self, buckets: BucketClient, other: Any
    ) -> None:
        """Creating makes the bucket in the right region and marks it as the declaration's."""
        assert buckets.create("results", OURS) is True
        assert other.get_bucket_location(Bucket="results")["LocationConstraint"] == REGION
        assert tags_of(other) == {OWNER_TAG: OURS}

    def test_its_tag_is_in_the_first_call(self, buckets: BucketClient, wire: Wire) -> None:
        """Where S3 takes tags with CreateBucket, no bucket is ever without its mark."""
        buckets.create("results", OURS)
        (sent,) = [params for name, params in wire.calls if name == "CreateBucket"]
        assert sent["CreateBucketConfiguration"] == {
            "LocationConstraint": REGION,
            "Tags": [{"Key": OWNER_TAG, "Value": OURS}],
        }

    @pytest.mark.parametrize("code", ["AccessDenied", "MalformedXML", "NotImplemented"])
    def test_a_store_that_takes_no_tags_makes_it_without(
        self, buckets: BucketClient, other: Any, wire: Wire, code: str
    ) -> None:
        """A refusal of the tags is followed by a call without them, and by the tagging."""
        wire.fail("CreateBucket", code, 403)
        assert buckets.create("results", OURS) is True
        assert tags_of(other) == {OWNER_TAG: OURS}
        assert wire.writes() == ["CreateBucket", "CreateBucket", "PutBucketTagging"]

    def test_what_cannot_be_tagged_is_not_left_behind(
        self, buckets: BucketClient, other: Any, wire: Wire
    ) -> None:
        """Where the tagging is refused, the new bucket goes again, and the next create makes it."""
        wire.fail("PutBucketTagging", "AccessDenied", 403)
        with pytest.raises(BucketError, match="s3:PutBucketTagging"):
            buckets.create("results", OURS)
        assert other.list_buckets()["Buckets"] == []
        assert buckets.create("results", OURS) is True

    def test_its_own_empty_young_bucket_is_taken_over(
        self, buckets: BucketClient, bucket: str, wire: Wire
    ) -> None:
        """Creating again takes over what the declaration has just made, settings and all, without a write."""
        buckets.configure(bucket, Wanted(OURS, BROAD, 30, {"team": "a"}))
        wire.calls.clear()
        assert buckets.create(bucket, OURS) is False
        assert wire.writes() == []

    def test_a_crash_between_making_and_marking_is_made_good(self, buckets: BucketClient, other: Any) -> None:
        """An empty young bucket without tags is what such a crash leaves, if the name was made for us."""
        make(other, "results")
        assert buckets.create("results", OURS, own_name=True) is False
        assert tags_of(other) == {OWNER_TAG: OURS}

    @pytest.mark.parametrize("own_name", [True, False])
    def test_a_lost_answer_is_made_good(
        self, buckets: BucketClient, other: Any, wire: Wire, own_name: bool
    ) -> None:
        """A creation that was committed with its tag but not answered is found to be ours."""

        def commit() -> None:
            make(other, "results")
            put_tags(other, "results", **{OWNER_TAG: OURS})

        wire.before("CreateBucket", commit)
        assert buckets.create("results", OURS, own_name=own_name) is False
        assert tags_of(other) == {OWNER_TAG: OURS}

    @pytest.mark.parametrize(
        ("what", "said"),
        [
            ("object", "it holds 1 object"),
            ("marker", "it holds 1 object"),
            ("upload", "it holds 1 unfinished upload"),
            ("versioning", "versioning was switched on"),
            ("rules", "lifecycle rules that this declaration has not made"),
            ("policy", "a policy that this declaration has not made"),
            ("policy under our id", "a policy that this declaration has not made"),
            ("old", "it was made 1 hour ago"),
            ("very old", "it was made 60 days ago"),
            ("age unknown", "when it was made cannot be read"),
            ("not listed", "when it was made cannot be read"),
            ("no clock", "when it was made cannot be read"),
        ],
    )
    @pytest.mark.parametrize("marked", [True, False])
    def test_only_what_a_killed_create_leaves_is_taken_over(
        self, *, buckets: BucketClient, other: Any, wire: Wire, what: str, said: str, marked: bool
    ) -> None:
        """Tagged as ours or of a name made for us: anything more in or about it is refused, and told."""
        make(other, "results")
        if marked:
            put_tags(other, "results", **{OWNER_TAG: OURS})
        furnish(other, wire, what)
        wire.calls.clear()
        with pytest.raises(
            BucketError, match=rf"cannot take over bucket results: it is there.*{said}"
        ) as caught:
            buckets.create("results", OURS, own_name=True)
        for way_out in (
            "another name",
            "to the batch request itself",
            "delete it by hand",
            "Nothing in it was touched",
        ):
            assert way_out in str(caught.value)
        assert wire.writes() == []

    def test_younger_than_an_hour_is_young(self, buckets: BucketClient, bucket: str) -> None:
        """The limit is an hour, by S3's own clock."""
        s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[bucket].creation_date -= timedelta(minutes=59)
        assert buckets.create(bucket, OURS) is False

    @pytest.mark.parametrize("own_name", [True, False])
    @pytest.mark.parametrize("tags", [{}, {"team": "b"}, {OWNER_TAG: "another"}], ids=str)
    def test_a_hand_made_empty_bucket_stays_as_it_is(
        self, buckets: BucketClient, other: Any, wire: Wire, tags: dict[str, str], own_name: bool
    ) -> None:
        """Without our tag, an empty bucket is ours only if its name was made for us and it has no tags."""
        make(other, "results")
        if tags:
            put_tags(other, "results", **tags)
        if own_name and not tags:
            assert buckets.create("results", OURS, own_name=True) is False
            return
        with pytest.raises(BucketError, match="Nothing in it was touched"):
            buckets.create("results", OURS, own_name=own_name)
        assert wire.writes() == []

    def test_a_foreign_tag_is_shown_fit(self, buckets: BucketClient, other: Any) -> None:
        """What others wrote into a tag reaches no terminal unescaped, and is cut."""
        make(other, "results")
        put_tags(other, "results", **{OWNER_TAG: "a\u202eb" + "c" * 200})
        with pytest.raises(BucketError) as caught:
            buckets.create("results", OURS)
        assert "a\\u202eb" in str(caught.value)
        assert "c" * 120 not in str(caught.value)

    @pytest.mark.parametrize("sign", ["tag", "policy", "object", "marker", "upload", "other declaration"])
    def test_nobody_elses_bucket_is_touched(
        self, buckets: BucketClient, other: Any, wire: Wire, sign: str
    ) -> None:
        """Any sign of another owner refuses to make, configure, empty and delete; nothing is written."""
        make(other, "results")
        if sign == "tag":
            put_tags(other, "results", team="b")
        elif sign == "policy":
            put_policy(other, FOREIGN)
        elif sign == "object":
            other.put_object(Bucket="results", Key="k", Body=b"1")
        elif sign == "marker":
            leave_marker(other, "results")
        elif sign == "upload":
            other.create_multipart_upload(Bucket="results", Key="k")
        else:
            put_tags(other, "results", **{OWNER_TAG: "another"})
        for call in (
            lambda: buckets.create("results", OURS),
            lambda: buckets.create("results", OURS, own_name=True),
            lambda: buckets.configure("results", Wanted(OURS)),
            lambda: buckets.empty("results", OURS, print),
            lambda: buckets.delete("results", OURS),
        ):
            with pytest.raises(
                BucketError,
                match=r"results.*(another declaration \(another\)|has no tag|it holds|policy|tags)",
            ) as caught:
                call()
            assert "Nothing in it was touched" in str(caught.value)
        assert wire.writes() == []

    def test_only_a_create_marks_a_bucket(self, buckets: BucketClient, other: Any, wire: Wire) -> None:
        """An empty bucket without tags is not configured, emptied or deleted, and not marked by the way."""
        make(other, "results")
        for call in (
            lambda: buckets.configure("results", Wanted(OURS)),
            lambda: buckets.empty("results", OURS, print),
            lambda: buckets.delete("results", OURS),
            lambda: buckets.check_own("results", OURS),
        ):
            with pytest.raises(BucketError, match=f"put the tag {OWNER_TAG}={OURS} on it again"):
                call()
        assert wire.writes() == []

    def test_a_denied_bucket_is_someone_elses(self, buckets: BucketClient, wire: Wire) -> None:
        """Where S3 denies even to look, creation stops before it writes and says what to do."""
        wire.fail("HeadBucket", "403", 403)
        with pytest.raises(BucketError, match=r"denies access.*Allow s3:ListBucket.*another name"):
            buckets.create("results", OURS)
        assert wire.writes() == []

    def test_a_name_taken_in_another_account(self, buckets: BucketClient, wire: Wire) -> None:
        """S3's BucketAlreadyExists is said to be a taken name."""
        wire.fail("CreateBucket", "BucketAlreadyExists", 409)
        with pytest.raises(BucketError, match="shared by all AWS accounts: choose another name"):
            buckets.create("results", OURS)

    def test_a_bucket_in_another_region_is_not_taken_over(self, buckets: BucketClient, other: Any) -> None:
        """Results could not be written to it."""
        make_elsewhere("results")
        with pytest.raises(BucketError, match="in us-west-2, not in eu-central-1"):
            buckets.create("results", OURS)

    def test_a_name_just_deleted_elsewhere_is_waited_for(
        self, buckets: BucketClient, wire: Wire, clock: HandClock
    ) -> None:
        """OperationAborted passes, so creation tries again after a pause."""
        wire.fail("CreateBucket", "OperationAborted", 409, times=3)
        assert buckets.create("results", OURS) is True
        assert len(clock.naps) == 3

    def test_what_never_passes_ends_in_an_error(
        self, buckets: BucketClient, wire: Wire, clock: HandClock
    ) -> None:
        """Patience is bounded."""
        wire.fail("CreateBucket", "OperationAborted", 409, times=1_000)
        with pytest.raises(BucketError, match="OperationAborted"):
            buckets.create("results", OURS)
        assert sum(clock.naps) < 120

    def test_an_interruption_ends_the_waiting(
        self, buckets: BucketClient, wire: Wire, cancel: threading.Event
    ) -> None:
        """Nothing more is begun once the user has interrupted."""
        wire.fail("CreateBucket", "OperationAborted", 409, times=1_000)
        wire.before("CreateBucket")
        wire._before["CreateBucket"].insert(0, cancel.set)
        with pytest.raises(Interrupted, match="results"):
            buckets.create("results", OURS)
        assert wire.names().count("CreateBucket") <= 2

    def test_the_deadline_ends_the_waiting(self, buckets: BucketClient, wire: Wire, clock: HandClock) -> None:
        """No wait reaches beyond the deadline."""
        wire.fail("CreateBucket", "OperationAborted", 409, times=1_000)
        begun = clock.monotonic()
        with pytest.raises(DeadlineExceeded, match="results"):
            buckets.bound(Patience.lasting(clock, 3)).create("results", OURS)
        assert clock.monotonic() - begun <= 3
