"""Bucket policies as AWS evaluates them, for one principal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sentinelhub_sandbox.policy import Decision, decide, malformed

PRINCIPAL = "arn:aws:iam::614251495211:root"
ALLOW: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"AWS": PRINCIPAL},
    "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::b/*",
}
PLAIN_HTTP = {"Bool": {"aws:SecureTransport": "false"}}
DENY_ALL = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
}

YES, NO, NEVER = Decision.ALLOW, Decision.DEFAULT, Decision.DENY
CASES: list[tuple[str, list[dict[str, Any]], Decision]] = [
    ("exactly", [ALLOW], YES),
    ("nothing", [], NO),
    ("all actions", [{**ALLOW, "Action": ["s3:*"]}], YES),
    ("actions by pattern, any case", [{**ALLOW, "Action": "S3:put*"}], YES),
    ("other actions", [{**ALLOW, "Action": ["s3:GetObject", "s3:ListBucket"]}], NO),
    (
        "all but this action",
        [{k: v for k, v in ALLOW.items() if k != "Action"} | {"NotAction": "s3:Put*"}],
        NO,
    ),
    ("the bucket alone", [{**ALLOW, "Resource": "arn:aws:s3:::b"}], NO),
    ("one folder", [{**ALLOW, "Resource": "arn:aws:s3:::b/other/*"}], NO),
    ("this folder", [{**ALLOW, "Resource": ["arn:aws:s3:::b/x/*", "arn:aws:s3:::b/folder/?.tif"]}], YES),
    ("anyone", [{**ALLOW, "Principal": "*"}], YES),
    ("any AWS account", [{**ALLOW, "Principal": {"AWS": "*"}}], YES),
    ("by account number", [{**ALLOW, "Principal": {"AWS": ["1", "614251495211"]}}], YES),
    ("another account", [{**ALLOW, "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}], NO),
    ("an AWS service", [{**ALLOW, "Principal": {"Service": "lambda.amazonaws.com"}}], NO),
    ("denied as well", [ALLOW, DENY_ALL], NEVER),
    ("denied without TLS", [ALLOW, {**DENY_ALL, "Condition": PLAIN_HTTP}], YES),
    ("allowed without TLS only", [{**ALLOW, "Condition": PLAIN_HTTP}], NO),
    (
        "denied to others",
        [ALLOW, {**DENY_ALL, "Condition": {"ArnNotEquals": {"aws:PrincipalArn": PRINCIPAL}}}],
        YES,
    ),
    ("unknown condition key", [{**ALLOW, "Condition": {"StringEquals": {"aws:SourceVpce": "v"}}}], NO),
    ("if it exists", [{**ALLOW, "Condition": {"StringEqualsIfExists": {"aws:SourceVpce": "v"}}}], YES),
]


@pytest.mark.parametrize(
    ("statements", "decision"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_decisions(statements: list[dict[str, Any]], decision: Decision) -> None:
    """An explicit Deny wins; an Allow must match principal, action, resource and conditions."""
    policy = {"Version": "2012-10-17", "Statement": statements}
    assert decide(policy, PRINCIPAL, "s3:PutObject", "arn:aws:s3:::b/folder/a.tif") is decision


def test_one_statement_need_not_be_a_list() -> None:
    """As JSON policies allow."""
    assert decide({"Statement": ALLOW}, PRINCIPAL, "s3:PutObject", "arn:aws:s3:::b/k") is YES


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "invalid Json"),
        ("[]", "first byte"),
        ('{"Statement": []}', "Statement"),
        (json.dumps({"Statement": [{**ALLOW, "Effect": "Maybe"}]}), "effect"),
        (json.dumps({"Statement": [{**ALLOW, "Resource": "arn:aws:s3:::other/*"}]}), "invalid resource"),
        (json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}), "Principal"),
    ],
)
def test_malformed_policies(text: str, words: str) -> None:
    """S3 refuses them when they are put."""
    assert words in str(malformed(text, "b"))


def test_a_good_policy_is_not_malformed() -> None:
    """For the bucket that it names."""
    assert malformed(json.dumps({"Statement": [ALLOW, DENY_ALL]}), "b") is None
