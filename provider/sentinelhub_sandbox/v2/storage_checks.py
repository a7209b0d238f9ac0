"""Rules of storage objects: where something is, and who may go there [OpenAPI: S3BucketInfo; v2 docs]."""

from __future__ import annotations

import re
from typing import Any

from ..wire import Json, bad, expect

# [client evidence] What keys may be made of.
_URL = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9<>/_.(): -]*)?")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/\S+")
_KEYS = ("accessKey", "secretAccessKey")


def check_storage(storage: Any, parameter: str) -> str:
    """The URL of a checked storage object, which the sandbox has in S3 alone. Raises ApiError (400).

    No message and no detail of a refusal holds a key.
    """
    expect(storage, dict, parameter)
    if "gs" in storage:
        raise bad(f"{parameter}->gs", "Google Cloud Storage is not supported by this deployment.")
    s3, path = expect(storage.get("s3"), dict, f"{parameter}->s3"), f"{parameter}->s3"
    url = expect(s3.get("url"), str, f"{path}->url")
    if not _URL.fullmatch(url):
        raise bad(f"{path}->url", f"Invalid S3 URL '{url}'.")
    if s3.get("region") is not None:
        expect(s3["region"], str, f"{path}->region")
    _check_access(s3, path)
    return str(url)


def _check_access(s3: Json, path: str) -> None:
    """[v2 docs: bucket access] Exactly one of a role and a pair of keys."""
    role, keys = s3.get("iamRoleARN"), [name for name in _KEYS if s3.get(name) is not None]
    for name in keys:
        if not isinstance(s3[name], str) or not s3[name]:
            raise bad(f"{path}->{name}", "Must be a string, not empty.")
    if (role is None) == (not keys):
        message = "Exactly one of iamRoleARN, or accessKey with secretAccessKey, must be specified."
        raise bad(f"{path}->iamRoleARN", message)
    if role is not None and not _ROLE.fullmatch(expect(role, str, f"{path}->iamRoleARN")):
        raise bad(f"{path}->iamRoleARN", f"Invalid role ARN '{role}'.")
    if len(keys) == 1:
        missing = next(name for name in _KEYS if name not in keys)
        raise bad(f"{path}->{missing}", f"{path}->{missing} must not be null.")


def check_no_nulls(value: Any, parameter: str = "") -> None:
    """Raises ApiError (400) for a member that is null [client evidence: batch v2 refuses them]."""
    if value is None:
        name = parameter or "request"
        raise bad(name, f"{name} must not be null.")
    if isinstance(value, dict):
        for key, member in value.items():
            check_no_nulls(member, f"{parameter}->{key}" if parameter else key)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            check_no_nulls(member, f"{parameter}[{index}]")
