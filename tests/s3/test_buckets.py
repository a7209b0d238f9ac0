"""The bucket service over the real boto3: make, take over, configure, empty, delete; and nobody else's."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from pulumi_sentinelhub.errors import BucketError, DeadlineExceeded, Interrupted
from pulumi_sentinelhub.s3 import emptying
from pulumi_sentinelhub.s3.buckets import BucketClient, Wanted
from pulumi_sentinelhub.s3.emptying import STAYS
from pulumi_sentinelhub.s3.policy import ALTERED, BROAD, MISSING, NARROW, OWN_SIDS
from pulumi_sentinelhub.s3.tags import OWNER_TAG
from tests.support.clock import HandClock
from tests.support.s3 import OURS, REGION, Wire, make

FOREIGN = {
    "Sid": "Theirs",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::results/*",
}


def policy_of(client: Any, bucket: str = "results") -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = json.loads(client.get_bucket_policy(Bucket=bucket)["Policy"])[
        "Statement"
    ]
    return statements


def put_policy(client: Any, *statements: dict[str, Any]) -> None:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    client.put_bucket_policy(Bucket="results", Policy=json.dumps(document))


def tags_of(client: Any, bucket: str = "results") -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in client.get_bucket_tagging(Bucket=bucket)["TagSet"]}


def leave_marker(client: Any, bucket: str, *, with_version: bool = False) -> None:
    """Leave nothing but a delete marker, and the version that it hides."""
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = client.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    client.delete_object(Bucket=bucket, Key="k")
    if not with_version:
        client.delete_object(Bucket=bucket, Key="k", VersionId=version)


def make_elsewhere(bucket: str) -> None:
    """A bucket in another region."""
    client = boto3.client("s3", region_name="us-west-2")
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})


def put_tags(client: Any, bucket: str, **tags: str) -> None:
    client.put_bucket_tagging(
        Bucket=bucket, Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]}
    )


def furnish(client: Any, wire: Wire, what: str) -> None:
    """Make something of the bucket that no create of ours leaves behind."""
    made = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets["results"]
    if what == "object":
        client.put_object(Bucket="results", Key="k", Body=b"1")
    elif what == "marker":
        leave_marker(client, "results")
    elif what == "upload":
        client.create_multipart_upload(Bucket="results", Key="k")
    elif what == "versioning":
        client.put_bucket_versioning(Bucket="results", VersioningConfiguration={"Status": "Suspended"})
    elif what == "rules":
        rule = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 3}}
        client.put_bucket_lifecycle_configuration(Bucket="results", LifecycleConfiguration={"Rules": [rule]})
    elif what.startswith("policy"):
        put_policy(client, {**FOREIGN, "Sid": min(OWN_SIDS)} if "our id" in what else FOREIGN)
    elif what.endswith("old"):
        made.creation_date -= timedelta(days=60) if "very" in what else timedelta(minutes=61)
    elif what == "age unknown":
        wire.fail("ListBuckets", "AccessDenied", 403)
    elif what == "not listed":
        wire.before("ListBuckets", answered({"Buckets": []}))
    else:
        (there,) = client.list_buckets()["Buckets"]
        wire.before("ListBuckets", answered({"Buckets": [there]}))


@pytest.fixture
def bucket(buckets: BucketClient) -> str:
    """A bucket of this declaration."""
    buckets.create("results", OURS)
    return "results"


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
            buckets.bound(clock=clock, deadline=3).create("results", OURS)
        assert clock.monotonic() - begun <= 3


class TestConfigure:
    def test_everything_is_set(self, buckets: BucketClient, bucket: str) -> None:
        """Policy, tags, expiry and public access are as wanted afterwards."""
        access = buckets.configure(bucket, Wanted(OURS, NARROW, 30, {"team": "a"}))
        info = buckets.describe(bucket)
        assert info is not None
        assert (access, info.public_access) == ("blocked", "blocked")
        assert (info.policy, info.expire_days, info.tags, info.owner) == (NARROW, 30, {"team": "a"}, OURS)
        assert (info.region, info.name) == (REGION, bucket)

    def test_again_costs_no_write(self, buckets: BucketClient, bucket: str, wire: Wire) -> None:
        """What is as wanted already is left alone."""
        buckets.configure(bucket, Wanted(OURS, NARROW, 30, {"team": "a"}))
        wire.calls.clear()
        buckets.configure(bucket, Wanted(OURS, NARROW, 30, {"team": "a"}))
        assert wire.writes() == []

    def test_what_others_have_set_is_kept(self, buckets: BucketClient, bucket: str, other: Any) -> None:
        """Foreign statements, rules and tags survive each change of ours."""
        put_policy(other, FOREIGN)
        put_tags(other, bucket, **{OWNER_TAG: OURS, "theirs": "1", "old": "1"})
        rule = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "x/"}, "Expiration": {"Days": 3}}
        other.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
        for kind, days in ((NARROW, 5), (BROAD, None), (NARROW, 7)):
            buckets.configure(bucket, Wanted(OURS, kind, days, {"mine": "1"}, earlier_tags=("old",)))
            info = buckets.describe(bucket)
            assert info is not None
            assert (info.policy, info.expire_days) == (kind, days)
            assert [one for one in policy_of(other) if one["Sid"] not in OWN_SIDS] == [FOREIGN]
            assert tags_of(other) == {OWNER_TAG: OURS, "theirs": "1", "mine": "1"}
            rules = other.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
            assert [one["ID"] for one in rules if one["ID"] == "theirs"] == ["theirs"]

    def test_another_writers_policy_in_between_is_merged(
        self, buckets: BucketClient, bucket: str, other: Any, wire: Wire, clock: HandClock
    ) -> None:
        """When someone writes over ours between write and check, ours are merged into theirs."""
        reads = 0

        def overwrite() -> None:
            nonlocal reads
            reads += 1
            if reads == 2:  # the first read is before our write, the second one checks it
                put_policy(other, FOREIGN)

        wire.before("GetBucketPolicy", overwrite, overwrite)
        buckets.configure(bucket, Wanted(OURS))
        assert {one["Sid"] for one in policy_of(other)} > {"Theirs"}
        info = buckets.describe(bucket)
        assert info is not None
        assert info.policy == NARROW
        assert len(clock.naps) == 1

    def test_a_writer_that_never_gives_way_is_reported(
        self, buckets: BucketClient, bucket: str, other: Any, wire: Wire
    ) -> None:
        """The race is fought a bounded number of times, then there is one clear error."""
        wire.before("GetBucketPolicy", *[lambda: put_policy(other, FOREIGN)] * 100)
        with pytest.raises(BucketError, match="something else keeps changing it"):
            buckets.configure(bucket, Wanted(OURS))
        assert wire.names().count("PutBucketPolicy") < 20

    def test_a_bucket_not_visible_yet_is_waited_for(
        self, buckets: BucketClient, bucket: str, wire: Wire
    ) -> None:
        """Just after creation, parts of S3 may not know the bucket."""
        for operation in ("PutPublicAccessBlock", "PutBucketPolicy", "PutBucketLifecycleConfiguration"):
            wire.fail(operation, "NoSuchBucket", 404, times=2)
        assert buckets.configure(bucket, Wanted(OURS)) == "blocked"

    @pytest.mark.parametrize("code", ["NotImplemented", "MethodNotAllowed"])
    @pytest.mark.parametrize("operation", ["GetPublicAccessBlock", "PutPublicAccessBlock"])
    def test_a_store_without_public_access_blocks(
        self, buckets: BucketClient, bucket: str, wire: Wire, code: str, operation: str
    ) -> None:
        """Such a store is configured all the same, and the lack is reported."""
        wire.fail(operation, code, 501)
        assert buckets.configure(bucket, Wanted(OURS)) == "unsupported"
        wire.fail("GetPublicAccessBlock", code, 501)
        info = buckets.describe(bucket)
        assert info is not None
        assert (info.public_access, info.policy) == ("unsupported", NARROW)

    def test_a_store_without_lifecycle_rules(self, buckets: BucketClient, bucket: str, wire: Wire) -> None:
        """It is good enough, unless an expiry was asked for."""
        wire.fail("GetBucketLifecycleConfiguration", "NotImplemented", 501, times=2)
        buckets.configure(bucket, Wanted(OURS))
        with pytest.raises(BucketError, match=r"knows no lifecycle rules\. .*`expire_days`"):
            buckets.configure(bucket, Wanted(OURS, expire_days=3))

    @pytest.mark.parametrize(
        "operation",
        [
            "GetBucketTagging",
            "PutBucketTagging",
            "GetBucketPolicy",
            "PutBucketPolicy",
            "GetPublicAccessBlock",
            "PutPublicAccessBlock",
            "GetBucketLifecycleConfiguration",
            "PutBucketLifecycleConfiguration",
        ],
    )
    def test_a_denied_call_names_what_to_allow(
        self, buckets: BucketClient, bucket: str, wire: Wire, operation: str
    ) -> None:
        """The message has the bucket, S3's words and the missing permission, and repeating mends it."""
        wire.fail(operation, "AccessDenied", 403, message="not today")
        wanted = Wanted(OURS, expire_days=3, tags={"a": "b"})
        with pytest.raises(BucketError, match=r"results.*AccessDenied not today.*[Aa]llow s3:\w+") as caught:
            buckets.configure(bucket, wanted)
        assert caught.value.code == "AccessDenied"
        buckets.configure(bucket, wanted)

    def test_altered_and_missing_policies_are_told_apart(
        self, buckets: BucketClient, bucket: str, other: Any
    ) -> None:
        """Describe says which of our statements are in place."""
        buckets.configure(bucket, Wanted(OURS))
        put_policy(other, *policy_of(other)[:1])
        info = buckets.describe(bucket)
        assert info is not None
        assert info.policy == ALTERED
        other.delete_bucket_policy(Bucket=bucket)
        info = buckets.describe(bucket)
        assert info is not None
        assert info.policy == MISSING


