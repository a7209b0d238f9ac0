"""Access to users' buckets by keys and roles, as boto3 and the service (`DeliveryAccess`) meet it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import requests

from sentinelhub_sandbox import Sandbox
from sentinelhub_sandbox.access import LIST, READ, WRITE, AccessRefused

from .aws import aws, document, keys_of, refusal, role, trust, user
from .conftest import Client, Json, Make, grant, make_bucket, s3_of

BUCKET = "results"
TRUSTED = "arn:aws:iam::111122223333:role/their-batch"
OBJECTS = {
    "Effect": "Allow",
    "Action": ["s3:PutObject", "s3:GetObject"],
    "Resource": f"arn:aws:s3:::{BUCKET}/out/*",
}


@pytest.fixture
def client(make: Make) -> Client:
    """A sandbox with a bucket that has no policy."""
    made = make(assume_principal=TRUSTED, external_id="account-7")
    make_bucket(s3_of(made.sandbox), BUCKET, policy=None)
    return made


@pytest.fixture
def sandbox(client: Client) -> Sandbox:
    """That sandbox."""
    return client.sandbox


def test_a_users_key_may_what_its_policies_say(sandbox: Sandbox) -> None:
    """Objects of one folder: written and read; nothing else, and not even learnt that one is missing."""
    s3 = aws(sandbox, "s3", user(sandbox, OBJECTS))
    s3.put_object(Bucket=BUCKET, Key="out/ä b/c+d~1.tif", Body=b"1")
    assert s3.get_object(Bucket=BUCKET, Key="out/ä b/c+d~1.tif")["Body"].read() == b"1"
    s3_of(sandbox).put_object(Bucket=BUCKET, Key="secret", Body=b"2")
    for call in (
        lambda: s3.get_object(Bucket=BUCKET, Key="out/missing"),
        lambda: s3.get_object(Bucket=BUCKET, Key="secret"),
        lambda: s3.copy_object(Bucket=BUCKET, Key="out/x", CopySource={"Bucket": BUCKET, "Key": "secret"}),
        lambda: s3.put_object(Bucket=BUCKET, Key="other/x", Body=b""),
        lambda: s3.delete_object(Bucket=BUCKET, Key="out/ä b/c+d~1.tif"),
        lambda: s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "out/x"}, {"Key": "secret"}]}),
        lambda: s3.list_objects_v2(Bucket=BUCKET),
        lambda: s3.put_bucket_policy(Bucket=BUCKET, Policy=grant(BUCKET)),
        lambda: s3.create_bucket(Bucket="another-one"),
        s3.list_buckets,
    ):
        assert refusal(call) == "AccessDenied"
    assert refusal(lambda: s3.put_object(Bucket="nowhere-at-all", Key="out/x", Body=b"")) == "NoSuchBucket"


def test_who_may_list_learns_what_is_missing(sandbox: Sandbox) -> None:
    """404 instead of 403, once s3:ListBucket on the bucket itself is allowed."""
    listing = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{BUCKET}"}
    s3 = aws(sandbox, "s3", user(sandbox, OBJECTS, listing))
    assert refusal(lambda: s3.get_object(Bucket=BUCKET, Key="out/missing")) == "NoSuchKey"
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


def test_groups_attached_policies_and_the_buckets_policy_count(sandbox: Sandbox) -> None:
    """Each alone lets a user in; an explicit Deny of any of them wins."""
    iam, everything = aws(sandbox, "iam"), {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    key = user(sandbox)
    s3 = aws(sandbox, "s3", key)

    def write() -> Any:
        return s3.put_object(Bucket=BUCKET, Key="x", Body=b"")

    assert refusal(write) == "AccessDenied"
    attached = iam.create_policy(PolicyName="all", PolicyDocument=document(everything))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="batch", PolicyArn=attached)
    write()
    iam.detach_user_policy(UserName="batch", PolicyArn=attached)
    iam.create_group(GroupName="writers")
    iam.put_group_policy(GroupName="writers", PolicyName="all", PolicyDocument=document(everything))
    iam.add_user_to_group(GroupName="writers", UserName="batch")
    write()
    iam.remove_user_from_group(GroupName="writers", UserName="batch")
    assert refusal(write) == "AccessDenied"
    arn = iam.get_user(UserName="batch")["User"]["Arn"]
    s3_of(sandbox).put_bucket_policy(Bucket=BUCKET, Policy=grant(BUCKET, Principal={"AWS": arn}))
    write()
    iam.put_user_policy(
        UserName="batch", PolicyName="no", PolicyDocument=document({**everything, "Effect": "Deny"})
    )
    assert refusal(write) == "AccessDenied"


def test_wrong_and_unknown_keys_are_refused_in_aws_words(sandbox: Sandbox) -> None:
    """A secret that did not sign the call, the account's own included; a key that was taken away."""
    key, own = user(sandbox, OBJECTS), sandbox.endpoints["aws_access_key_id"]
    for key_id in (key["AccessKeyId"], own):
        wrong = {"AccessKeyId": key_id, "SecretAccessKey": "wrong"}
        assert refusal(aws(sandbox, "s3", wrong).list_buckets) == "SignatureDoesNotMatch"
        assert refusal(aws(sandbox, "sts", wrong).get_caller_identity) == "SignatureDoesNotMatch"
    aws(sandbox, "iam").update_access_key(UserName="batch", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert refusal(aws(sandbox, "s3", key).list_buckets) == "InvalidAccessKeyId"
    assert refusal(aws(sandbox, "sts", key).get_caller_identity) == "InvalidClientTokenId"


def test_a_signature_covers_path_query_and_headers(sandbox: Sandbox) -> None:
    """A presigned URL opens what it names; changed anywhere, nothing."""
    s3 = aws(sandbox, "s3", user(sandbox, OBJECTS), signature_version="s3v4")
    s3.put_object(Bucket=BUCKET, Key="out/a", Body=b"a")
    s3.put_object(Bucket=BUCKET, Key="out/b", Body=b"b")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "out/a"})
    assert requests.get(url, timeout=60).content == b"a"
    for changed in (url.replace("out/a", "out/b"), f"{url}&versionId=1"):
        answer = requests.get(changed, timeout=60)
        assert (answer.status_code, "SignatureDoesNotMatch" in answer.text) == (403, True)


