"""An OutputBucket with a role: both are made, refreshed, changed and deleted together."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from pulumi_sentinelhub.batch.v1.codec import V1_API
from pulumi_sentinelhub.batch.v2.codec import V2_API
from pulumi_sentinelhub.errors import BucketError, Unfinished
from pulumi_sentinelhub.finding import Severity
from pulumi_sentinelhub.lifecycle.bucket import OUTPUT_BUCKET
from pulumi_sentinelhub.lifecycle.tables.bucket import OUTPUTS
from pulumi_sentinelhub.s3.access import Trust
from pulumi_sentinelhub.s3.buckets import BucketClient
from tests.support.clock import HandClock
from tests.support.s3 import DEPLOYMENT, OURS, REGION

from .world import World, pure

TRUST = Trust("arn:aws:iam::614251495211:root", "canary-external-id")


@pytest.fixture
def iam(aws: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    import boto3

    monkeypatch.setenv("AWS_ENDPOINT_URL_IAM", aws)
    return boto3.client("iam", region_name=REGION)


@pytest.fixture
def world(iam: Any, buckets: BucketClient, clock: HandClock, cancel: threading.Event) -> World:
    world = World(buckets, clock, cancel)
    world.context = replace(world.context, trust=TRUST, generation=V2_API)
    return world


def names(iam: Any) -> list[str]:
    return [role["RoleName"] for role in iam.list_roles()["Roles"]]


def test_a_bucket_has_its_role_for_life(world: World, iam: Any) -> None:
    """It is made with the bucket, shown, unchanged by a refresh, and deleted with it."""
    made = world.create(bucket="results", delivery_role=True)
    assert made.outputs["role_arn"].endswith(":role/sentinelhub-results")
    assert set(made.outputs) >= {*OUTPUTS, "delivery_role", "delivery_trust"}
    assert "canary-external-id" not in str(made)
    again = world.refresh(made)
    assert again.outputs == made.outputs
    assert world.changed(again, bucket="results", delivery_role=True) == set()
    world.delete(again)
    assert names(iam) == []


def test_a_bucket_without_a_role_asks_nothing_of_iam(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does one of a released version, whose state knows no roles: nothing has changed for it."""
    monkeypatch.delenv("AWS_ENDPOINT_URL_IAM")  # any call to IAM is refused
    made = world.create(bucket="results")
    del made.outputs["delivery_role"]
    assert world.changed(made, bucket="results") == set()
    world.delete(world.refresh(world.update(made, bucket="results", expire_days=3)))


def test_a_role_comes_and_goes_in_place(world: World, iam: Any) -> None:
    """As the program says, while the bucket stays."""
    made = world.create(bucket="results")
    assert world.changed(made, bucket="results", delivery_role=True) >= {"delivery_role"}
    with_role = world.update(made, bucket="results", delivery_role=True)
    assert names(iam) == ["sentinelhub-results"]
    without = world.update(with_role, bucket="results")
    assert "role_arn" not in without.outputs
    assert names(iam) == []
    assert world.refresh(without).outputs["delivery_role"] is False


def test_what_happened_to_a_role_is_set_right(world: World, iam: Any) -> None:
    """A refresh tells of one that is gone; the next update makes it again."""
    made = world.create(bucket="results", delivery_role=True)
    iam.delete_role_policy(RoleName="sentinelhub-results", PolicyName="sentinelhub-delivery")
    iam.delete_role(RoleName="sentinelhub-results")
    found = world.refresh(made)
    assert "the next update sets it right" in world.warned[-1]
    assert "delivery_role" in world.changed(found, bucket="results", delivery_role=True)
    assert world.update(found, bucket="results", delivery_role=True).outputs["role_arn"]


def test_another_trust_in_the_configuration_is_an_update(world: World, iam: Any) -> None:
    """It is seen by its hash, and set in place."""
    made = world.create(bucket="results", delivery_role=True)
    world.context = replace(world.context, trust=Trust(TRUST.principal, "another"))
    assert world.changed(made, bucket="results", delivery_role=True) == {"delivery_trust"}
    world.update(made, bucket="results", delivery_role=True)
    [statement] = iam.get_role(RoleName="sentinelhub-results")["Role"]["AssumeRolePolicyDocument"][
        "Statement"
    ]
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "another"}}


def test_a_role_that_cannot_be_made_leaves_the_bucket_in_the_state(world: World, iam: Any) -> None:
    """The next update goes on from there."""
    iam.create_role(RoleName="sentinelhub-results", AssumeRolePolicyDocument="{}")
    with pytest.raises(Unfinished, match="cannot take over role") as unfinished:
        world.create(bucket="results", delivery_role=True)
    assert unfinished.value.id == "results"
    assert "role_arn" not in unfinished.value.outputs


def test_a_full_bucket_keeps_its_role(world: World, iam: Any, other: Any) -> None:
    """What is refused is refused for both; a deletion that failed half-way is finished by the next one."""
    made = world.create(bucket="results", delivery_role=True)
    other.put_object(Bucket="results", Key="tile.tif", Body=b"x")
    with pytest.raises(BucketError, match="still holds 1 object"):
        world.delete(made)
    assert names(iam) == ["sentinelhub-results"]
    other.delete_object(Bucket="results", Key="tile.tif")
    other.delete_bucket(Bucket="results")
    world.delete(made)
    assert names(iam) == []


def told(deployment: str, trust: Trust) -> Any:
    context = replace(pure(deployment=deployment), trust=trust, generation=V2_API)
    return OUTPUT_BUCKET.check(context, {}, {"declaration": OURS, "delivery_role": True}).findings


def test_what_is_found_at_preview() -> None:
    """No roles on the deployment, nobody to trust, and no external id."""
    [finding] = told("cdse", TRUST)
    assert (finding.property, finding.severity) == ("delivery_role", Severity.ERROR)
    assert "sentinelhub:deliveryAccessKeyId" in finding.fix
    [finding] = told(DEPLOYMENT.name, Trust())
    assert "pulumi config set sentinelhub:deliveryPrincipal" in finding.fix
    [finding] = told(DEPLOYMENT.name, Trust(TRUST.principal))
    assert finding.severity is Severity.WARNING
    assert "deliveryExternalId" in finding.reason
    assert told(DEPLOYMENT.name, TRUST) == ()


def test_v1_runs_the_same_program_without_a_role(world: World, iam: Any) -> None:
    """The service comes by the bucket's policy; moved to v2, the next update makes the role in place."""
    second = world.context
    world.context = replace(second, generation=V1_API)
    made = world.create(bucket="results", delivery_role=True)
    assert "role_arn" not in made.outputs
    assert names(iam) == []
    world.context = second
    assert world.changed(made, bucket="results", delivery_role=True) >= {"delivery_role"}
    moved = world.update(made, bucket="results", delivery_role=True)
    assert moved.outputs["role_arn"].endswith("sentinelhub-results")
