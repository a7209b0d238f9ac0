"""The environment of a program that is to talk to a sandbox, by Sentinel Hub's and AWS's own names."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Final

#: By the name of the variable, the member of the ready line.
_NAMES: Final = {
    "SH_BASE_URL": "base_url",
    "SH_TOKEN_URL": "token_url",
    "SH_CLIENT_ID": "client_id",
    "SH_CLIENT_SECRET": "client_secret",
    "AWS_ENDPOINT_URL_S3": "s3_endpoint_url",
    "AWS_ENDPOINT_URL_IAM": "aws_endpoint_url",
    "AWS_ACCESS_KEY_ID": "aws_access_key_id",
    "AWS_SECRET_ACCESS_KEY": "aws_secret_access_key",
    "SH_DELIVERY_ACCESS_KEY_ID": "aws_access_key_id",
    "SH_DELIVERY_SECRET_ACCESS_KEY": "aws_secret_access_key",
    "AWS_REGION": "region",
    "AWS_DEFAULT_REGION": "region",
}


def variables(endpoints: Mapping[str, object]) -> dict[str, str]:
    """The variables for the endpoints and credentials of a ready line."""
    return {name: str(endpoints[member]) for name, member in _NAMES.items()}


def exports(endpoints: Mapping[str, object]) -> str:
    """The same as lines that a shell can read."""
    return "\n".join(f"export {name}={shlex.quote(text)}" for name, text in variables(endpoints).items())
