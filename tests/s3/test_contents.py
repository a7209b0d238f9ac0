"""What is in a bucket: counted, emptied, looked for."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from pulumi_sentinelhub.errors import BucketError, DeadlineExceeded, Interrupted
from pulumi_sentinelhub.s3 import emptying
from pulumi_sentinelhub.s3.buckets import BucketClient
from pulumi_sentinelhub.s3.emptying import STAYS
from pulumi_sentinelhub.waiting.patience import Patience
from tests.s3.furnish import answered, leave_marker
from tests.support.clock import HandClock
from tests.support.s3 import OURS, Wire, make


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
            buckets.bound(Patience.lasting(clock, 5)).empty(bucket, OURS, lambda _: None)
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
