"""The settings of a bucket, its region and its end."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_sentinelhub.errors import BucketError
from pulumi_sentinelhub.s3.buckets import BucketClient
from pulumi_sentinelhub.s3.described import Wanted
from pulumi_sentinelhub.s3.policy import ALTERED, BROAD, MISSING, NARROW, OWN_SIDS
from pulumi_sentinelhub.s3.tags import OWNER_TAG
from tests.s3.furnish import FOREIGN, make_elsewhere, policy_of, put_policy, put_tags, tags_of
from tests.support.clock import HandClock
from tests.support.s3 import OURS, REGION, Wire


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
        """The message has the bucket, S3's words and the missing permission, and repeating helps."""
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