class TestContents:
    def test_thousands_of_versions_are_emptied(
        self, buckets: BucketClient, bucket: str, other: Any, wire: Wire
    ) -> None:
        """Versions, delete markers and unfinished uploads all go, at most 1,000 a call, with progress."""
        other.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        store = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]  # a thousand calls would take ten seconds
        for number in range(600):
            key = f"tiles/{number:04} ü&<.tif"
            store.put_object(bucket, key, b"1")
            store.put_object(bucket, key, b"2")
            if number % 3 == 0:
                store.delete_object(bucket, key)
        for number in range(3):
            other.create_multipart_upload(Bucket=bucket, Key=f"broken/{number}")
        held = buckets.contents(bucket)
        assert held is not None
        assert (str(held), held.empty) == ("1000+ objects and 3 unfinished uploads", False)
        said: list[str] = []
        assert buckets.empty(bucket, OURS, said.append) == 600 * 2 + 200 + 3
        sizes = [len(params["Delete"]["Objects"]) for name, params in wire.calls if name == "DeleteObjects"]
        assert max(sizes) <= 1_000
        assert sum(sizes) == 1_400
        assert said[-1] == "emptying bucket results: 1,403 removed"
        assert buckets.is_empty(bucket)
        assert buckets.delete(bucket, OURS) is True

    @pytest.mark.parametrize("kind", ["object", "marker", "version", "upload"])
    def test_whatever_is_left_counts(self, buckets: BucketClient, bucket: str, other: Any, kind: str) -> None:
        """A bucket with nothing but a delete marker, an old version or an unfinished upload is not empty."""
        assert buckets.is_empty(bucket)
        if kind == "upload":
            other.create_multipart_upload(Bucket=bucket, Key="k")
        elif kind == "object":
            other.put_object(Bucket=bucket, Key="k", Body=b"1")
        else:
            leave_marker(other, bucket, with_version=kind == "version")
        assert not buckets.is_empty(bucket)
        buckets.empty(bucket, OURS, lambda _: None)
        assert buckets.is_empty(bucket)

    def test_an_interruption_stops_the_emptying(
        self, buckets: BucketClient, bucket: str, other: Any, wire: Wire, cancel: threading.Event
    ) -> None:
        """Once interrupted, no further call is begun."""
        other.put_object(Bucket=bucket, Key="k", Body=b"1")
        wire.before("ListObjectVersions", cancel.set)
        with pytest.raises(Interrupted, match="results"):
            buckets.empty(bucket, OURS, lambda _: None)
        assert "DeleteObjects" not in wire.names()

    def test_the_deadline_stops_the_emptying(
        self, buckets: BucketClient, bucket: str, other: Any, wire: Wire, clock: HandClock
    ) -> None:
        """Once the deadline has passed, no further call is begun."""
        other.put_object(Bucket=bucket, Key="k", Body=b"1")
        wire.before("ListObjectVersions", lambda: clock.sleep(10) or None)
        with pytest.raises(DeadlineExceeded, match="results"):
            buckets.bound(clock=clock, deadline=5).empty(bucket, OURS, lambda _: None)
        assert "DeleteObjects" not in wire.names()

    def test_keys_that_cannot_be_deleted_are_named(
        self, buckets: BucketClient, bucket: str, wire: Wire, other: Any
    ) -> None:
        """S3 answers 200 with an error a key; the first ones are reported with their number."""
        for number in range(5):
            other.put_object(Bucket=bucket, Key=f"k{number}", Body=b"1")
        errors = [{"Key": f"k{n}", "Code": "AccessDenied", "Message": "locked"} for n in range(5)]
        wire.before("DeleteObjects", answered({"Errors": errors}))
        with pytest.raises(BucketError, match=r"5 of its objects.*k0: AccessDenied locked.*and 2 more"):
            buckets.empty(bucket, OURS, lambda _: None)

    def test_keys_that_fail_in_passing_are_tried_again(
        self, buckets: BucketClient, bucket: str, wire: Wire, other: Any, clock: HandClock
    ) -> None:
        """Only the keys that failed are sent again."""
        versions = {}
        for number in range(3):
            versions[f"k{number}"] = other.put_object(Bucket=bucket, Key=f"k{number}", Body=b"1")
        error = {"Key": "k1", "Code": "InternalError", "VersionId": "null"}

        def delete_two() -> Any:
            for key in ("k0", "k2"):
                other.delete_object(Bucket=bucket, Key=key)
            return answered({"Errors": [error]})()

        wire.before("DeleteObjects", delete_two)
        buckets.empty(bucket, OURS, lambda _: None)
        tries = [params["Delete"]["Objects"] for name, params in wire.calls if name == "DeleteObjects"]
        assert [len(keys) for keys in tries[:2]] == [3, 1]
        assert tries[1][0]["Key"] == "k1"
        assert len(clock.naps) == 1

    def test_keys_that_never_stop_failing_are_named(
        self, buckets: BucketClient, bucket: str, wire: Wire, other: Any
    ) -> None:
        """Patience with single keys is bounded, too."""
        other.put_object(Bucket=bucket, Key="k1", Body=b"1")
        errors = [{"Key": "k1", "Code": "InternalError"}]
        wire.before("DeleteObjects", *[answered({"Errors": errors})] * 100)
        with pytest.raises(BucketError, match=r"1 of its objects.*k1: InternalError"):
            buckets.empty(bucket, OURS, lambda _: None)

    def test_a_denied_deletion_ends_the_emptying(
        self, buckets: BucketClient, bucket: str, wire: Wire, other: Any
    ) -> None:
        """A refusal of the whole call is reported with the permission that is missing."""
        other.put_object(Bucket=bucket, Key="k1", Body=b"1")
        wire.fail("DeleteObjects", "AccessDenied", 403)
        with pytest.raises(BucketError, match="s3:DeleteObject and s3:DeleteObjectVersion"):
            buckets.empty(bucket, OURS, lambda _: None)

    @pytest.mark.parametrize("kind", ["object", "upload", "version"])
    def test_what_stays_although_it_was_removed_is_named(
        self, *, buckets: BucketClient, bucket: str, wire: Wire, other: Any, clock: HandClock, kind: str
    ) -> None:
        """Where S3 says that all is removed and goes on listing it, a few rounds end in an error."""
        if kind == "upload":
            other.create_multipart_upload(Bucket=bucket, Key="k\u202e")
            wire.before("AbortMultipartUpload", *[answered({})] * 100)
        else:
            if kind == "version":
                leave_marker(other, bucket, with_version=True)
            other.put_object(Bucket=bucket, Key="k\u202e", Body=b"1")
            wire.before("DeleteObjects", *[answered({})] * 100)
        with pytest.raises(BucketError, match=r"stay, although.*removed: .*k\\u202e.*retention") as caught:
            buckets.empty(bucket, OURS, lambda _: None)
        assert caught.value.code == "NotEmptied"
        assert wire.names().count("ListObjectVersions") <= STAYS + 1
        assert sum(clock.naps) < 30

    def test_a_list_that_lags_is_borne(
        self, buckets: BucketClient, bucket: str, wire: Wire, other: Any, clock: HandClock
    ) -> None:
        """What is listed for a while after its removal is no failure, and is counted once."""
        other.put_object(Bucket=bucket, Key="k", Body=b"1")
        wire.before("DeleteObjects", *[answered({})] * (STAYS - 1))
        assert buckets.empty(bucket, OURS, lambda _: None) == 1
        assert buckets.is_empty(bucket)

    def test_what_never_stops_coming_is_an_error(
        self, buckets: BucketClient, bucket: str, wire: Wire, other: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A writer that always has a new key is told of, and no success is reported."""
        monkeypatch.setattr(emptying, "SWEEPS", 12)
        numbers = iter(range(1000))

        def write() -> None:
            other.put_object(Bucket=bucket, Key=f"k{next(numbers)}", Body=b"1")

        wire.before("ListObjectVersions", *[write] * 1000)
        with pytest.raises(
            BucketError, match="after 12 objects there are still more: something keeps writing"
        ):
            buckets.empty(bucket, OURS, lambda _: None)

    def test_keys_written_again_are_no_standstill(
        self, buckets: BucketClient, bucket: str, wire: Wire, other: Any
    ) -> None:
        """A key that a writer puts back with other contents is removed again, as often as it comes."""
        numbers = iter(range(STAYS + 3))
        wire.before(
            "ListObjectVersions",
            *[lambda: other.put_object(Bucket=bucket, Key="k", Body=str(next(numbers)).encode()) and None]
            * (STAYS + 3),
        )
        assert buckets.empty(bucket, OURS, lambda _: None) == STAYS + 3

    def test_objects_are_looked_for_by_prefix(self, buckets: BucketClient, other: Any) -> None:
        """What is to be ignored does not count, and the bucket need not be ours."""
        make(other, "theirs")
        other.put_object(Bucket="theirs", Key="a/request-1.json", Body=b"1")

        def ignoring(key: str) -> bool:
            return key.endswith(".json")

        assert not buckets.has_objects("theirs", "a/", ignoring)
        assert not buckets.has_objects("theirs", "b/", lambda _: False)
        other.put_object(Bucket="theirs", Key="a/B1.tif", Body=b"1")
        assert buckets.has_objects("theirs", "a/", ignoring)
        with pytest.raises(BucketError, match="NoSuchBucket"):
            buckets.has_objects("nowhere", "a/", ignoring)

    def test_a_page_that_fails_in_passing_is_asked_for_again(
        self, buckets: BucketClient, bucket: str, wire: Wire, other: Any, clock: HandClock
    ) -> None:
        """A busy store does not end the emptying."""
        other.put_object(Bucket=bucket, Key="k1", Body=b"1")
        wire.fail("ListObjectVersions", "SlowDown", 503, times=2)
        assert buckets.empty(bucket, OURS, lambda _: None) == 1
        assert len(clock.naps) == 2


class TestDelete:
    def test_gone_is_fine(self, buckets: BucketClient, bucket: str) -> None:
        """Deleting twice is deleting once, and what is gone is described as None."""
        assert buckets.delete(bucket, OURS) is True
        assert buckets.delete(bucket, OURS) is False
        assert buckets.describe(bucket) is None
        assert buckets.contents(bucket) is None
        assert buckets.is_empty(bucket)

    def test_a_deletion_that_overtakes_ours_is_fine(
        self, buckets: BucketClient, bucket: str, other: Any, wire: Wire
    ) -> None:
        """Gone between look and call is gone."""
        wire.before("DeleteBucket", lambda: other.delete_bucket(Bucket=bucket) and None)
        assert buckets.delete(bucket, OURS) is False

    def test_a_full_bucket_is_not_deleted(self, buckets: BucketClient, bucket: str, other: Any) -> None:
        """S3's own refusal is passed on with its code."""
        other.put_object(Bucket=bucket, Key="k", Body=b"1")
        with pytest.raises(BucketError, match="BucketNotEmpty") as caught:
            buckets.delete(bucket, OURS)
        assert caught.value.code == "BucketNotEmpty"


class TestRegion:
    def test_the_region_of_any_bucket(self, buckets: BucketClient, other: Any, wire: Wire) -> None:
        """It is known for buckets of others, too, and None where nothing says it."""
        make_elsewhere("theirs")
        assert buckets.region_of("theirs") == "us-west-2"
        assert buckets.region_of("nowhere") is None
        denied = {
            "Error": {"Code": "403"},
            "ResponseMetadata": {"HTTPHeaders": {"x-amz-bucket-region": "eu-west-1"}},
        }
        wire.before("HeadBucket", lambda: (type("R", (), {"status_code": 403, "headers": {}})(), denied))
        assert buckets.region_of("denied") == "eu-west-1"


def answered(body: dict[str, Any]) -> Any:
    """An answer with status 200."""
    return lambda: (
        type("Response", (), {"status_code": 200, "headers": {}})(),
        {**body, "ResponseMetadata": {}},
    )
