"""Users, roles and keys of a sandbox's AWS account, by boto3."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sentinelhub_sandbox import Sandbox
from tests.support.direct import aws_without_socket

from .conftest import Json


def document(*statements: Json) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def aws(sandbox: Sandbox, service: str, key: Json | None = None, **config: Any) -> Any:
    """A boto3 client of the account's own key, or of another one."""
    ends = sandbox.endpoints
    given = key or {
        "AccessKeyId": ends["aws_access_key_id"],
        "SecretAccessKey": ends["aws_secret_access_key"],
    }
    made = boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=ends["aws_endpoint_url"],
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given.get("SessionToken"),
        region_name=ends["region"],
        config=Config(retries={"max_attempts": 0}, **config),
    )
    aws_without_socket(made, sandbox)
    return made


def user(sandbox: Sandbox, *statements: Json, name: str = "batch") -> Json:
    """The access key of a new IAM user with these permissions."""
    iam = aws(sandbox, "iam")
    iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
    return dict(iam.create_access_key(UserName=name)["AccessKey"])


def trust(ends: Json, **changes: Any) -> Json:
    """The statement that lets the service assume a role."""
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": ends["assume_principal"]},
        "Condition": {"StringEquals": {"sts:ExternalId": ends["external_id"]}},
    }
    return {**statement, **changes}


def role(sandbox: Sandbox, trusting: Json, *statements: Json, name: str = "batch") -> str:
    """The ARN of a new role."""
    iam = aws(sandbox, "iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trusting))["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
    return str(arn)


def keys_of(key: Json, url: str = "s3://results/out") -> Json:
    """A storage object with an access key."""
    return {
        "url": url,
        "accessKey": key["AccessKeyId"],
        "secretAccessKey": key["SecretAccessKey"],
    }


def refusal(call: Callable[[], Any]) -> str:
    """The code of S3's own error."""
    with pytest.raises(ClientError) as caught:
        call()
    return str(caught.value.response["Error"]["Code"])