def test_a_user_may_no_more_in_iam_than_its_policies_say(sandbox: Sandbox) -> None:
    """Making a user is refused until it is allowed; asking who one is always works."""
    key = user(sandbox)
    iam = aws(sandbox, "iam", key)
    assert refusal(lambda: iam.create_user(UserName="other")) == "AccessDenied"
    assert aws(sandbox, "sts", key).get_caller_identity()["Arn"].endswith(":user/batch")
    allowed = {"Effect": "Allow", "Action": "iam:CreateUser", "Resource": "arn:aws:iam::*:user/other"}
    aws(sandbox, "iam").put_user_policy(UserName="batch", PolicyName="more", PolicyDocument=document(allowed))
    iam.create_user(UserName="other")
    assert refusal(lambda: iam.create_user(UserName="third")) == "AccessDenied"


def test_the_service_opens_a_bucket_with_keys(sandbox: Sandbox) -> None:
    """The client acts with them, as far as they reach; what is needed and not allowed is refused before."""
    s3 = keys_of(user(sandbox, OBJECTS))
    opened = sandbox.access.open(s3, BUCKET, needs=(WRITE, READ), key="out/x.tif")
    opened.put_object(Bucket=BUCKET, Key="out/x.tif", Body=b"1")
    assert refusal(lambda: opened.put_object(Bucket=BUCKET, Key="x.tif", Body=b"1")) == "AccessDenied"
    for needs, key, said in (
        ((WRITE,), "other/x", f"s3:PutObject on {BUCKET}/other/x"),
        ((LIST,), "out/x", f"s3:ListBucket on {BUCKET} is"),
    ):
        with pytest.raises(AccessRefused, match=said):
            sandbox.access.open(s3, BUCKET, needs=needs, key=key)
    owner = {
        "AccessKeyId": sandbox.endpoints["aws_access_key_id"],
        "SecretAccessKey": sandbox.endpoints["aws_secret_access_key"],
    }
    sandbox.access.open(keys_of(owner), BUCKET, needs=(WRITE, READ, LIST), key="anything")


