"""The role by which the service comes to a bucket, against an IAM in this process."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulumi_sentinelhub.errors import BucketError
from pulumi_sentinelhub.s3.access import Trust
from pulumi_sentinelhub.s3.buckets import BucketClient
from pulumi_sentinelhub.s3.policy import NARROW, Grant
from pulumi_sentinelhub.s3.role import POLICY, BucketRole, access_policy, role_name
from pulumi_sentinelhub.s3.tags import OWNER_TAG
from tests.support.s3 import DEPLOYMENT, OURS, REGION, Wire

BUCKET = "results"
TRUST = Trust("arn:aws:iam::614251495211:root", "agreed-on")


@pytest.fixture
def iam(aws: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Another client of the same IAM, which no hook sees."""
    import boto3

    monkeypatch.setenv("AWS_ENDPOINT_URL_IAM", aws)
    return boto3.client("iam", region_name=REGION)


@pytest.fixture
def role(iam: Any, buckets: BucketClient) -> BucketRole:
    return buckets.role(BUCKET)


def trusted(iam: Any) -> Any:
    return iam.get_role(RoleName=role_name(BUCKET))["Role"]["AssumeRolePolicyDocument"]["Statement"]


def test_a_role_is_made_for_the_service_alone(role: BucketRole, iam: Any) -> None:
    """It trusts the configured principal with its external id, and may do what v2 needs on this bucket."""
    arn = role.ensure(OURS, TRUST)
    assert arn.endswith(":role/sentinelhub-results")
    assert trusted(iam) == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::614251495211:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "agreed-on"}},
        }
    ]
    document = iam.get_role_policy(RoleName=role.name, PolicyName=POLICY)["PolicyDocument"]
    allowed = {
        (action, statement["Resource"])
        for statement in document["Statement"]
        for action in statement["Action"]
    }
    assert allowed == {
        ("s3:PutObject", "arn:aws:s3:::results/*"),
        ("s3:GetObject", "arn:aws:s3:::results/*"),
        ("s3:DeleteObject", "arn:aws:s3:::results/*"),
        ("s3:ListBucket", "arn:aws:s3:::results"),
    }
    info = role.describe(TRUST)
    assert info is not None
    assert (info.arn, info.owner, info.as_wanted) == (arn, OURS, True)


def test_what_is_as_wanted_costs_no_write(role: BucketRole, buckets: BucketClient) -> None:
    """The second time it is only looked at."""
    role.ensure(OURS, TRUST)
    wire = Wire(buckets._clients.iam(REGION))
    client = buckets._clients.iam(REGION)
    client.meta.events.register("provide-client-params.iam", wire._record)
    assert role.ensure(OURS, TRUST)
    assert wire.names() == ["GetRole", "GetRolePolicy"]


def test_trust_and_policy_are_set_right(role: BucketRole, iam: Any) -> None:
    """Another principal in the configuration, or others' changes, are put right in place."""
    arn = role.ensure(OURS, TRUST)
    altered = access_policy(BUCKET)
    altered["Statement"].pop()
    iam.put_role_policy(RoleName=role.name, PolicyName=POLICY, PolicyDocument=json.dumps(altered))
    info = role.describe(TRUST)
    assert info is not None
    assert not info.as_wanted
    other = Trust("123456789012")
    assert role.ensure(OURS, other) == arn
    assert trusted(iam)[0]["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    assert "Condition" not in trusted(iam)[0]
    info = role.describe(other)
    assert info is not None
    assert info.as_wanted


@pytest.mark.parametrize("tags", [[], [{"Key": OWNER_TAG, "Value": "another"}]])
def test_another_ones_role_is_neither_used_nor_deleted(role: BucketRole, iam: Any, tags: Any) -> None:
    """Whatever has the name, but not this declaration's tag, stays as it is."""
    iam.create_role(RoleName=role.name, AssumeRolePolicyDocument="{}", Tags=tags)
    with pytest.raises(BucketError, match="It was not touched") as refused:
        role.ensure(OURS, TRUST)
    assert refused.value.code == "NotOurs"
    assert role.delete(OURS) is False
    assert iam.get_role(RoleName=role.name)
    assert iam.list_role_policies(RoleName=role.name)["PolicyNames"] == []


def test_a_role_that_a_killed_create_has_left_is_taken_over(role: BucketRole, iam: Any) -> None:
    """It bears the tag from its first moment, and may lack its policy."""
    iam.create_role(
        RoleName=role.name, AssumeRolePolicyDocument="{}", Tags=[{"Key": OWNER_TAG, "Value": OURS}]
    )
    role.ensure(OURS, TRUST)
    info = role.describe(TRUST)
    assert info is not None
    assert info.as_wanted


def test_an_own_role_is_deleted_with_its_policy(role: BucketRole, iam: Any) -> None:
    """Twice is fine, and so is one that never was."""
    assert role.delete(OURS) is False
    role.ensure(OURS, TRUST)
    assert role.delete(OURS) is True
    assert iam.list_roles()["Roles"] == []
    assert role.describe(TRUST) is None
    assert role.delete(OURS) is False


def test_what_iam_refuses_is_one_clear_line(role: BucketRole, buckets: BucketClient) -> None:
    """The call, the role, IAM's word, the permission that lacks, and the way out."""
    client = buckets._clients.iam(REGION)

    def refuse(model: Any, **_: Any) -> Any:
        if model.name != "CreateRole":
            return None
        response = type("Response", (), {"status_code": 403, "headers": {}})()
        return response, {"Error": {"Code": "AccessDenied", "Message": "no"}, "ResponseMetadata": {}}

    client.meta.events.register("before-call.iam", refuse)
    with pytest.raises(BucketError) as refused:
        role.ensure(OURS, TRUST)
    assert str(refused.value) == (
        "cannot make role sentinelhub-results: IAM says AccessDenied no. Allow iam:CreateRole to the AWS "
        "identity in use; or remove `delivery_role`, have the role made by someone who may, and give its ARN "
        "as role_arn."
    )


def test_iam_is_not_asked_where_s3_alone_leads_elsewhere(buckets: BucketClient) -> None:
    """A role in real AWS is never made for a bucket of another store."""
    with pytest.raises(BucketError, match="nothing says where its roles are"):
        buckets.role(BUCKET).ensure(OURS, TRUST)


@pytest.mark.parametrize("length", [3, 52, 53, 63])
def test_names_fit(length: int) -> None:
    """IAM takes 64 characters; longer ones stay distinct."""
    name = role_name("b" * length)
    assert len(name) <= 64
    assert name != role_name("b" * (length - 1) + "c")


def test_a_bucket_of_collections_lets_the_service_read() -> None:
    """The narrow policy holds what a BYOC collection in it needs, whatever the request's own access."""
    statements = Grant(BUCKET, DEPLOYMENT.principal, tls_only=True).statements(NARROW)
    allowed = {action for one in statements if one["Effect"] == "Allow" for action in one["Action"]}
    assert allowed >= {"s3:GetBucketLocation", "s3:ListBucket", "s3:GetObject"}
