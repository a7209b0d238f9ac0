"""An ``OutputBucket`` over the real boto3 and an S3 in this process."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from pulumi_sentinelhub.config.deployments import DEPLOYMENTS
from pulumi_sentinelhub.lifecycle.bucket import OUTPUT_BUCKET
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.lifecycle.contract import CheckReport, Remote
from pulumi_sentinelhub.s3.buckets import BucketClient
from pulumi_sentinelhub.waiting.patience import Patience
from tests.support.clock import HandClock
from tests.support.contexts import no_call_is_due, without_service
from tests.support.s3 import DEPLOYMENT, OURS

URN = "urn:pulumi:dev::corsica::pulumi-python:dynamic/sentinelhub:OutputBucket::Max NDVI_results"


def pure(urn: str = URN, deployment: str = DEPLOYMENT.name) -> Context:
    """A context in which any call is a failure."""
    patience = Patience(HandClock())
    return without_service(patience, no_call_is_due, deployment=DEPLOYMENTS[deployment], urn=urn)


class World:
    """The contexts of operations on one S3, and what was said in them."""

    def __init__(self, storage: BucketClient, clock: HandClock, cancel: threading.Event) -> None:
        self.warned: list[str] = []
        self.said: list[str] = []
        self.context = without_service(
            Patience(clock, cancel),
            no_call_is_due,
            storage=lambda: storage,
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


FULL = {"expire_days": 3, "tags": {"team": "a"}, "policy": "broad", "force_destroy": True}


def put_tags(client: Any, bucket: str, tags: dict[str, str]) -> None:
    tag_set = [{"Key": key, "Value": value} for key, value in tags.items()]
    client.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tag_set})


def put(bucket: str, key: str = "k") -> None:
    """Write an object, as the service does."""
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object(bucket, key, b"1")