def test_the_service_refuses_keys_buckets_and_regions_that_are_not_right(sandbox: Sandbox) -> None:
    """Each with its reason, and none with a key or a secret in its words or its cause."""
    key = user(sandbox, {"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    make_bucket(s3_of(sandbox, "us-west-2"), "far-away", region="us-west-2", policy=None)
    good = keys_of(key)
    wrong: list[tuple[Json, str, str]] = [
        ({**good, "secretAccessKey": "canary"}, BUCKET, "SignatureDoesNotMatch"),
        ({**good, "accessKey": "AKIACANARY"}, BUCKET, "InvalidAccessKeyId"),
        ({**good, "secretAccessKey": None}, BUCKET, "Exactly one of"),
        ({**good, "iamRoleARN": "arn:aws:iam::1:role/x"}, BUCKET, "Exactly one of"),
        ({"url": f"s3://{BUCKET}"}, BUCKET, "Exactly one of"),
        (good, "nowhere-at-all", "does not exist: nowhere-at-all"),
        (good, "far-away", "is in region us-west-2, not in region eu-central-1"),
        ({**good, "region": "us-west-2"}, BUCKET, "is in region eu-central-1, not in region us-west-2"),
    ]
    for s3, bucket, said in wrong:
        with pytest.raises(AccessRefused, match=said) as caught:
            sandbox.access.open(s3, bucket)
        told = f"{caught.value!r} {caught.value.__cause__!r}"
        for secret in (key["SecretAccessKey"], key["AccessKeyId"], "canary", "AKIACANARY"):
            assert secret not in told
    sandbox.access.open({**good, "region": "us-west-2"}, "far-away", needs=(WRITE,), key="x")


def test_the_service_assumes_a_role_that_trusts_it(sandbox: Sandbox) -> None:
    """The role's permissions hold, inline ones as much as attached ones, from when they are given."""
    arn = role(sandbox, trust(sandbox.endpoints))
    s3 = {"url": f"s3://{BUCKET}/out", "iamRoleARN": arn}
    with pytest.raises(AccessRefused, match="s3:PutObject on results/out/x is not allowed"):
        sandbox.access.open(s3, BUCKET, needs=(WRITE,), key="out/x")
    aws(sandbox, "iam").put_role_policy(RoleName="batch", PolicyName="own", PolicyDocument=document(OBJECTS))
    opened = sandbox.access.open(s3, BUCKET, needs=(WRITE, READ), key="out/x")
    opened.put_object(Bucket=BUCKET, Key="out/x", Body=b"1")
    assert refusal(lambda: opened.list_objects_v2(Bucket=BUCKET)) == "AccessDenied"
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    iam = aws(sandbox, "iam")
    attached = iam.create_policy(PolicyName="all", PolicyDocument=document(everything))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="batch", PolicyArn=attached)
    assert opened.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1


def test_the_service_assumes_no_other_role(sandbox: Sandbox) -> None:
    """None that trusts others, wants another external id, denies, is elsewhere or is not there."""
    ends = sandbox.endpoints
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    wrong = {
        "others": trust(ends, Principal={"AWS": "arn:aws:iam::999999999999:root"}),
        "other-id": trust(ends, Condition={"StringEquals": {"sts:ExternalId": "account-8"}}),
        "denies": trust(ends, Effect="Deny"),
        "other-action": trust(ends, Action="sts:TagSession"),
    }
    arns = [role(sandbox, trusting, everything, name=name) for name, trusting in wrong.items()]
    right = role(sandbox, trust(ends, Principal={"AWS": "111122223333"}), everything, name="right")
    for arn in (*arns, right.replace("/right", "/gone"), right.replace("::1", "::2"), "no-arn"):
        with pytest.raises(AccessRefused, match="cannot be assumed"):
            sandbox.access.open({"url": f"s3://{BUCKET}", "iamRoleARN": arn}, BUCKET)
    sandbox.access.open({"url": f"s3://{BUCKET}", "iamRoleARN": right}, BUCKET, needs=(WRITE,), key="x")


def test_a_role_without_a_condition_trusts_with_any_external_id(sandbox: Sandbox) -> None:
    """As AWS has it; an account's own user needs the id that the role asks for."""
    ends = sandbox.endpoints
    arn = role(sandbox, {k: v for k, v in trust(ends).items() if k != "Condition"})
    sandbox.access.open({"url": f"s3://{BUCKET}", "iamRoleARN": arn}, BUCKET)
    sts = aws(sandbox, "sts", user(sandbox))
    me = aws(sandbox, "iam").get_user(UserName="batch")["User"]["Arn"]
    mine = role(sandbox, trust(ends, Principal={"AWS": me}), name="mine")
    for other in ({}, {"ExternalId": "account-8"}):
        wrong = {"RoleArn": mine, "RoleSessionName": "me", **other}
        assert refusal(partial(sts.assume_role, **wrong)) == "AccessDenied"
    assert refusal(lambda: sts.assume_role(RoleArn=arn, RoleSessionName="me")) == "AccessDenied"
    given = sts.assume_role(RoleArn=mine, RoleSessionName="me", ExternalId=ends["external_id"])["Credentials"]
    assert aws(sandbox, "sts", given).get_caller_identity()["Arn"].endswith("assumed-role/mine/me")
    assert refusal(aws(sandbox, "s3", given).list_buckets) == "AccessDenied"
    stolen = {**given, "SessionToken": "another"}
    assert refusal(aws(sandbox, "s3", stolen).list_buckets) == "InvalidToken"


def test_the_services_own_calls_are_no_calls_of_the_user(client: Client) -> None:
    """Neither journal nor faults know them, and the journal has no secret of those that users make."""
    sandbox = client.sandbox
    key = user(sandbox, OBJECTS)
    arn = role(sandbox, trust(sandbox.endpoints), OBJECTS)
    client.control("DELETE", "/journal")
    client.fault(service="s3", times=9, then={"status": 503, "code": "SlowDown"})
    for s3 in (keys_of(key), {"url": f"s3://{BUCKET}", "iamRoleARN": arn}):
        opened = sandbox.access.open(s3, BUCKET)
        opened.put_object(Bucket=BUCKET, Key="out/x", Body=b"")
        assert all(secret not in repr(opened) for secret in (key["SecretAccessKey"], key["AccessKeyId"]))
    assert client.control("GET", "/journal?service=s3").json() == []
    client.control("DELETE", "/faults")
    more = aws(sandbox, "iam").create_access_key(UserName="batch")["AccessKey"]
    aws(sandbox, "s3", more).put_object(Bucket=BUCKET, Key="out/y", Body=b"")
    text = client.control("GET", "/journal").text
    assert "/out/y" in text
    assert key["SecretAccessKey"] not in text
    assert more["SecretAccessKey"] not in text


def test_a_reset_forgets_users_and_roles(client: Client) -> None:
    """Keys and roles of before are unknown."""
    sandbox = client.sandbox
    key, arn = user(sandbox, OBJECTS), role(sandbox, trust(sandbox.endpoints))
    client.control("POST", "/reset")
    make_bucket(s3_of(sandbox), BUCKET, policy=None)
    assert refusal(aws(sandbox, "s3", key).list_buckets) == "InvalidAccessKeyId"
    with pytest.raises(AccessRefused, match="cannot be assumed"):
        sandbox.access.open({"url": f"s3://{BUCKET}", "iamRoleARN": arn}, BUCKET)


def test_two_sandboxes_do_not_know_each_others_keys(make: Make) -> None:
    """Each is an AWS account of its own."""
    one, other = make().sandbox, make().sandbox
    assert refusal(aws(other, "s3", user(one)).list_buckets) == "InvalidAccessKeyId"
